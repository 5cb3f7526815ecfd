"""What a worker does: simulating samples and keeping them."""

import math
import os
import time

import numpy as np
import pytest
from tests.tactile.recording import CONFIG, files_below, prepare, record

from batchwork.errors import FileFormatError, ParameterError
from batchwork.tactile.recorder import KEEP_SECONDS, Recorder, complete_results, fields_of, recorder_of
from batchwork.tactile.results.checkpoint import NAME, Checkpoint
from batchwork.tactile.results.opening import Snapshot, open_results


def counts_of(response):
    return {name: events.counts.tolist() for name, events in response.events.items()}


def test_what_was_kept_is_what_was_simulated(tmp_path):
    prepare(tmp_path)
    recorder = Recorder(tmp_path)
    recorder._kept = math.inf
    made = {sample.key: counts_of(recorder.record(sample.key)) for sample in recorder.sweep}
    assert not recorder.store.places
    recorder.keep()
    store = open_results(tmp_path).store
    assert {key: counts_of(store.response(key)) for key in made} == made
    assert sum(map(sum, made[recorder.sweep[-1].key].values())) > 0


def test_a_sample_is_the_same_whatever_was_made_before_and_by_however_many_threads(tmp_path):
    record(tmp_path / "one")
    prepare(tmp_path / "two")
    other = Recorder(tmp_path / "two", threads=2)
    for sample in reversed(other.sweep):
        assert counts_of(other.record(sample.key)) == counts_of(Recorder(tmp_path / "one").record(sample.key))


def test_repetitions_differ(tmp_path):
    recorder = record(tmp_path, {**CONFIG, "neurons": {**CONFIG["neurons"], "noise": 12.0}})
    one, two = (recorder.record(recorder.sweep[i].key) for i in (15, 16))
    assert recorder.sweep[15].condition == recorder.sweep[16].condition
    assert counts_of(one) != counts_of(two)


def test_work_is_kept_after_a_while_and_the_checkpoint_counts_it(tmp_path):
    prepare(tmp_path)
    recorder = Recorder(tmp_path)
    keys = [sample.key for sample in recorder.sweep]
    recorder._kept = math.inf
    recorder.record(keys[3])
    assert Checkpoint.read(tmp_path / NAME).num_completed == 0
    recorder._kept = time.monotonic() - 2 * KEEP_SECONDS
    recorder.record(keys[0])
    checkpoint = Checkpoint.read(tmp_path / NAME)
    assert (checkpoint.num_completed, checkpoint.total_stimuli, checkpoint.next_index) == (2, 23, 1)
    assert checkpoint.shards == tuple(f"events/{path.name}" for path in (tmp_path / "events").iterdir())


def test_what_is_there_is_not_made_again(tmp_path):
    record(tmp_path)
    before = files_below(tmp_path)
    recorder = Recorder(tmp_path)
    results = recorder.results()
    assert len(results.samples) == 23
    assert files_below(tmp_path) == before


def test_a_sample_of_another_sweep_is_refused(tmp_path):
    prepare(tmp_path)
    with pytest.raises(ParameterError, match="has no sample 0123456789abcdef"):
        Recorder(tmp_path).record("0123456789abcdef")


def test_leftovers_and_damaged_shards_go_when_it_opens(tmp_path):
    record(tmp_path)
    cut, *_ = sorted((tmp_path / "events").iterdir())
    os.truncate(cut, 100)
    partial = tmp_path / "events" / ".1.events.h5.partial"
    partial.touch()
    recorder = Recorder(tmp_path)
    assert not cut.exists()
    assert not partial.exists()
    recorder.results()
    assert not Snapshot.take(tmp_path).missing


def test_complete_results_make_what_is_missing_and_else_leave_all_as_it_is(tmp_path):
    record(tmp_path / "whole")
    record(tmp_path / "part", CONFIG, slice(0, 4))
    (tmp_path / "whole" / "events" / ".1.events.h5.partial").touch()
    before = files_below(tmp_path / "whole")
    whole, part = (complete_results(tmp_path / name) for name in ("whole", "part"))
    assert files_below(tmp_path / "whole") == before
    assert not Snapshot.take(tmp_path / "part").missing
    assert whole.about == part.about
    for (one, a), (two, b) in zip(whole.responses(), part.responses(), strict=True):
        assert (one.key, counts_of(a)) == (two.key, counts_of(b))
    for name, arrays in whole.populations.items():
        for field, array in arrays.items():
            np.testing.assert_array_equal(array, part.populations[name][field])


def test_fields_are_those_of_the_network(tmp_path):
    prepare(tmp_path)
    recorder = Recorder(tmp_path)
    fields = fields_of(recorder.simulator.network)
    assert list(fields) == ["sa", "ra"]
    for population in recorder.simulator.network.populations:
        found = fields[population.name]
        assert found["xy"].shape == (population.neurons, 2)
        assert found["starts"][-1] == len(found["receptors"]) == len(found["weights"])


def test_a_process_has_one_recorder_until_the_sweep_changes(tmp_path):
    prepare(tmp_path)
    one = recorder_of(tmp_path, 1, "a")
    assert recorder_of(tmp_path, 1, "a") is one
    assert recorder_of(tmp_path, 1, "b") is not one
    recorder_of.cache_clear()


def test_a_checkpoint_that_is_none(tmp_path):
    (tmp_path / NAME).write_bytes(b"PK")
    with pytest.raises(FileFormatError, match="cannot be read"):
        Recorder(tmp_path)
