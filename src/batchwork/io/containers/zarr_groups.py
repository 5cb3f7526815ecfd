"""Groups of a Zarr container, in the words of h5py; written as Zarr 2, which every program reads."""

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, cast

import numcodecs
import zarr
import zarr.codecs

from batchwork.errors import ContainerError
from batchwork.io.broken import BROKEN
from batchwork.io.containers.tree import Dataset, DatasetSpec, Group

_WRITTEN = 2
_NEW_MODES = {"r": "r", "r+": "r+", "a": "a", "w": "w", "w-": "w-", "x": "w-"}
_MARKS = (".zgroup", ".zarray", "zarr.json", ".zmetadata")


def open_zarr(path: Path, mode: str) -> "ZarrGroup":
    """Open a Zarr container, of format 2 or 3.

    Raises
    ------
    ContainerError
        If there is something else than a Zarr group.
    """
    if path.exists() and not path.is_dir():
        raise ContainerError(f"{path}: is a file; a Zarr container is a folder")
    is_new = not path.exists() or not any(path.iterdir())
    if not is_new and not any((path / mark).exists() for mark in _MARKS):
        raise ContainerError(f"{path}: holds none of {', '.join(_MARKS)}, so it is no Zarr container")
    try:
        zarr_format: Literal[2] | None = 2 if is_new or mode == "w" else None
        group = zarr.open_group(path, mode=cast(Any, _NEW_MODES[mode]), zarr_format=zarr_format)
    except BROKEN as error:
        raise ContainerError(f"{path}: cannot be opened as a Zarr group: {error}") from error
    return ZarrGroup(path, group, "/", writable=mode != "r")


class ZarrGroup(Group):
    """A group of a Zarr container, which may be the whole.

    Parameters
    ----------
    path : Path
        Where the container stands.
    group : zarr.Group
    name : str
    writable : bool
    """

    def __init__(self, path: Path, group: zarr.Group, name: str, *, writable: bool) -> None:
        super().__init__(path, name, writable=writable)
        self._group = group

    @property
    def attrs(self) -> MutableMapping[str, Any]:
        """Attributes of the group."""
        return self._group.attrs

    def names(self) -> Iterator[str]:
        """Name what stands in this group."""
        with self._reading():
            return iter(list(self._group.keys()))

    def child(self, name: str) -> "Group | Dataset | None":
        """Give what has a name in this group."""
        with self._reading():
            found = self._group.get(name)
        if found is None:
            return None
        if isinstance(found, zarr.Group):
            return ZarrGroup(self.path, found, self._below(name), writable=self._writable)
        return cast(Dataset, found)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Turn what zarr raises on damaged metadata into an error that names the container."""
        try:
            yield
        except BROKEN as error:
            raise ContainerError(f"{self.path}: what stands in {self.name} cannot be read: {error}") from error

    def new_group(self, name: str) -> "ZarrGroup":
        """Make a group in this one."""
        return ZarrGroup(self.path, self._group.create_group(name), self._below(name), writable=True)

    def new_dataset(self, name: str, spec: DatasetSpec) -> Dataset:
        """Make a dataset in this group."""
        made = self._group.create_array(
            name,
            shape=spec.shape,
            dtype=spec.dtype,
            chunks=spec.chunks,
            compressors=self._compressor(spec),
            fill_value=0 if spec.dtype.kind in "biuf" else None,
        )
        return cast(Dataset, made)

    def _compressor(self, spec: DatasetSpec) -> Any:  # zarr takes a codec of either format, or None
        if spec.compression in {None, "raw"}:
            return None
        level = 5 if spec.level is None else spec.level
        makers = {"gzip": lambda: numcodecs.GZip(level), "zstd": lambda: numcodecs.Zstd(level),
                  "blosc": lambda: numcodecs.Blosc("lz4", level)}  # fmt: skip
        if spec.compression not in makers:
            known = ", ".join(makers)
            raise ContainerError(f"{self.path}: Zarr is not written with '{spec.compression}'; one of {known}, or None")
        if self._group.metadata.zarr_format == _WRITTEN:
            return makers[spec.compression]()
        codecs = {"gzip": zarr.codecs.GzipCodec, "zstd": zarr.codecs.ZstdCodec, "blosc": zarr.codecs.BloscCodec}
        keyword = "clevel" if spec.compression == "blosc" else "level"
        return codecs[spec.compression](**{keyword: level})

    def remove(self, name: str) -> None:
        """Remove what has a name in this group."""
        del self._group[name]
