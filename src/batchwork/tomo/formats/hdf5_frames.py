"""Frames in a dataset of an HDF5 file."""

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from batchwork.tomo.formats.hdf5 import find_dataset, reading


@dataclass(frozen=True, slots=True, eq=False)
class Hdf5Frames:
    """A dataset as a stack of frames.

    Attributes
    ----------
    dataset : h5py.Dataset
        Of three axes, where it is sound.
    label : str, optional
        How messages call it, instead of its name in the file.
    """

    dataset: h5py.Dataset
    label: str | None = None

    @classmethod
    def at(cls, group: h5py.Group, name: str) -> "Hdf5Frames":
        """Find the stack under a name; raises as `find_dataset`."""
        return cls(find_dataset(group, name))

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self.dataset.file.filename)

    @property
    def name(self) -> str:
        """Of the dataset."""
        return self.label or str(self.dataset.name)

    @property
    def shape(self) -> tuple[int, ...] | None:
        """(frames, rows, columns) of a sound stack; None for an empty dataspace."""
        shape = self.dataset.shape
        return None if shape is None else tuple(int(length) for length in shape)

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Of the counts."""
        dtype: np.dtype[np.generic] = self.dataset.dtype
        return dtype

    @property
    def chunks(self) -> tuple[int, int, int] | None:
        """Frames, rows and columns of a chunk; None if the dataset is contiguous."""
        chunks: tuple[int, int, int] | None = self.dataset.chunks
        return chunks

    @property
    def packed(self) -> bool:
        """Whether chunks pass through a filter."""
        return bool(self.dataset.id.get_create_plist().get_nfilters())

    def read(self, frames: slice, rows: slice, columns: slice, out: NDArray[np.generic]) -> None:
        """Read into `out`, without a copy between; HDF5 converts to its type."""
        with reading(self.path, self.name):
            self.dataset.read_direct(out, np.s_[frames, rows, columns])

    def unwritten(self) -> NDArray[np.bool_]:
        """(frames,) of which not all chunks are on disk.

        Space that was promised but never written reads as zeros; HDF5 knows which chunks exist, so that this
        needs no reading. Contiguous datasets count as written, unless nothing was; so do those that are made
        of other files.
        """
        dataset, count = self.dataset, self.dataset.shape[0]
        if dataset.is_virtual or dataset.external:
            return np.zeros(count, bool)
        if dataset.chunks is None:
            return np.full(count, dataset.id.get_storage_size() == 0)
        grid = [-(-length // chunk) for length, chunk in zip(dataset.shape, dataset.chunks, strict=True)]
        if dataset.id.get_num_chunks() == np.prod(grid):
            return np.zeros(count, bool)
        whole = _chunks_along_frames(dataset, grid[0]) >= np.prod(grid[1:])
        return np.asarray(~np.repeat(whole, dataset.chunks[0])[:count])


def _chunks_along_frames(dataset: h5py.Dataset, count: int) -> NDArray[np.int64]:
    """Count the chunks on disk at each of `count` places along the first axis."""
    found = np.zeros(count, np.int64)

    def add(chunk: object) -> None:
        found[chunk.chunk_offset[0] // dataset.chunks[0]] += 1  # type: ignore[attr-defined]  # h5py's StoreInfo

    dataset.id.chunk_iter(add)
    return found
