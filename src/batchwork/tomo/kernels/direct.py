"""Direct filtered back projection: slow, simple, and the reference for `gridding`.

Geometry and units are those of `batchwork.tomo.kernels.gridding`.
"""

import numba as nb
import numpy as np
import scipy.fft
from numpy.typing import ArrayLike, NDArray

from batchwork.errors import ParameterError
from batchwork.tomo.kernels.angles import angle_weights
from batchwork.tomo.kernels.filters import filter_response
from batchwork.tomo.kernels.gridding import padded_length
from batchwork.tomo.kernels.gridding_loops import pad_edges

UPSAMPLING = 4
"""Points per column at which filtered projections are computed before linear interpolation."""

_TILE = 64


@nb.njit(parallel=True, fastmath=True, cache=True)
def _back_project(
    fine: NDArray[np.float32],
    cosines: NDArray[np.float64],
    sines: NDArray[np.float64],
    origin: float,
    image: NDArray[np.float32],
) -> None:
    """Sum `fine` (angles, points) over angles; `origin` is the point of the axis, all lengths in points."""
    n = image.shape[0]
    middle = (n - 1) / 2
    across = (n + _TILE - 1) // _TILE
    for tile in nb.prange(across * across):
        top, left = np.intp(tile) // across * _TILE, np.intp(tile) % across * _TILE
        bottom, right = min(top + _TILE, n), min(left + _TILE, n)
        total = np.zeros((_TILE, _TILE), np.float32)
        for a in range(fine.shape[0]):
            line, step = fine[a], np.float32(cosines[a])
            for r in range(top, bottom):
                start = np.float32(origin + (left - middle) * cosines[a] + (middle - r) * sines[a])
                for c in range(right - left):
                    point = start + np.float32(c) * step
                    i = np.int32(point)
                    total[r - top, c] += line[i] + (point - np.float32(i)) * (line[i + 1] - line[i])
        image[top:bottom, left:right] = total[: bottom - top, : right - left]


def _filtered(
    sinogram: NDArray[np.float32],
    weights: NDArray[np.float64],
    filter_name: str,
    length: int,
    upsampling: int,
) -> NDArray[np.float32]:
    """Filter and upsample the edge-padded projections, one period of `length` columns."""
    padded = np.empty((1, sinogram.shape[0], length), np.float32)
    pad_edges(np.ascontiguousarray(sinogram[None], np.float32), 0, padded)
    spectra = scipy.fft.rfft(padded[0], axis=1) * filter_response(filter_name, length)
    if length % 2 == 0:
        spectra[:, -1] = 0  # Nyquist's frequency has no sign, and cannot be moved
    fine = scipy.fft.irfft(spectra, length * upsampling, axis=1)
    return np.asarray(fine * (weights[:, None] * upsampling), np.float32)


def back_projection(
    sinogram: NDArray[np.float32],
    theta_rad: ArrayLike,
    cor: float,
    *,
    filter_name: str = "parzen",
    size: int | None = None,
    upsampling: int = UPSAMPLING,
) -> NDArray[np.float32]:
    """Reconstruct one slice by filtered back projection.

    Parameters
    ----------
    sinogram : (angles, columns) float32
        Line integrals of attenuation per pixel.
    theta_rad : (angles,) float
        Projection angles in radians; weighted by `angle_weights`.
    cor : float
        Centre of rotation as a column index.
    filter_name : str
        One of `batchwork.tomo.kernels.filters.FILTER_NAMES`.
    size : int, optional
        Side n of the image; the number of columns by default.
    upsampling : int
        Points per column between which the filtered projections are interpolated linearly.

    Returns
    -------
    (n, n) float32
        Attenuation per pixel.

    Raises
    ------
    ParameterError
        If the numbers of angles differ.
    """
    theta = np.asarray(theta_rad, np.float64).ravel()
    angles, columns = sinogram.shape
    if theta.size != angles:
        raise ParameterError(f"the sinogram has {angles} angles, theta_rad {theta.size}")
    side = columns if size is None else size
    length = padded_length(columns, side)
    fine = _filtered(sinogram, angle_weights(theta), filter_name, length, upsampling)
    reach = side * np.sqrt(0.5) + 1
    first, last = int(np.floor(cor - reach)) * upsampling, int(np.ceil(cor + reach) + 1) * upsampling
    window = np.ascontiguousarray(fine[:, np.arange(first, last) % fine.shape[1]])
    image = np.empty((side, side), np.float32)
    cosines, sines = np.cos(theta) * upsampling, np.sin(theta) * upsampling
    _back_project(window, cosines, sines, cor * upsampling - first, image)
    return image
