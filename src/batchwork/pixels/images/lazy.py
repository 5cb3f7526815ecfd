"""Arrays on disk with axes in any order, as sources of pixels."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.axes import CANONICAL, to_canonical
from batchwork.pixels.kernels.surroundings import Box
from batchwork.pixels.sources import Shape


class Indexable(Protocol):
    """What datasets of HDF5, memory maps and arrays have in common."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Its size."""

    @property
    def dtype(self) -> np.dtype[Any]:  # any type of pixel
        """Type of its values."""

    def __getitem__(self, index: tuple[slice, ...], /) -> Any:  # an array, whatever its type
        ...


@dataclass(frozen=True, slots=True, eq=False)
class AxesSource:
    """An array of which only what is asked for is read."""

    array: Indexable
    axes: str

    @property
    def shape(self) -> Shape:
        """Times, slices, rows, columns and channels."""
        sizes = dict(zip(self.axes, self.array.shape, strict=True))
        t, z, y, x, c = (sizes.get(axis, 1) for axis in CANONICAL)
        return t, z, y, x, c

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Type of the pixels."""
        return np.dtype(self.array.dtype)

    def read(self, time: int, box: Box) -> NDArray[np.generic]:
        """Read a box at one time: (slices, rows, columns, channels)."""
        spans = dict(zip("tzyx", ((time, time + 1), *box), strict=True))
        index = tuple(slice(*spans[axis]) if axis in spans else slice(None) for axis in self.axes)
        part: NDArray[np.generic] = to_canonical(np.asarray(self.array[index]), self.axes)[0]
        return part
