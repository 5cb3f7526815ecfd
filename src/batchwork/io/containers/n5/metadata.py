"""``attributes.json`` of N5: a dataset's layout, and the user's attributes beside it."""

import fcntl
import json
import os
import threading
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from batchwork.errors import ContainerError
from batchwork.io.containers.n5.compression import Settings, check_known, settings_of
from batchwork.io.containers.tree import DatasetSpec

FILE = "attributes.json"
VERSION = "2.0.0"
_TYPES = frozenset(f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)) | {"float32", "float64"}
_LAYOUT_KEYS = frozenset(["dimensions", "blockSize", "dataType", "compression", "compressionType"])
_RESERVED = _LAYOUT_KEYS | {"n5"}

Json = dict[str, Any]  # other programs put anything there


@dataclass(frozen=True, slots=True)
class Layout:
    """How a dataset is laid out; sizes slowest first, as numpy has them.

    Attributes
    ----------
    shape : tuple of int
    chunks : tuple of int
    dtype : numpy.dtype
    compression : mapping
    """

    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: np.dtype[Any]
    compression: Settings

    @classmethod
    def planned(cls, path: Path, spec: DatasetSpec) -> "Layout":
        """Lay out a new dataset; truth values become uint8.

        Raises
        ------
        ContainerError
            If N5 does not know the type of element or the compressor, or there is no dimension.
        """
        dtype = np.dtype(np.uint8) if spec.dtype == np.bool_ else spec.dtype.newbyteorder("=")
        if dtype.name not in _TYPES:
            raise ContainerError(f"{path}: N5 holds whole numbers, float32 and float64, not {spec.dtype}")
        if not spec.shape:
            raise ContainerError(
                f"{path}: N5 holds no single numbers; write it as an attribute, or with a shape of (1,)"
            )
        return cls(spec.shape, spec.chunks, dtype, settings_of(path, spec.compression, spec.level))

    @classmethod
    def read(cls, path: Path, entries: Mapping[str, Any]) -> "Layout":
        """Read a dataset's layout as any version of N5 wrote it.

        Raises
        ------
        ContainerError
            If an entry is missing or makes no sense.
        """
        try:
            compression = entries.get("compression", entries.get("compressionType", "raw"))
            settings = compression if isinstance(compression, dict) else {"type": compression}
            shape = tuple(int(n) for n in reversed(entries["dimensions"]))
            chunks = tuple(int(n) for n in reversed(entries["blockSize"]))
            name = entries["dataType"]
        except (KeyError, TypeError, ValueError) as error:
            raise ContainerError(f"{path / FILE}: is no dataset of N5: {error!r}") from error
        if name not in _TYPES or len(shape) != len(chunks) or min(chunks, default=0) < 1 or min(shape) < 0:
            raise ContainerError(f"{path / FILE}: dataType {name!r}, dimensions or blockSize cannot be used")
        check_known(path, settings)
        return cls(shape, chunks, np.dtype(name), settings)

    def entries(self) -> Json:
        """Give what stands in the file."""
        return {
            "dimensions": list(self.shape[::-1]),
            "blockSize": list(self.chunks[::-1]),
            "dataType": self.dtype.name,
            "compression": dict(self.compression),
        }


def is_dataset(entries: Mapping[str, Any]) -> bool:
    """Tell a dataset from a group."""
    return "dimensions" in entries and "dataType" in entries


def read_entries(folder: Path) -> Json:
    """Read everything in a folder's ``attributes.json``; nothing if there is none.

    Raises
    ------
    ContainerError
        If it is not JSON.
    """
    path = folder / FILE
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError, IsADirectoryError) as error:
        raise ContainerError(f"{path}: is not JSON: {error}") from error
    if not isinstance(entries, dict):
        raise ContainerError(f"{path}: holds no attributes")
    return entries


def write_entries(folder: Path, entries: Mapping[str, Any]) -> None:
    """Write ``attributes.json`` whole or not at all."""
    text = json.dumps(entries, default=_plain, indent=2)
    partial = folder / f".{FILE}.{os.getpid()}-{threading.get_ident()}.partial"
    partial.write_text(text, encoding="utf-8")
    partial.replace(folder / FILE)


@contextmanager
def editing(folder: Path) -> Iterator[Json]:
    """Change a folder's entries while no other process does."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        entries = read_entries(folder)
        yield entries
        write_entries(folder, entries)
    finally:
        os.close(descriptor)


def _plain(value: object) -> object:
    """Give numbers and arrays of numpy as JSON has them."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"an attribute of type {type(value).__name__} cannot be stored; use numbers, texts, lists")


class Attributes(MutableMapping[str, Any]):  # the values are the user's
    """The user's attributes of a group or dataset; those of the layout do not show.

    Parameters
    ----------
    folder : Path
    writable : bool
    """

    def __init__(self, folder: Path, *, writable: bool) -> None:
        self._folder = folder
        self._writable = writable

    def _visible(self) -> Json:
        return {key: value for key, value in read_entries(self._folder).items() if key not in _RESERVED}

    def __getitem__(self, key: str) -> Any:  # the same
        return self._visible()[key]

    def __setitem__(self, key: str, value: object) -> None:
        self.update({key: value})

    def __delitem__(self, key: str) -> None:
        self._check(key)
        self[key]  # a KeyError for what is not there, or not the user's
        with editing(self._folder) as entries:
            del entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._visible())

    def __len__(self) -> int:
        return len(self._visible())

    def update(self, *others: Any, **named: object) -> None:  # what dict.update takes
        """Set several attributes at once."""
        changed = dict(*others, **named)
        for key in changed:
            self._check(key)
        with editing(self._folder) as entries:
            entries.update(changed)

    def _check(self, key: str) -> None:
        if not self._writable:
            raise ContainerError(f"{self._folder}: opened for reading only; open it with mode 'a' to write")
        if key in _RESERVED:
            raise ContainerError(f"{self._folder}: the attribute '{key}' is the format's own")
