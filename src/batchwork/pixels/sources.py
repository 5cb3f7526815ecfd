"""Where pixels come from, box by box."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.errors import NotFiniteImage
from batchwork.pixels.kernels.surroundings import Box, slices_of

Shape = tuple[int, int, int, int, int]
"""Times, slices, rows, columns and channels."""


class PixelSource(Protocol):
    """An image of any size, in memory or on disk."""

    @property
    def shape(self) -> Shape:
        """Its size."""

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Type of its pixels."""

    def read(self, time: int, box: Box) -> NDArray[np.generic]:
        """Give a box at one time: (slices, rows, columns, channels). Called by several threads at once."""


@dataclass(frozen=True, slots=True, eq=False)
class ArraySource:
    """An array with the axes t, z, y, x, c."""

    array: NDArray[np.generic]

    @property
    def shape(self) -> Shape:
        """Size of the array."""
        times, slices, rows, columns, channels = self.array.shape
        return times, slices, rows, columns, channels

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Type of the array."""
        return self.array.dtype

    def read(self, time: int, box: Box) -> NDArray[np.generic]:
        """Give a view."""
        return np.asarray(self.array[time][slices_of(box)])


@dataclass(frozen=True, slots=True, eq=False)
class FiniteSource:
    """A source whose pixels are looked at as they are read."""

    source: PixelSource

    @property
    def shape(self) -> Shape:
        """Size of the source."""
        return self.source.shape

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Type of the source."""
        return self.source.dtype

    def read(self, time: int, box: Box) -> NDArray[np.generic]:
        """Give a box.

        Raises
        ------
        NotFiniteImage
            If a pixel is NaN or infinite.
        """
        pixels = self.source.read(time, box)
        if pixels.dtype.kind == "f" and not np.isfinite(pixels).all():
            at = np.argwhere(~np.isfinite(pixels))[0]
            place = ", ".join(f"{axis} {i + start}" for axis, i, (start, _) in zip("zyx", at, box, strict=False))
            raise NotFiniteImage(f"a pixel is NaN or infinite (t {time}, {place}, c {at[3]}); replace such pixels")
        return pixels


@dataclass(frozen=True, slots=True, eq=False)
class StageSource:
    """What the next stage of autocontext sees: the image, with the probabilities of a stage as further channels."""

    source: PixelSource
    classes: int
    probabilities: Callable[[int, Box], NDArray[np.float32]]
    """Gives those of a box at one time: (slices, rows, columns, classes)."""

    @property
    def shape(self) -> Shape:
        """Size with the further channels."""
        times, slices, rows, columns, channels = self.source.shape
        return times, slices, rows, columns, channels + self.classes

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Type of the image."""
        return self.source.dtype

    def read(self, time: int, box: Box) -> NDArray[np.generic]:
        """Give a box."""
        raw = self.source.read(time, box)
        return np.concatenate([raw, as_pixels(self.probabilities(time, box), self.dtype)], axis=-1)


def as_pixels(probabilities: NDArray[np.float32], dtype: np.dtype[np.generic]) -> NDArray[np.generic]:
    """Bring probabilities to the type of an image; whole numbers are cut off, not rounded, as ilastik does it.

    Parameters
    ----------
    probabilities : (…,) float32
        Between 0 and 1.
    dtype : numpy dtype
        Of the image; 1 becomes the largest whole number, and stays 1 for other types.
    """
    if not np.issubdtype(dtype, np.integer):
        return probabilities.astype(dtype)
    largest = int(np.iinfo(cast("np.dtype[np.integer]", dtype)).max)
    certain = probabilities >= 1
    factor = np.float32(largest) if dtype.itemsize <= 2 else np.float64(largest)  # noqa: PLR2004 - bytes
    pixels = (np.where(certain, np.float32(0), probabilities) * factor).astype(dtype)
    pixels[certain] = largest
    return pixels
