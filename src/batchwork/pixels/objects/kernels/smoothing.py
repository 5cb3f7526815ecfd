"""Gaussian smoothing of a volume, with borders mirrored as in the features."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.kernels.gaussians import SMOOTHING_WINDOW, half_kernel


def smoothed(volume: NDArray[np.float32], sigmas: Sequence[float]) -> NDArray[np.float32]:
    """Smooth a volume axis by axis.

    Parameters
    ----------
    volume : (slices, rows, columns) float32
        Any values.
    sigmas : sequence of float
        Pixels along z, y and x; 0 leaves an axis as it is, and so does an axis of one pixel.

    Returns
    -------
    (slices, rows, columns) float32
    """
    for axis, sigma in enumerate(sigmas):
        if sigma > 0 and volume.shape[axis] > 1:
            volume = _smoothed_along(volume, axis, half_kernel(sigma, 0, SMOOTHING_WINDOW).astype(np.float32))
    return volume


def _smoothed_along(volume: NDArray[np.float32], axis: int, taps: NDArray[np.float32]) -> NDArray[np.float32]:
    reach, extent = len(taps) - 1, volume.shape[axis]
    padded = np.pad(volume, [(reach, reach) if i == axis else (0, 0) for i in range(volume.ndim)], mode="reflect")
    before = (slice(None),) * axis
    result: NDArray[np.float32] = taps[0] * volume
    for distance in range(1, reach + 1):
        sides = [padded[(*before, slice(at, at + extent))] for at in (reach - distance, reach + distance)]
        result += taps[distance] * (sides[0] + sides[1])
    return result
