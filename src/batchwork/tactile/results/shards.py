"""Native results: shards of events.

A shard is an HDF5 file with the samples of a second or so of work. It is written once, under a name of its
own, and appears whole or not at all, so that a folder of shards grows by appending and needs no index. For
each population it has the columns ``sample`` (place in the shard), ``step`` and ``neuron``, ordered by them;
``keys`` and ``records`` say what the samples are. A digest of everything tells a shard that is damaged.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from batchwork.io.broken import BROKEN
from batchwork.tactile.kernels.events import Events
from batchwork.tactile.results.durable import written_whole
from batchwork.tactile.results.layout import DamagedShard, Layout, Record, Response

SUFFIX: Final = ".events.h5"
VERSION: Final = 1
COLUMNS: Final = ("sample", "step", "neuron")
_EVENT: Final = 2 * 4
"""Bytes of a spike's step and neuron."""

Columns = dict[str, NDArray[Any]]
"""sample, step and neuron of a population's events."""


@dataclass(frozen=True, slots=True, eq=False)
class Shard:
    """The samples of one file.

    Attributes
    ----------
    layout : Layout
    keys : tuple of str
    records : tuple of dict
    columns : dict
        Population → its columns.
    """

    layout: Layout
    keys: tuple[str, ...]
    records: tuple[Record, ...]
    columns: dict[str, Columns]
    _ends: dict[str, NDArray[np.int64]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        places = np.arange(len(self.keys) + 1)
        ends = {name: np.searchsorted(columns["sample"], places) for name, columns in self.columns.items()}
        object.__setattr__(self, "_ends", ends)

    @classmethod
    def of(cls, layout: Layout, responses: Sequence[Response]) -> Self:
        """Put responses together."""
        columns = {name: _columns(name, layout, responses) for name in layout.neurons}
        return cls(layout, tuple(r.key for r in responses), tuple(r.record for r in responses), columns)

    @property
    def name(self) -> str:
        """The file's name: the same for the same samples."""
        told = ",".join((self.layout.fingerprint, *self.keys))
        return blake2b(told.encode(), digest_size=8).hexdigest() + SUFFIX

    @property
    def size(self) -> int:
        """Bytes of all events, once they are given."""
        rows = sum(len(columns["step"]) for columns in self.columns.values())
        return rows * _EVENT

    @property
    def counts(self) -> NDArray[np.int64]:
        """Spikes of each sample and population, (samples, populations)."""
        return np.stack([np.diff(self._ends[name]) for name in self.layout.neurons], axis=1)

    @property
    def digest(self) -> str:
        """Hash of everything in it."""
        found = blake2b(json.dumps([self._told(), self.keys, self.records]).encode(), digest_size=16)
        for columns in self.columns.values():
            for name in COLUMNS:
                found.update(np.ascontiguousarray(columns[name]).data)
        return found.hexdigest()

    def response(self, place: int) -> Response:
        """Give one sample."""
        return Response(
            self.keys[place], self.records[place], {name: self._events(name, place) for name in self.columns}
        )

    def responses(self) -> Iterator[Response]:
        """Give all samples."""
        return (self.response(place) for place in range(len(self.keys)))

    def write(self, folder: Path) -> Path:
        """Write it durably; afterwards it is there as a whole, whatever happens.

        Raises
        ------
        OSError
            If the disk is full or may not be written to; no part of a shard stays behind.
        """
        path = folder / self.name
        written_whole(path, self._save)
        return path

    def _save(self, path: Path) -> None:
        import h5py

        with h5py.File(path, "w", libver="latest") as file:
            file.attrs["about"] = json.dumps({**self._told(), "version": VERSION, "digest": self.digest})
            file["keys"] = np.array(self.keys, "S16")
            file["records"] = np.frombuffer(json.dumps(self.records).encode(), np.uint8)
            for name, columns in self.columns.items():
                for column in COLUMNS:
                    file[f"{name}/{column}"] = columns[column]

    def _told(self) -> Record:
        layout = self.layout
        return {"fingerprint": layout.fingerprint, "steps": layout.steps, "neurons": dict(layout.neurons)}

    def _events(self, name: str, place: int) -> Events:
        part = slice(*self._ends[name][place : place + 2])
        columns, layout = self.columns[name], self.layout
        step, neuron = (columns[column][part].astype(np.int32) for column in ("step", "neuron"))
        return Events(step, neuron, layout.steps, layout.neurons[name])


def read_shard(path: Path) -> Shard:
    """Read a shard and see that it is whole.

    Raises
    ------
    DamagedShard
        If it is not.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            about = json.loads(file.attrs["about"])
            layout = Layout(about["fingerprint"], about["steps"], about["neurons"])
            shard = Shard(
                layout,
                tuple(key.decode() for key in file["keys"][()]),
                tuple(json.loads(file["records"][()].tobytes())),
                {name: {column: file[f"{name}/{column}"][()] for column in COLUMNS} for name in layout.neurons},
            )
    except BROKEN as error:
        raise DamagedShard(f"{path}: cannot be read ({error}); its samples have to be made again") from None
    if shard.digest != about["digest"]:
        raise DamagedShard(f"{path}: is not as it was written; its samples have to be made again")
    return shard


def _columns(name: str, layout: Layout, responses: Sequence[Response]) -> Columns:
    events = [response.events[name] for response in responses]
    counts = [len(each) for each in events]
    sample = np.repeat(np.arange(len(events)), counts)
    step = np.concatenate([each.step for each in events]) if events else np.empty(0, np.int32)
    neuron = np.concatenate([each.neuron for each in events]) if events else np.empty(0, np.int32)
    sizes = (len(events), layout.steps, layout.neurons[name])
    return {
        column: values.astype(np.min_scalar_type(max(size - 1, 256)))
        for column, values, size in zip(COLUMNS, (sample, step, neuron), sizes, strict=True)
    }
