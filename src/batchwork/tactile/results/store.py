"""The spikes of all samples that have been computed in a folder, in shards that only grow."""

import mmap
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from batchwork.errors import FileFormatError
from batchwork.tactile.kernels.events import Events
from batchwork.tactile.results import frames

SYNC_SECONDS = 1.0
"""So often is what was written brought to the disk; a process that is killed loses nothing, a machine this much."""
SHARD_BYTES = 256 << 20
"""A shard that has grown beyond this is followed by another."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sample's spikes are."""

    shard: Path
    start: int
    length: int


class EventStore:
    """Shards of one network in a folder; a sample is known by its key.

    Several may read; each that writes has a shard of its own. Shards of other networks in the folder, and what
    is broken in one, are passed over: what was in it is computed again.

    Parameters
    ----------
    folder : Path
        Made by the first sample that is added.
    network : mapping
        JSON data that tells this network from others, with the names of its populations as ``populations``.
    """

    def __init__(self, folder: Path, network: Mapping[str, object]) -> None:
        names = network["populations"]
        if not isinstance(names, list):
            raise TypeError("the populations must be a list of names")
        self._folder = folder
        self._network = dict(network)
        self.populations = tuple(map(str, names))
        self._places = dict[bytes, Place]()
        self._sizes = dict[Path, int]()
        self._file: BinaryIO | None = None
        self._synced = 0.0
        self.refresh()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __contains__(self, key: str) -> bool:
        return bytes.fromhex(key) in self._places

    def __len__(self) -> int:
        return len(self._places)

    @property
    def shards(self) -> list[Path]:
        """Those that hold samples."""
        return sorted(self._sizes)

    def refresh(self) -> None:
        """Look at shards that are new or have grown."""
        for path in sorted(self._folder.glob("events-*.bws")):
            size = path.stat().st_size
            if size > self._sizes.get(path, 0):
                self._index(path)

    def _index(self, path: Path) -> None:
        with path.open("rb") as file:
            line = file.readline()
            try:
                if frames.read_first_line(line) != self._network:
                    return
            except FileFormatError:
                return
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data, memoryview(data) as view:
                self._sizes[path] = len(data)
                for key, start, length in frames.find(view, len(line)):
                    self._places[key] = Place(path, start, length)

    def add(self, key: str, spikes: Mapping[str, Events]) -> None:
        """Append a sample; when this returns, the death of the process does not lose it."""
        file = self._open()
        frame = frames.encode(bytes.fromhex(key), [spikes[name] for name in self.populations])
        start = file.tell()
        try:
            _write(file, frame)
        except OSError:
            file.close()  # what follows a broken frame is not looked at: begin another shard
            self._file = None
            raise
        path = Path(file.name)
        self._places[bytes.fromhex(key)] = Place(path, start + frames.HEAD_BYTES, len(frame) - frames.HEAD_BYTES)
        self._sizes[path] = start + len(frame)
        if time.monotonic() - self._synced > SYNC_SECONDS:
            self._sync(file)
        if start > SHARD_BYTES:
            self.close()

    def read(self, key: str) -> dict[str, Events]:
        """Give the spikes of a sample by population.

        Raises
        ------
        KeyError
            If it is not there.
        """
        place = self._places[bytes.fromhex(key)]
        with place.shard.open("rb") as file:
            file.seek(place.start)
            found = frames.decode(file.read(place.length), len(self.populations))
        return dict(zip(self.populations, found, strict=True))

    def close(self) -> None:
        """Bring all to the disk."""
        if self._file is not None:
            self._sync(self._file)
            self._file.close()
            self._file = None

    def _sync(self, file: BinaryIO) -> None:
        os.fsync(file.fileno())
        self._synced = time.monotonic()

    def _open(self) -> BinaryIO:
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            number = len(list(self._folder.iterdir()))
            while self._file is None:
                number += 1
                try:
                    self._file = (self._folder / f"events-{number:04d}.bws").open("xb", buffering=0)
                except FileExistsError:
                    continue
            _write(self._file, frames.first_line(self._network))
        return self._file


def _write(file: BinaryIO, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]
