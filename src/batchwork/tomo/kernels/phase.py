"""Phase retrieval from one distance, for samples of one material.

References
----------
Paganin et al., Journal of Microscopy 206 (2002) 33.
"""

import math

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from batchwork.errors import ParameterError

_KEV_UM = 1.23984198e-3
"""Photon energy in keV times wavelength in micrometres."""
_DECAY = 9.0
"""Lengths after which the filter has faded: exp(-9) is 1.2e-4."""
_CHUNK_BYTES = 64 << 20


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
    """Rows and columns beyond which nothing is felt: the filter fades as ``exp(-x / length)``."""
    return math.ceil(_DECAY * length_px)


def paganin(projections: NDArray[np.float32], length_px: float, *, workers: int | None = None) -> None:
    """Filter transmissions in place: ``T = IFFT(FFT(I) / (1 + length² k²))``, k in radians per pixel.

    The thickness of the sample follows as ``-log T`` over its attenuation. Beyond the borders the
    outermost rows and columns are repeated.

    Parameters
    ----------
    projections : (n, rows, columns) float32
        Transmission, flat field 1.
    length_px : float
        From `paganin_length_px`.
    workers : int, optional
        Threads of the Fourier transforms; as many as scipy uses by default.

    Raises
    ------
    ParameterError
        If the projections have another shape.
    """
    if projections.ndim != 3:  # noqa: PLR2004 - a stack of pictures
        raise ParameterError(f"projections must have the shape (n, rows, columns), not {projections.shape}")
    count, rows, columns = projections.shape
    margin = halo_px(length_px)
    tall = scipy.fft.next_fast_len(rows + 2 * min(margin, rows), real=False)
    wide = scipy.fft.next_fast_len(columns + 2 * min(margin, columns), real=True)
    response = _response(tall, wide, length_px)
    top, left = (tall - rows) // 2, (wide - columns) // 2
    around = ((0, 0), (top, tall - rows - top), (left, wide - columns - left))
    step = max(1, _CHUNK_BYTES // (4 * tall * wide))
    for first in range(0, count, step):
        part = projections[first : first + step]
        spectrum = scipy.fft.rfft2(np.pad(part, around, mode="edge"), workers=workers, overwrite_x=True)
        spectrum *= response
        part[:] = scipy.fft.irfft2(spectrum, (tall, wide), workers=workers)[:, top : top + rows, left : left + columns]


def _response(tall: int, wide: int, length_px: float) -> NDArray[np.float32]:
    down = 2 * np.pi * np.fft.fftfreq(tall)
    across = 2 * np.pi * np.fft.rfftfreq(wide)
    return (1 / (1 + length_px**2 * (down[:, None] ** 2 + across**2))).astype(np.float32)
