"""Samples: their order, their names, and that they are made when they are asked for."""

import json
import time
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchwork.errors import ParameterError
from batchwork.tactile.kernels.stimuli import base
from batchwork.tactile.sweeps import describe_sweep

KEYS = ["f5e5743556d6bcb3", "654b1bb18855a9fd"]
STEP_KEY = "ea236c9183518c1b"
GRID = "- {type: gaussian, amplitude: [10, 20, 30], sigma: [0.3, 0.5], repetitions: 3}\n"
MIXED = (
    GRID + "- {type: step, amplitude: [1, 2], step_time: [5, 6], when: {step_time: amplitude > 1}}\n- {type: ramp}\n"
)


def test_a_sweep_is_a_sequence(read):
    sweep = read.sweep(MIXED)
    samples = list(sweep)
    assert len(samples) == len(sweep) == 18 + 3 + 1
    assert [sample.index for sample in samples] == list(range(22))
    assert samples == [sweep[i] for i in range(22)] == sweep[:]
    assert sweep[-1] == samples[-1]
    assert sweep[5:20:3] == samples[5:20:3]
    assert list(sweep.starting(7)) == samples[7:]
    assert list(sweep.starting(22)) == list(sweep.starting(30)) == []
    for place in (22, -23):
        with pytest.raises(IndexError):
            sweep[place]


def test_a_limit_takes_the_first_samples(read):
    sweep, whole = read.sweep(MIXED, limit=20), read.sweep(MIXED)
    assert (len(sweep), sweep.total) == (20, 22)
    assert list(sweep) == whole[:20] == sweep[:]
    assert len(read.sweep(MIXED, limit=99)) == 22
    with pytest.raises(IndexError):
        sweep[20]
    with pytest.raises(ParameterError, match="limit must be 1 or above, not 0"):
        read.sweep(MIXED, limit=0)


def test_keys_are_the_same_for_ever(read):
    keys = [sample.key for sample in read.sweep("- {type: gaussian, amplitude: 30, sigma: 0.5, repetitions: 2}\n")]
    assert keys == KEYS
    (step,) = read.sweep("- {type: step}\n")
    assert (step.key, step.stream) == (STEP_KEY, int(STEP_KEY, 16))


def test_a_key_is_that_of_what_the_sample_is(read):
    """By the definition itself, for one of them."""
    from hashlib import blake2b

    (sample,) = read.sweep("- {type: gaussian, sigma: 0.1, center: [1, -0.0]}\n")
    text = (
        '{"parameters":{"amplitude":30.0,"center_x":1.0,"center_y":0.0,"sigma":0.1},"repetition":0,"type":"gaussian"}'
    )
    assert sample.key == blake2b(text.encode(), digest_size=8).hexdigest()


def test_how_a_value_is_written_does_not_matter(read):
    def key(text):
        (sample,) = read.sweep(text)
        return sample.key

    plain = key("- {type: gaussian, amplitude: 30, sigma: 1}\n")
    assert plain == key("- {sigma: 1.0, amplitude: 3.0e1, type: gaussian, center_x: -0.0, name: mine, seed: 3}\n")
    assert plain == key("- {type: gaussian, center: [0, 0], repetitions: 1}\n")
    assert plain != key("- {type: gaussian, center: [0, 1.0e-300]}\n")
    assert key("- {type: ramp, amplitude: 3}\n") == key("- {type: ramp, final: 3}\n")


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.integers(-50, 50), min_size=1, max_size=4, unique=True),
    st.lists(st.integers(-50, 50), min_size=1, max_size=4, unique=True),
    st.integers(1, 3),
    st.integers(0, 3),
)
def test_a_sweep_that_grows_keeps_its_samples(read, amplitudes, more, repetitions, further):
    grown = [*more, *(a for a in amplitudes if a not in more)]
    small = read.sweep(f"- {{type: gaussian, amplitude: {amplitudes}, repetitions: {repetitions}}}\n")
    large = read.sweep(f"- {{type: gaussian, amplitude: {grown}, repetitions: {repetitions + further}}}\n")
    records = {sample.key: sample.record() for sample in large}
    assert len(records) == len(large)
    assert all(records[sample.key] == sample.record() for sample in small)


def test_repetitions_share_a_condition(read):
    sweep = read.sweep(GRID)
    assert len({sample.condition for sample in sweep}) == 6
    assert len({sample.key for sample in sweep}) == 18
    assert sweep[0].condition == sweep[2].condition != sweep[3].condition


def test_records_are_plain(read):
    events = "stimuli: [{type: step, onset: 10}]"
    for sample in read.sweep(MIXED + f"- {{type: timeline, {events}}}\n- {{type: moving}}\n"):
        assert json.loads(json.dumps(sample.record()))["type"] == sample.type


def test_many_samples_are_made_fast_and_not_kept(read):
    text = (
        "- {type: gaussian, amplitude: {linspace: [1, 100, 500]}, sigma: {linspace: [0.1, 1, 20]}, repetitions: 10}\n"
    )
    sweep = read.sweep(text)
    start = time.process_time()
    keys = {sample.stream for sample in sweep}
    seconds = time.process_time() - start
    tracemalloc.start()
    count = sum(1 for _ in sweep)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == len(keys) == 100_000
    assert peak < 1_000_000
    assert seconds < 10


def test_a_sweep_of_a_thousand_million_samples_can_be_looked_into(read):
    axes = "".join(f"  {name}: {{linspace: [1, 2, 1000]}}\n" for name in ("amplitude", "sigma", "center_x"))
    sweep = read.sweep("- type: gaussian\n" + axes)
    assert len(sweep) == 10**9
    assert sweep[-1].described == {"amplitude": 2, "sigma": 2, "center_x": 2, "center_y": 0}
    assert "1000000000 stimuli" in describe_sweep(sweep)[-1]


def test_conditions_choose_from_so_many_only(read):
    axes = "".join(f"  {name}: {{linspace: [1, 2, 1000]}}\n" for name in ("amplitude", "sigma", "center_x"))
    (told,) = read.problems("- type: gaussian\n" + axes + "  when: {sigma: amplitude > 1}\n")
    assert told.endswith("conditions can choose from 10000000 combinations, not 1000000000")


def test_a_type_registered_by_others_can_be_swept(read, monkeypatch):
    from collections.abc import Sequence
    from dataclasses import dataclass

    monkeypatch.setattr(base, "_KNOWN", dict(base._KNOWN))

    @base.register("stroke")
    @dataclass(frozen=True, slots=True)
    class Stroke:
        """Along a path."""

        waypoints: tuple[tuple[float, float], ...] = ((0.0, 0.0), (1.0, 1.0))
        mask: Sequence[tuple[float, float]] = ((0.0, 0.0), (1.0, 1.0))
        amplitude: float = 7.0

    text = "- {type: stroke, waypoints: [[[0, 0], [1, 1]], [[0, 0], [2, 2], [3, 3]]], mask: [[4, 5], [6, 7]]}\n"
    first, second = read.sweep(text)
    assert first.parameters["waypoints"] == ((0, 0), (1, 1))
    assert second.parameters["waypoints"] == ((0, 0), (2, 2), (3, 3))
    assert second.parameters["mask"] == ((4, 5), (6, 7))
    assert second.described["amplitude"] == 7
    assert second.described["sigma"] != second.described["sigma"]  # not a number: it has none
    (told,) = read.problems("- {type: stroke, waypoints: [[0, 0]]}\n")
    assert told.endswith("write [[x, y], [x, y]] or more points, not [[0, 0]]")
