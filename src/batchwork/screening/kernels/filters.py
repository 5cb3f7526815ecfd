"""Smoothing, and images made smaller and larger again."""

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.screening.kernels.checking import checked_image

Image = NDArray[np.float32]
Places = NDArray[np.int64]

TRUNCATE = 4.0
"""Where a Gaussian ends, in sigmas."""


def gaussian_taps(sigma: float) -> Image:
    """Give the weights of a Gaussian at 0, 1, … pixels from its centre; both sides together sum to 1."""
    reach = int(TRUNCATE * sigma + 0.5)
    taps = np.exp(-0.5 * (np.arange(reach + 1) / sigma) ** 2)
    return np.asarray(taps / (2 * taps.sum() - taps[0]), np.float32)


@nb.njit(inline="always")
def _reflected(index: int, length: int) -> int:
    """Fold an index that lies outside back into 0 to `length`: d c b a | a b c d | d c b a."""
    index %= 2 * length
    return index if index < length else 2 * length - 1 - index


@nb.njit(nogil=True, cache=True, fastmath={"contract"})
def _add_scaled(total: Image, first: Image, second: Image, weight: np.float32) -> None:
    for x in range(total.size):
        total[x] += weight * (first[x] + second[x])


@nb.njit(nogil=True, cache=True)
def _smooth(image: Image, taps: Image, out: Image) -> None:
    rows, columns = image.shape
    reach = taps.size - 1
    padded = np.empty(columns + 2 * reach, np.float32)
    inner = padded[reach : reach + columns]
    for row in range(rows):
        inner[:] = taps[0] * image[row]
        for k in range(1, taps.size):
            _add_scaled(inner, image[_reflected(row - k, rows)], image[_reflected(row + k, rows)], taps[k])
        for k in range(reach):
            padded[reach - 1 - k] = inner[_reflected(-1 - k, columns)]
            padded[reach + columns + k] = inner[_reflected(columns + k, columns)]
        out[row] = taps[0] * inner
        for k in range(1, taps.size):
            _add_scaled(out[row], padded[reach - k :], padded[reach + k :], taps[k])


def smooth(image: NDArray[Any], sigma: float) -> Image:
    """Smooth with a Gaussian, reflected at the borders.

    Parameters
    ----------
    image : (ny, nx) integers, float32 or float64
        Intensities, any unit.
    sigma : float
        In pixels, at least 0; 0 changes nothing.

    Returns
    -------
    (ny, nx) float32
        New.

    Raises
    ------
    ParameterError
        If sigma is negative or the image has not two axes.
    """
    pixels = checked_image(image).astype(np.float32)
    if not sigma >= 0:
        raise ParameterError(f"sigma = {sigma} must be at least 0 pixels")
    if sigma == 0:
        return pixels
    out = np.empty_like(pixels)
    _smooth(pixels, gaussian_taps(sigma), out)
    return out


@nb.njit(nogil=True, cache=True)
def _block_means(image: NDArray[Any], factor: int, out: Image) -> None:
    rows, columns = image.shape
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            total, count = 0.0, 0
            for row in range(i * factor, min((i + 1) * factor, rows)):
                for column in range(j * factor, min((j + 1) * factor, columns)):
                    total += image[row, column]
                    count += 1
            out[i, j] = total / count


def shrink(image: NDArray[Any], factor: int) -> Image:
    """Average over squares of `factor` pixels; those at the far borders may be cut: (⌈ny/factor⌉, ⌈nx/factor⌉)."""
    pixels = checked_image(image)
    if factor < 1:
        raise ParameterError(f"factor = {factor} must be at least 1")
    out = np.empty([-(-side // factor) for side in pixels.shape], np.float32)
    _block_means(pixels, factor, out)
    return out


def _places(length: int, factor: int, last: int) -> tuple[Places, Places, Image]:
    """Tell for each pixel the two squares whose centres lie around it, and the share of the second."""
    place = np.clip((np.arange(length) + 0.5) / factor - 0.5, 0, last)
    before = place.astype(np.int64)
    return before, np.minimum(before + 1, last), (place - before).astype(np.float32)


@nb.njit(nogil=True, cache=True)
def _interpolate_rows(image: Image, up: Places, down: Places, share: Image, out: Image) -> None:
    for row in range(out.shape[0]):
        first, second, part = image[up[row]], image[down[row]], share[row]
        for x in range(first.size):
            out[row, x] = first[x] + (second[x] - first[x]) * part


def enlarge(image: Image, factor: int, shape: tuple[int, int]) -> Image:
    """Undo `shrink` by linear interpolation between the centres of the squares."""
    across = np.empty((shape[1], image.shape[0]), np.float32)
    _interpolate_rows(np.ascontiguousarray(image.T), *_places(shape[1], factor, image.shape[1] - 1), across)
    out = np.empty(shape, np.float32)
    _interpolate_rows(np.ascontiguousarray(across.T), *_places(shape[0], factor, image.shape[0] - 1), out)
    return out
