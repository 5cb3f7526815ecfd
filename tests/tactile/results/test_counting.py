"""Spike counts, read shard by shard."""

import os

import pytest

from batchwork.tactile.results.counting import spike_counts
from batchwork.tactile.results.layout import DamagedShard
from batchwork.tactile.results.results import Results


@pytest.mark.parametrize("size", [1, 4, 100])
def test_counts_are_those_of_the_responses_in_the_order_of_the_samples(made, tmp_path, size):
    samples = list(reversed(made.samples))
    results = Results(samples, made.stored(tmp_path, size))
    expected = [tuple(len(events) for events in response.events.values()) for response in reversed(made.responses)]
    found = list(spike_counts(results))
    assert [sample.key for sample, _ in found] == [sample.key for sample in samples]
    assert [counts for _, counts in found] == expected
    assert any(sum(counts) for counts in expected)


def test_a_shard_that_is_damaged_meanwhile_is_told(made, tmp_path):
    results = made.results(tmp_path)
    path = next(tmp_path.iterdir())
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(DamagedShard, match=path.name):
        list(spike_counts(results))
