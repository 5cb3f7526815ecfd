"""Counts of spikes, shard by shard: each is read once, whatever the order of the samples."""

from collections.abc import Iterator

from batchwork.tactile.results.results import Results
from batchwork.tactile.results.shards import read_shard
from batchwork.tactile.sweeps import Sample


def spike_counts(results: Results) -> Iterator[tuple[Sample, tuple[int, ...]]]:
    """Give the samples in order, each with its spikes in each population, in the layout's order.

    One shard is in memory at a time; beside it, one number for each sample and population.

    Raises
    ------
    DamagedShard
        If a shard has been damaged since the results were opened.
    """
    places = results.store.places
    counts = {path: read_shard(path).counts for path in sorted({path for path, _ in places.values()})}
    for sample in results.samples:
        path, place = places[sample.key]
        yield sample, tuple(counts[path][place].tolist())
