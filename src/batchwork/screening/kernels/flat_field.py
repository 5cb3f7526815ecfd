"""Uneven light, estimated from a plate's own background and taken out.

Each site gives the background between its cells on a coarse grid. Over the sites of a plate a low percentile at each
place is free of the light of neighbouring cells, and a quadratic through it is the shape of the light.
"""

from dataclasses import dataclass, replace
from typing import Any, Self

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.screening.kernels.checking import checked_image, checked_labels

Floats = NDArray[np.float64]

GRID_PX = 64
"""Side of a square of the grid."""
_TERMS = 6
_MEANS = np.array([1, 0, 0, 1 / 3, 0, 1 / 3])
"""Of the terms over the image, the square from -1 to 1."""
_STEP = 2.0**-9


@dataclass(frozen=True, slots=True)
class FlatField:
    """A quadratic in place whose mean over the image is 1."""

    coefficients: tuple[float, ...]
    """Of 1, y, x, y², yx, x², where y and x run from -1 to 1 over the image."""
    shape: tuple[int, int]
    """(ny, nx) of the images in pixels."""

    def at(self, y: Floats, x: Floats) -> Floats:
        """Give the light at places in pixels, that of the first pixel's centre being 0."""
        rows, columns = self.shape
        v, u = (2 * y + 1) / rows - 1, (2 * x + 1) / columns - 1
        return np.asarray(_terms(v, u) @ np.array(self.coefficients), np.float64)

    def rounded(self) -> Self:
        """Round it so that one more site of a plate rarely changes it: to steps of 1/512, its mean still 1."""
        shape = np.round(np.array(self.coefficients[1:]) / _STEP) * _STEP
        return replace(self, coefficients=(float(1 - _MEANS[1:] @ shape), *shape.tolist()))

    def image(self) -> NDArray[np.float32]:
        """Give the light at every pixel: (ny, nx)."""
        y, x = np.indices(self.shape, sparse=True)
        return np.asarray(self.at(*np.broadcast_arrays(y, x)), np.float32)


def _terms(v: Floats, u: Floats) -> Floats:
    return np.stack([np.ones_like(v), v, u, v * v, v * u, u * u], axis=-1)


@nb.njit(nogil=True, cache=True)
def _grid_medians(image: NDArray[Any], labels: NDArray[np.int32], side: int, least: int, out: Floats) -> None:
    values = np.empty(side * side)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            count = 0
            for row in range(i * side, min((i + 1) * side, image.shape[0])):
                for column in range(j * side, min((j + 1) * side, image.shape[1])):
                    if labels[row, column] == 0:
                        values[count] = image[row, column]
                        count += 1
            out[i, j] = np.median(values[:count]) if count >= least else np.nan


def background_grid(
    image: NDArray[Any], labels: NDArray[Any], *, side_px: int = GRID_PX, least_share: float = 0.1
) -> Floats:
    """Take the median of what is no cell in each square of a site.

    Parameters
    ----------
    image : (ny, nx) integers or float32
        Raw intensities.
    labels : (ny, nx) integers
        Cells; 0 is what is looked at.
    side_px : int
        Side of the squares; those at the far borders may be cut.
    least_share : float
        Share of a whole square that must be free of cells.

    Returns
    -------
    (⌈ny/side⌉, ⌈nx/side⌉) float64
        NaN in squares full of cells.
    """
    pixels = checked_image(image)
    cells = checked_labels(labels, pixels.shape)
    out = np.empty([-(-length // side_px) for length in pixels.shape])
    _grid_medians(pixels, cells, side_px, max(1, int(least_share * side_px**2)), out)
    return out


def fit_flat_field(
    grids: NDArray[Any],
    shape: tuple[int, int],
    *,
    offset: float = 0.0,
    percentile: float = 20.0,
    side_px: int = GRID_PX,
) -> FlatField:
    """Fit the light of a channel to the background of a plate's sites.

    Parameters
    ----------
    grids : (sites, rows, columns) float
        From `background_grid`, in any order.
    shape : (ny, nx)
        Of the images in pixels.
    offset : float
        What the camera reads in the dark; it is not light.
    percentile : float
        Over sites, each over its own median, 0 to 100.
    side_px : int
        Side of the squares in pixels.

    Raises
    ------
    ParameterError
        If fewer than six squares have background in any site.
    """
    with np.errstate(invalid="ignore"):
        light = np.asarray(grids, np.float64) - offset
        light = light / _nan_percentile(light.reshape(light.shape[0], -1).T, 50.0)[:, None, None]
    typical = _nan_percentile(light, percentile)
    rows, columns = (_centres(length, count, side_px) for length, count in zip(shape, typical.shape, strict=True))
    v, u = np.meshgrid(rows, columns, indexing="ij")
    seen = np.isfinite(typical)
    if seen.sum() < _TERMS:
        raise ParameterError(
            f"only {seen.sum()} squares of {side_px} pixels show background in any site, {_TERMS} are needed; "
            f"make the squares smaller or give a flat field"
        )
    found, *_ = np.linalg.lstsq(_terms(v[seen], u[seen]), typical[seen], rcond=None)
    return FlatField(tuple(float(c) for c in found / (found @ _MEANS)), shape)


def _nan_percentile(values: Floats, percentile: float) -> Floats:
    """Take a percentile over the first axis, leaving out NaN; NaN where nothing is left, without a warning."""
    ordered = np.sort(values, axis=0)
    count = np.isfinite(ordered).sum(axis=0)
    place = np.maximum(count - 1, 0) * percentile / 100
    below = place.astype(np.int64)
    above = np.minimum(below + 1, np.maximum(count - 1, 0))
    low, high = (np.take_along_axis(ordered, at[None], axis=0)[0] for at in (below, above))
    return np.asarray(low + (place - below) * (high - low), np.float64)


def _centres(length: int, count: int, side_px: int) -> Floats:
    """Give the centres of squares on an axis that runs from -1 to 1 over the image."""
    begins = side_px * np.arange(count)
    return np.asarray((begins + np.minimum(begins + side_px, length)) / length - 1, np.float64)


def correct(image: NDArray[Any], divisor: NDArray[Any], offset: NDArray[Any] | float = 0.0) -> NDArray[np.float32]:
    """Take uneven light out of an image: (image - offset) / divisor + offset, as float32.

    Parameters
    ----------
    image : (ny, nx) integers or float32
        Raw intensities.
    divisor : (ny, nx) float
        Light at each pixel, of mean 1 and above 0.
    offset : float or (ny, nx) float
        What the camera reads in the dark.

    Raises
    ------
    ParameterError
        If the shapes differ or the divisor is not above 0.
    """
    if np.shape(divisor) != np.shape(image):
        raise ParameterError(f"the flat field has the shape {np.shape(divisor)}, the image {np.shape(image)}")
    if not np.min(divisor) > 0:
        raise ParameterError(f"the flat field must be above 0 everywhere, its lowest value is {np.min(divisor):g}")
    return np.asarray((image - np.float32(offset)) / divisor + np.float32(offset), np.float32)
