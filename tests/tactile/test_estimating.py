"""What a dry run says that a sweep will take."""

import pytest

from batchwork.tactile.configuration import parse_configuration
from batchwork.tactile.estimating import Estimate, estimate
from batchwork.tactile.results.opening import layout_of
from batchwork.tactile.results.store import Store
from batchwork.tactile.simulator import Simulator


def configuration(repetitions=20, steps=200):
    return parse_configuration({
        "batch": {"output_dir": "o"},
        "pipeline": {"grid_size": 16, "duration_ms": steps / 2},
        "neurons": {"sa_neurons": 9, "ra_neurons": 4},
        "stimuli": [{"type": "gaussian", "amplitude": [10, 40], "repetitions": repetitions}],
    })  # fmt: skip


def test_the_size_of_the_events_is_near_that_on_disk(tmp_path):
    told = configuration()
    sweep, simulator, store = told.sweep(), Simulator(told), Store.open(tmp_path, layout_of(told))
    store.append([simulator.respond(sample) for sample in sweep])
    (shard,) = tmp_path.iterdir()
    found = estimate(told, sweep, 0)
    assert found.tried == len(sweep)
    assert found.events == pytest.approx(shard.stat().st_size, abs=10_000), "but for what HDF5 adds to a file"
    assert found.events > 4000
    assert list(tmp_path.iterdir()) == [shard]


def test_more_stimuli_longer_ones_and_larger_results_take_more():
    told, long, many = configuration(), configuration(steps=40_000), configuration(repetitions=200_000)
    base = estimate(told, told.sweep(), 0)
    assert estimate(long, long.sweep(), 0).seconds > base.seconds
    assert estimate(told, told.sweep(), 2 * 10**9).seconds > base.seconds + 5
    more = estimate(many, many.sweep(), 0)
    assert more.seconds > base.seconds + 100
    assert more.memory > base.memory + 200e6
    assert more.events == pytest.approx(10_000 * base.events, rel=0.3)
    assert more.tried <= 100


@pytest.mark.parametrize(("seconds", "words"), [(7.4, "7 s"), (600, "10 min"), (20_000, "5.6 h")])
def test_it_is_told_in_words(seconds, words):
    told = str(Estimate(40, seconds, 250_000_000, 1_234_000))
    assert told == f"Estimate from 40 of them: about {words}, 250 MB of memory, 1.23 MB of events"
