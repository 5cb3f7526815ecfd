"""Phase retrieval from one distance, for samples of one material.

References
----------
Paganin et al., Journal of Microscopy 206 (2002) 33.
"""

import math

import numba as nb
import numpy as np
import scipy.fft
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.tomo.kernels.shapes import require_stack

_KEV_UM = 1.23984198e-3
"""Photon energy in keV times wavelength in micrometres."""
_DECAY = 9.0
"""Lengths after which the filter has faded: exp(-9) is 1.2e-4."""
_LEAST_HALO_PX = 8
"""Added, since the filter ends at the highest frequency with an edge, which is felt as (-1)^x / (x length)²."""
_CHUNK_BYTES = 16 << 20
_NOTHING = ((0, 0), (0, 0))


def wavelength_um(energy_kev: float) -> float:
    """Wavelength of a photon in micrometres."""
    return _KEV_UM / energy_kev


def paganin_length_px(energy_kev: float, distance_mm: float, delta_beta: float, pixel_size_um: float) -> float:
    """Length over which the filter smooths, in pixels: ``sqrt(λ d (δ/β) / 4π)``.

    Raises
    ------
    ParameterError
        If a parameter is not above 0.
    """
    given = {"energy_kev": energy_kev, "distance_mm": distance_mm, "delta_beta": delta_beta}
    for name, value in {**given, "pixel_size_um": pixel_size_um}.items():
        if not value > 0:
            raise ParameterError(f"{name} must be above 0, not {value:g}")
    square = wavelength_um(energy_kev) * distance_mm * 1e3 * delta_beta / (4 * math.pi)
    return math.sqrt(square) / pixel_size_um


def halo_px(length_px: float) -> int:
    """Rows and columns beyond which less than 1e-4 is felt: the filter fades as ``exp(-x / length)``."""
    return math.ceil(_DECAY * length_px) + _LEAST_HALO_PX if length_px else 0


def paganin(
    projections: NDArray[np.float32],
    length_px: float,
    *,
    context: tuple[tuple[int, int], tuple[int, int]] = _NOTHING,
) -> None:
    """Filter transmissions in place: ``T = IFFT(FFT(I) / (1 + length² k²))``, k in radians per pixel.

    The thickness of the sample follows as ``-log T`` over its attenuation. Beyond the borders the
    outermost rows and columns are repeated. It runs on as many threads as numba has.

    Parameters
    ----------
    projections : (n, rows, columns) float32
        Transmission, flat field 1.
    length_px : float
        From `paganin_length_px`.
    context : ((int, int), (int, int))
        Rows above and below, and columns left and right, that are only there so that the others come out as
        on a larger detector. Their own values are of no use afterwards; so much less is added around.

    Raises
    ------
    ParameterError
        If the projections have another shape.
    """
    require_stack(projections.shape, "n, rows, columns")
    count, rows, columns = projections.shape
    margin, workers = halo_px(length_px), nb.get_num_threads()
    top, bottom, left, right = (max(margin - there, 0) for pair in context for there in pair)
    tall = scipy.fft.next_fast_len(rows + top + bottom, real=False)
    wide = scipy.fft.next_fast_len(columns + left + right, real=True)
    filter_ = response(tall, wide, length_px)
    step = max(1, _CHUNK_BYTES // (projections.itemsize * tall * wide))
    padded = np.empty((min(step, count), tall, wide), np.float32)
    for first in range(0, count, step):
        part = projections[first : first + step]
        some = padded[: len(part)]
        _repeat_edges(part, top, left, some)
        spectrum = scipy.fft.rfft2(some, workers=workers)
        spectrum *= filter_
        _cut_out(scipy.fft.irfft2(spectrum, (tall, wide), workers=workers, overwrite_x=True), top, left, part)


@nb.njit(parallel=True, cache=True)
def _repeat_edges(projections: NDArray[np.float32], top: int, left: int, padded: NDArray[np.float32]) -> None:
    """Copy projections to `top` and `left` of larger ones, and fill these with their outermost pixels."""
    _, rows, columns = projections.shape
    tall = padded.shape[1]
    for line in nb.prange(padded.shape[0] * tall):
        n, r = divmod(np.intp(line), tall)
        source, target = projections[n, min(max(r - top, 0), rows - 1)], padded[n, r]
        target[:left] = source[0]
        target[left : left + columns] = source
        target[left + columns :] = source[columns - 1]


@nb.njit(parallel=True, cache=True)
def _cut_out(padded: NDArray[np.float32], top: int, left: int, projections: NDArray[np.float32]) -> None:
    """Copy back what `_repeat_edges` put in place."""
    count, rows, columns = projections.shape
    for line in nb.prange(count * rows):
        n, r = divmod(np.intp(line), rows)
        projections[n, r] = padded[n, top + r, left : left + columns]


def response(tall: int, wide: int, length_px: float) -> NDArray[np.float32]:
    """Give the filter over the frequencies of `scipy.fft.rfft2`, (tall, wide // 2 + 1)."""
    down = 2 * np.pi * np.fft.fftfreq(tall)
    across = 2 * np.pi * np.fft.rfftfreq(wide)
    return (1 / (1 + length_px**2 * (down[:, None] ** 2 + across**2))).astype(np.float32)
