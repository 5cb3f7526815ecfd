"""Stripe removal by damping in the Fourier space of wavelet coefficients.

Stripes are constant along the angles: in the vertical details of a wavelet transform they sit at the lowest
frequencies along the angles, and nothing much else does.

References
----------
Muench, Trtik, Marone and Stampanoni, Optics Express 17 (2009) 8567.
"""

import numpy as np
import pywt
import scipy.fft
from numpy.typing import NDArray

from batchwork.errors import ParameterError

_PAD = 8
"""The sinogram is continued by one part in so many at its borders."""


def remove_stripes_fourier_wavelet(
    sinograms: NDArray[np.float32], *, sigma: float = 1.0, level: int = 7, wavelet: str = "sym16"
) -> NDArray[np.float32]:
    """Damp the vertical details by ``1 - exp(-k² / 2 sigma²)``, k the frequency along the angles.

    Parameters
    ----------
    sinograms : (slices, angles, columns) float32
        Transmission; what is no number counts as 0.
    sigma : float
        Width of the damping, > 0; larger removes more.
    level : int
        Levels of the transform; no more are taken than fit.
    wavelet : str
        Name of an orthogonal wavelet: db5, sym16, haar and others.

    Returns
    -------
    (slices, angles, columns) float32
        New.

    Raises
    ------
    ParameterError
        If a parameter does not fit.
    """
    checked(sigma, level, wavelet)
    result = np.empty_like(sinograms)
    for target, sinogram in zip(result, sinograms, strict=True):
        target[:] = _remove(np.nan_to_num(sinogram, posinf=0, neginf=0), sigma, level, wavelet)
    return result


def checked(sigma: float, level: int, wavelet: str) -> None:
    """Refuse parameters that do not fit.

    Raises
    ------
    ParameterError
        If one does not.
    """
    if not sigma > 0 or level < 1:
        raise ParameterError(f"sigma = {sigma:g}, level = {level}: must be above 0")
    if wavelet not in pywt.wavelist(kind="discrete"):
        raise ParameterError(f"there is no discrete wavelet {wavelet!r}")


def padding(angles: int, columns: int) -> tuple[int, int]:
    """Give the rows and columns by which a sinogram is continued at each border."""
    return angles // _PAD, columns // _PAD


def _remove(sinogram: NDArray[np.float32], sigma: float, level: int, wavelet: str) -> NDArray[np.float32]:
    angles, columns = sinogram.shape
    tall, wide = padding(angles, columns)
    padded = np.pad(np.pad(sinogram, ((0, 0), (wide, wide)), mode="edge"), ((tall, tall), (0, 0)), mode="symmetric")
    fits = pywt.dwtn_max_level(padded.shape, wavelet)
    if fits < 1:
        return sinogram
    coarse, *details = pywt.wavedec2(padded, wavelet, level=min(level, fits))
    damped = [(across, _damped(down, sigma), both) for across, down, both in details]
    restored = pywt.waverec2([coarse, *damped], wavelet)
    return np.asarray(restored[tall : tall + angles, wide : wide + columns], np.float32)


def _damped(vertical: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    spectrum = scipy.fft.rfft(vertical, axis=0)
    spectrum *= damping(spectrum.shape[0], sigma)[:, None]
    return np.asarray(scipy.fft.irfft(spectrum, vertical.shape[0], axis=0), np.float32)


def damping(frequencies: int, sigma: float) -> NDArray[np.float32]:
    """Give the factor of each frequency, ``1 - exp(-k² / 2 sigma²)``."""
    k = np.arange(frequencies, dtype=np.float64)
    return np.asarray(1 - np.exp(-(k**2) / (2 * sigma**2)), np.float32)
