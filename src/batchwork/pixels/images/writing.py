"""Results written block by block: HDF5 with axistags, and npy."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.axes import CANONICAL
from batchwork.pixels.images.axistags import to_axistags
from batchwork.pixels.kernels.surroundings import Box
from batchwork.pixels.sources import Shape

WriteBlock = Callable[[int, Box, NDArray[np.generic]], None]
"""Takes time, box, and the values (slices, rows, columns, channels)."""

_CHUNK_BYTES = 512 << 10


@contextmanager
def hdf5_writer(
    path: Path,
    inner: str,
    shape: Shape,
    axes: str,
    dtype: np.dtype[np.generic],
    *,
    compress: bool = False,
    value_range: tuple[float, float] | None = None,
) -> Iterator[WriteBlock]:
    """Write a dataset.

    Parameters
    ----------
    path : Path
        The file, made anew.
    inner : str
        Path of the dataset in it.
    shape : tuple
        Times, slices, rows, columns and channels.
    axes : str
        Order in which they are stored; those left out must have length 1.
    dtype : numpy dtype
        Type of the values.
    compress : bool, optional
        Whether to compress with gzip; else the dataset is stored in one piece.
    value_range : tuple, optional
        Least and largest value that can occur, for readers.

    Yields
    ------
    WriteBlock
        The function that writes a block.
    """
    size = ordered(shape, axes)
    with h5py.File(path, "w") as file:
        chunks = chunk_shape(size, axes, dtype) if compress else None
        packing = {"compression": "gzip", "compression_opts": 1} if compress else {}
        dataset = file.create_dataset(inner, size, dtype, chunks=chunks, **packing)
        dataset.attrs["axistags"] = to_axistags(axes)
        for dimension, label in zip(dataset.dims, axes, strict=True):
            dimension.label = label
        if value_range is not None:
            dataset.attrs["drange"] = np.array(value_range)
        yield writer_into(dataset, axes)


@contextmanager
def npy_writer(path: Path, shape: Shape, axes: str, dtype: np.dtype[np.generic]) -> Iterator[WriteBlock]:
    """Write an npy file; parameters as for `hdf5_writer`."""
    array = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=ordered(shape, axes))
    try:
        yield writer_into(array, axes)
    finally:
        array.flush()


def ordered(shape: Shape, axes: str) -> tuple[int, ...]:
    """Give the sizes in an order of axes."""
    sizes = dict(zip(CANONICAL, shape, strict=True))
    return tuple(sizes[axis] for axis in axes)


def writer_into(target: h5py.Dataset | NDArray[np.generic], axes: str) -> WriteBlock:
    """Give the function that writes blocks into an array, or what is assigned to like one, with these axes."""

    def write(time: int, box: Box, block: NDArray[np.generic]) -> None:
        spans = dict(zip("tzyx", ((time, time + 1), *box), strict=True))
        index = tuple(slice(*spans[axis]) if axis in spans else slice(None) for axis in axes)
        missing = tuple(i for i, axis in enumerate(CANONICAL) if axis not in axes)
        kept = [axis for axis in CANONICAL if axis in axes]
        target[index] = block[np.newaxis].squeeze(missing).transpose([kept.index(axis) for axis in axes])

    return write


def chunk_shape(size: tuple[int, ...], axes: str, dtype: np.dtype[np.generic]) -> tuple[int, ...]:
    """Give chunks of about half a megabyte: one time, all channels, and as long along all axes of space."""
    sizes = dict(zip(axes, size, strict=True))
    space = [axis for axis in axes if axis in "zyx" and sizes[axis] > 1]
    values = _CHUNK_BYTES / dtype.itemsize / sizes.get("c", 1)
    chunk = {axis: 1 for axis in axes if axis != "c"} | ({"c": sizes["c"]} if "c" in axes else {})
    for left, axis in zip(range(len(space), 0, -1), sorted(space, key=sizes.__getitem__), strict=True):
        chunk[axis] = max(1, min(sizes[axis], int(values ** (1 / left))))
        values /= chunk[axis]
    return tuple(chunk[axis] for axis in axes)
