"""Sweeps as PyTorch datasets, read from the shards.

::

    results = open_results(Path("batch_output"))
    parts = split_samples(results.samples)
    loader = DataLoader(SpikeDataset(results, parts["train"]), batch_size=16, shuffle=True)
    for batch in loader:
        batch["sa_spikes"], batch["amplitude"]      # (16, T, N) bool, (16,)
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from batchwork.extras import needs_extra
from batchwork.tactile.results.layout import Layout, Record, Response
from batchwork.tactile.results.results import Results
from batchwork.tactile.sweeps import Sample

with needs_extra("torch", "A PyTorch dataset"):
    import torch
    from torch.utils.data import Dataset, IterableDataset, default_collate, get_worker_info

Form: TypeAlias = Literal["dense", "events"]
"""``dense``: ``sa_spikes`` and the others, (T, N) bool. ``events``: ``sa_events`` and the others, (spikes, 2)
int64, step and neuron."""
Item: TypeAlias = dict[str, Any]
"""Tensors of spikes; type, amplitude, sigma, center_x, center_y and repetition; key."""

COMMON: Final = ("type", "amplitude", "sigma", "center_x", "center_y", "repetition")
"""What all samples have, whatever their type."""


class SpikeDataset(Dataset[Item]):
    """Samples in an order of one's own, for random access.

    Parameters
    ----------
    results : Results
    samples : iterable of Sample, optional
        Those to use; all of them unless given.
    form : {"dense", "events"}
        How spikes are given. A batch of events is made with ``collate_fn=collate_events``.
    """

    def __init__(self, results: Results, samples: Iterable[Sample] | None = None, *, form: Form = "dense") -> None:
        self.store = results.store
        self.form = form
        chosen = results.samples if samples is None else samples
        self.rows = [(sample.key, _common(sample.record())) for sample in chosen]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Item:
        key, record = self.rows[index]
        return _item(self.store.response(key), record, self.store.layout, self.form)


class SpikeStream(IterableDataset[Item]):
    """Samples shard by shard, for sweeps that are read from end to end.

    Each shard is read once in an epoch. The workers of a loader share the shards among themselves.

    Parameters
    ----------
    results : Results
    samples : iterable of Sample, optional
        Those to use; all of them unless given.
    form : {"dense", "events"}
        As for `SpikeDataset`.
    seed : int or None
        Shuffles the shards, and the samples within each, anew for each epoch; None leaves them in order.
    """

    def __init__(
        self,
        results: Results,
        samples: Iterable[Sample] | None = None,
        *,
        form: Form = "dense",
        seed: int | None = None,
    ) -> None:
        self.store = results.store
        self.form = form
        self.seed = seed
        self.epoch = 0
        chosen = results.samples if samples is None else samples
        self.records = {sample.key: _common(sample.record()) for sample in chosen}

    def set_epoch(self, epoch: int) -> None:
        """Shuffle differently; to be called before each epoch."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[Item]:
        for keys in self._mine():
            for response in self.store.responses(keys):
                yield _item(response, self.records[response.key], self.store.layout, self.form)

    def _mine(self) -> list[list[str]]:
        """Give the keys of this worker's shards, shard by shard."""
        shards: dict[object, list[str]] = {}
        for key in self.records:
            shards.setdefault(self.store.places[key][0], []).append(key)
        groups = list(shards.values())
        if self.seed is not None:
            random = Random(f"{self.seed}/{self.epoch}")  # noqa: S311 - an order, no secret
            random.shuffle(groups)
            for group in groups:
                random.shuffle(group)
        worker = get_worker_info()
        return groups if worker is None else groups[worker.id :: worker.num_workers]


def collate_events(items: Sequence[Item]) -> Item:
    """Make a batch of samples in the form ``events``: lists of events, tensors of the numbers."""
    ragged = {name: [item[name] for item in items] for name in items[0] if name.endswith("_events")}
    even = [{name: value for name, value in item.items() if name not in ragged} for item in items]
    return {**ragged, **default_collate(even)}


def _common(record: Record) -> Record:
    return {name: record[name] for name in COMMON}


def _item(response: Response, record: Mapping[str, Any], layout: Layout, form: Form) -> Item:
    item: Item = {}
    for name in layout.neurons:
        events = response.events[name]
        if form == "dense":
            item[f"{name}_spikes"] = torch.from_numpy(events.dense())
        else:
            item[f"{name}_events"] = torch.from_numpy(np.stack([events.step, events.neuron], axis=1).astype(np.int64))
    return {**item, **record, "key": response.key}
