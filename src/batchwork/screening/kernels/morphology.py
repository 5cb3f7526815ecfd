"""Grey-scale morphology with discs of any radius.

A disc is a stack of horizontal lines. The running minimum along each line is taken in doubling steps, so that a radius
of 20 costs little more than one of 10, and every loop runs along rows, where the compiler takes many pixels at once.
What lies outside the image counts for nothing, which is the same as its reflection, as discs are symmetric.
"""

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.screening.kernels.checking import checked_image

Image = NDArray[Any]


def disc_half_widths(radius: int) -> NDArray[np.int64]:
    """Give the half width of a disc's line at each row from its centre, x² + y² <= radius²: (radius + 1,)."""
    rows = np.arange(radius + 1)
    return np.asarray(np.sqrt(radius**2 - rows**2 + 0.5), np.int64)


@nb.njit(nogil=True, cache=True)
def _minima_along(line: Image, minima: Image) -> None:
    """Fill `minima[k]` with the lowest of 2^k pixels from each one of a line on."""
    minima[0] = line
    for k in range(1, minima.shape[0]):
        before, after, later = minima[k - 1], minima[k], minima[k - 1, 1 << (k - 1) :]
        for x in range(later.size):
            after[x] = min(later[x], before[x])


@nb.njit(nogil=True, cache=True)
def _lower(values: Image, others: Image) -> None:
    """Replace values by others that are lower."""
    for x in range(values.size):
        values[x] = min(values[x], others[x])


@nb.njit(nogil=True, cache=True)
def _lowest_within(minima: Image, first: int, width: int, out: Image) -> None:
    """Write the lowest of `width` pixels, from the one `first` before each, as that of two overlapping powers of 2."""
    level = 0
    while (2 << level) <= width:
        level += 1
    left = minima[level, first:]
    right = left[width - (1 << level) :]
    for x in range(out.size):
        out[x] = min(right[x], left[x])


@nb.njit(nogil=True, cache=True)
def _erode(image: Image, half: NDArray[np.int64], highest: Any, out: Image) -> None:
    rows, columns = image.shape
    radius = half.size - 1
    padded = np.full(columns + 2 * radius, highest, image.dtype)
    levels = 1
    while (1 << levels) <= 2 * radius + 1:
        levels += 1
    minima = np.empty((levels, padded.size), image.dtype)
    line = np.empty(columns, image.dtype)
    out[:] = highest
    for row in range(rows):
        padded[radius : radius + columns] = image[row]
        _minima_along(padded, minima)
        for away in range(radius + 1):
            if away == 0 or half[away] != half[away - 1]:
                _lowest_within(minima, radius - half[away], 2 * half[away] + 1, line)
            if row >= away:
                _lower(out[row - away], line)
            if away > 0 and row + away < rows:
                _lower(out[row + away], line)


def erode(image: Image, radius: int) -> Image:
    """Give the lowest value within a disc around each pixel.

    Parameters
    ----------
    image : (ny, nx) integers or float32, float64
        Intensities, any unit, no NaN.
    radius : int
        Of the disc x² + y² <= radius², in pixels, at least 0.

    Returns
    -------
    (ny, nx), of the same type
        New.

    Raises
    ------
    ParameterError
        If the radius is negative or the image has not two axes.
    """
    pixels = checked_image(image)
    if radius < 0:
        raise ParameterError(f"radius = {radius} must be at least 0 pixels")
    floating = np.issubdtype(pixels.dtype, np.floating)
    highest = np.inf if floating else np.iinfo(pixels.dtype).max
    out = np.empty_like(pixels)
    _erode(pixels, disc_half_widths(radius), pixels.dtype.type(highest), out)
    return out


def _reversed(image: Image) -> Image:
    """Turn bright into dark; twice is nothing."""
    return -image if np.issubdtype(image.dtype, np.floating) else ~image


def dilate(image: Image, radius: int) -> Image:
    """Give the highest value within a disc around each pixel; parameters and errors as of `erode`."""
    return _reversed(erode(_reversed(checked_image(image)), radius))


def opening(image: Image, radius: int) -> Image:
    """Remove what is bright and holds no disc: erosion, then dilation; parameters and errors as of `erode`."""
    return dilate(erode(image, radius), radius)


def white_tophat(image: Image, radius: int) -> Image:
    """Keep what is bright and holds no disc: the image less its opening; parameters and errors as of `erode`.

    References
    ----------
    Soille, Morphological Image Analysis (2003), section 4.5.
    """
    return checked_image(image) - opening(image, radius)
