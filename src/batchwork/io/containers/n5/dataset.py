"""A dataset of N5: slices to blocks and back."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from batchwork.errors import ContainerError
from batchwork.io.containers.n5.blocks import block_path, read_block, write_block
from batchwork.io.containers.n5.metadata import Attributes, Layout
from batchwork.io.containers.selecting import select

Box = tuple[slice, ...]


@dataclass(frozen=True, slots=True)
class _Overlap:
    """Where one block and a box of the dataset meet.

    Attributes
    ----------
    position : tuple of int
        Of the block in the grid.
    shape : tuple of int
        Of the part of the dataset that the block covers.
    in_block, in_box : tuple of slice
    """

    position: tuple[int, ...]
    shape: tuple[int, ...]
    in_block: Box
    in_box: Box

    @property
    def is_whole_block(self) -> bool:
        return all(part == slice(0, n) for part, n in zip(self.in_block, self.shape, strict=True))


class N5Dataset:
    """A dataset of an N5 container, used as one of h5py.

    Parameters
    ----------
    folder : Path
    name : str
        Where it stands in the container.
    layout : Layout
    writable : bool

    Notes
    -----
    Writing a part of a block reads it, changes it and writes it: two processes that write to the same dataset
    must write to different blocks.
    """

    def __init__(self, folder: Path, name: str, layout: Layout, *, writable: bool) -> None:
        self.name = name
        self._folder = folder
        self._layout = layout
        self._writable = writable

    @property
    def shape(self) -> tuple[int, ...]:
        """Size of each dimension, slowest first."""
        return self._layout.shape

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""
        return self._layout.dtype

    @property
    def chunks(self) -> tuple[int, ...]:
        """Size of the blocks, slowest dimension first."""
        return self._layout.chunks

    @property
    def compression(self) -> str:
        """Name of the compressor, ``raw`` for none."""
        return str(self._layout.compression["type"])

    @property
    def attrs(self) -> Attributes:
        """Attributes beside the array."""
        return Attributes(self._folder, writable=self._writable)

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        return f"<dataset {self.name}: {self.dtype}, shape {self.shape}>"

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:  # noqa: FBT001 - numpy's own protocol
        if copy is False:
            raise ValueError(f"{self.name}: reading from a file makes a copy")
        array: NDArray[Any] = self[...]
        return array if dtype is None else array.astype(dtype)

    def __getitem__(self, selection: Any) -> Any:  # slices give an array, whole numbers an element
        chosen = select(selection, self.shape)
        return self._read_box(chosen.start, chosen.stop)[chosen.inside]

    def __setitem__(self, selection: Any, value: ArrayLike) -> None:  # the same
        if not self._writable:
            raise ContainerError(f"{self._folder}: opened for reading only; open it with mode 'a' to write")
        chosen = select(selection, self.shape)
        values = np.broadcast_to(np.asarray(value), chosen.shape)
        if chosen.is_whole_box:
            shape = tuple(b - a for a, b in zip(chosen.start, chosen.stop, strict=True))
            box = values.reshape(shape)
        else:
            box = self._read_box(chosen.start, chosen.stop)
            box[chosen.inside] = values
        self._write_box(chosen.start, chosen.stop, box)

    def _read_box(self, start: tuple[int, ...], stop: tuple[int, ...]) -> NDArray[Any]:
        box = np.zeros([b - a for a, b in zip(start, stop, strict=True)], self.dtype)
        for overlap in self._overlaps(start, stop):
            block = read_block(block_path(self._folder, overlap.position), self._layout)
            if block is not None:
                part = block[overlap.in_block]
                box[overlap.in_box][tuple(map(slice, part.shape))] = part
        return box

    def _write_box(self, start: tuple[int, ...], stop: tuple[int, ...], box: NDArray[Any]) -> None:
        for overlap in self._overlaps(start, stop):
            path = block_path(self._folder, overlap.position)
            block = box[overlap.in_box] if overlap.is_whole_block else self._changed(path, overlap, box)
            write_block(path, block, self._layout)

    def _changed(self, path: Path, overlap: _Overlap, box: NDArray[Any]) -> NDArray[Any]:
        """Give a block with what stands in it, changed where it meets the box."""
        block = np.zeros(overlap.shape, self.dtype)
        before = read_block(path, self._layout)
        if before is not None:
            common = tuple(slice(min(a, b)) for a, b in zip(block.shape, before.shape, strict=True))
            block[common] = before[common]
        block[overlap.in_block] = box[overlap.in_box]
        return block

    def _overlaps(self, start: tuple[int, ...], stop: tuple[int, ...]) -> Iterator[_Overlap]:
        if any(a >= b for a, b in zip(start, stop, strict=True)):
            return
        grid = [range(a // c, (b - 1) // c + 1) for a, b, c in zip(start, stop, self.chunks, strict=True)]
        for position in itertools.product(*grid):
            corner = [p * c for p, c in zip(position, self.chunks, strict=True)]
            ends = [min(k + c, n) for k, c, n in zip(corner, self.chunks, self.shape, strict=True)]
            low = [max(a, k) for a, k in zip(start, corner, strict=True)]
            high = [min(b, e) for b, e in zip(stop, ends, strict=True)]
            yield _Overlap(
                position,
                tuple(e - k for k, e in zip(corner, ends, strict=True)),
                tuple(slice(a - k, b - k) for a, b, k in zip(low, high, corner, strict=True)),
                tuple(slice(a - s, b - s) for a, b, s in zip(low, high, start, strict=True)),
            )
