"""All shards of a folder, as one collection of samples."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from batchwork.tactile.results.durable import leftovers
from batchwork.tactile.results.layout import DamagedShard, Layout, Response
from batchwork.tactile.results.shards import SUFFIX, Shard, read_shard

FOLDER: Final = "events"
"""Beside the results."""

WINDOW: Final = 128 << 20
"""Bytes of samples that are in memory when many are read."""

_KEPT = 4
_OVERHEAD = 2000
"""Bytes that a sample takes besides its events."""


@dataclass(slots=True)
class Store:
    """The samples of a folder's shards, found by their keys.

    Attributes
    ----------
    folder : Path
        Of the shards.
    layout : Layout
        That samples must have; shards with another one are left alone.
    places : dict of str to (Path, int)
        Key → shard and place in it.
    damaged : list of Path
        Shards that are not whole. They count for nothing.
    """

    folder: Path
    layout: Layout
    places: dict[str, tuple[Path, int]] = field(default_factory=dict)
    damaged: list[Path] = field(default_factory=list)
    _sizes: dict[Path, int] = field(default_factory=dict, repr=False)
    _read: OrderedDict[Path, Shard] = field(default_factory=OrderedDict, repr=False)

    @classmethod
    def open(cls, folder: Path, layout: Layout) -> Self:
        """Look at all shards of a folder, which need not be there yet; nothing is written."""
        store = cls(folder, layout)
        for path in sorted(folder.glob(f"*{SUFFIX}")):
            try:
                store._enter(path, read_shard(path))
            except DamagedShard:
                store.damaged.append(path)
        return store

    def __contains__(self, key: object) -> bool:
        return key in self.places

    def __len__(self) -> int:
        return len(self.places)

    @property
    def shards(self) -> list[Path]:
        """The shards that count, in the order of their names."""
        return sorted(self._sizes)

    def append(self, responses: Sequence[Response]) -> Path:
        """Write samples as a new shard.

        Raises
        ------
        OSError
            If the disk is full or may not be written to.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        shard = Shard.of(self.layout, responses)
        path = shard.write(self.folder)
        self._enter(path, shard)
        return path

    def clean(self) -> None:
        """Remove the shards that are not whole, and what was left unfinished; nobody else may be writing."""
        for path in (*self.damaged, *leftovers(self.folder, SUFFIX)):
            path.unlink(missing_ok=True)
        self.damaged.clear()

    def response(self, key: str) -> Response:
        """Give one sample.

        Raises
        ------
        KeyError
            If there is none with this key.
        """
        path, place = self.places[key]
        return self._shard(path).response(place)

    def responses(self, keys: Iterable[str]) -> Iterator[Response]:
        """Give samples one by one, whatever their order; about `WINDOW` bytes of them are in memory at a time.

        Raises
        ------
        KeyError
            If there is none with one of the keys.
        """
        window: list[str] = []
        room = WINDOW
        for key in keys:
            window.append(key)
            room -= self._sizes[self.places[key][0]]
            if room <= 0:
                yield from self._gathered(window)
                window, room = [], WINDOW
        yield from self._gathered(window)

    def _gathered(self, keys: Sequence[str]) -> Iterator[Response]:
        """Read each shard once."""
        shards: dict[Path, list[int]] = {}
        for path, place in map(self.places.__getitem__, keys):
            shards.setdefault(path, []).append(place)
        found: dict[str, Response] = {}
        for path, places in shards.items():
            shard = self._shard(path)
            found.update((shard.keys[place], shard.response(place)) for place in places)
        return (found.pop(key) for key in keys)

    def _enter(self, path: Path, shard: Shard) -> None:
        if shard.layout != self.layout:
            return
        self._sizes[path] = _OVERHEAD + shard.size // max(len(shard.keys), 1)
        for place, key in enumerate(shard.keys):
            self.places.setdefault(key, (path, place))

    def _shard(self, path: Path) -> Shard:
        shard = self._read.pop(path, None) or read_shard(path)
        self._read[path] = shard
        while len(self._read) > _KEPT:
            self._read.popitem(last=False)
        return shard
