"""Pictures of a scan: one projection, and three orthogonal sections of its volume."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError

PICTURE_PX = 1024
"""Largest side of a picture."""
PERCENTILES = (5.0, 95.0)
"""Of the values, for black and white where none are given."""


class Slices(Protocol):
    """A volume that is read slice by slice."""

    @property
    def slices(self) -> range:
        """Their numbers."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of each."""

    def read(self, index: int) -> NDArray[np.generic]:
        """Read one slice, (rows, columns)."""


@dataclass(frozen=True, slots=True)
class Sections:
    """Three sections through a volume.

    Attributes
    ----------
    x : (slices, rows) float32
        At one column; height runs downwards.
    y : (slices, columns) float32
        At one row.
    z : (rows, columns) float32
        One slice.
    at : (int, int, int)
        Column, row and slice.
    """

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    z: NDArray[np.float32]
    at: tuple[int, int, int]


def sections(
    volume: Slices,
    at: tuple[int | None, int | None, int | None] = (None, None, None),
    progress: Callable[[float, float | None], None] | None = None,
) -> Sections:
    """Cut a volume at a column, a row and a slice; None is the middle. One slice is in memory at a time.

    Raises
    ------
    ParameterError
        If a section lies outside the volume.
    """
    rows, columns = volume.shape
    numbers = volume.slices
    x, y, z = (
        _place(at[0], range(columns), "column"),
        _place(at[1], range(rows), "row"),
        _place(at[2], numbers, "slice"),
    )
    made = Sections(
        np.empty((len(numbers), rows), np.float32),
        np.empty((len(numbers), columns), np.float32),
        np.empty((rows, columns), np.float32),
        (x, y, z),
    )
    for done, index in enumerate(numbers):
        image = volume.read(index)
        made.x[done], made.y[done] = image[:, x], image[y]
        if index == z:
            made.z[:] = image
        if progress is not None:
            progress(done + 1, len(numbers))
    return made


def _place(given: int | None, inside: range, what: str) -> int:
    if given is None:
        return inside[len(inside) // 2]
    if given not in inside:
        raise ParameterError(f"{what} {given} is outside the volume, which has {inside.start} to {inside.stop - 1}")
    return given


def contrast(image: NDArray[np.float32], low: float | None, high: float | None) -> tuple[float, float]:
    """Choose the values of black and white: as given, else the 5th and 95th percentile of the finite values."""
    finite = image[np.isfinite(image)]
    if finite.size == 0:
        return (0.0 if low is None else low, 1.0 if high is None else high)
    black, white = (float(value) for value in np.percentile(finite, PERCENTILES))
    return (black if low is None else low, white if high is None else high)


def grey(image: NDArray[np.float32], black: float, white: float) -> NDArray[np.uint8]:
    """Scale an image down to at most `PICTURE_PX` and its values to 8 bits; what is not finite is black.

    Parameters
    ----------
    image : (rows, columns) float32
        In any unit.
    black, white : float
        Values that become 0 and 255.

    Returns
    -------
    (m, n) uint8
    """
    side = -(-max(image.shape) // PICTURE_PX)
    m, n = max(1, image.shape[0] // side), max(1, image.shape[1] // side)
    tall, wide = min(side, image.shape[0]), min(side, image.shape[1])
    small = image[: m * tall, : n * wide].reshape(m, tall, n, wide).mean((1, 3), dtype=np.float64)
    scaled = (np.where(np.isfinite(small), small, black) - black) / ((white - black) or 1.0)
    return np.asarray(np.clip(np.rint(255 * scaled), 0, 255), np.uint8)
