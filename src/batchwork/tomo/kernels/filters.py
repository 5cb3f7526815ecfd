"""Frequency responses of the filters of filtered back projection."""

from collections.abc import Callable

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from batchwork.errors import ParameterError


def _parzen(t: NDArray[np.float64]) -> NDArray[np.float64]:
    inner, outer = 1 - 6 * t**2 * (1 - t), 2 * (1 - t) ** 3
    return np.where(2 * t <= 1, inner, outer)


_WINDOWS: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "ramp": np.ones_like,
    "shepp": lambda t: np.sinc(t / 2),
    "hann": lambda t: 0.5 + 0.5 * np.cos(np.pi * t),
    "hamming": lambda t: 0.54 + 0.46 * np.cos(np.pi * t),
    "cosine": lambda t: np.cos(np.pi * t / 2),
    "parzen": _parzen,
}
"""Windows by name, over the frequency as a fraction of Nyquist's, 0 to 1."""

FILTER_NAMES = (*_WINDOWS, "none")


def ramp_response(length: int) -> NDArray[np.float64]:
    """Response of the band-limited ramp, from its samples in space.

    The samples are 1/4 at 0, -1/(pi k)² at odd k and 0 at even k. Sampling the ramp in frequency
    instead would set its mean to zero, which lowers all values of the image.

    Parameters
    ----------
    length : int
        Number of samples, padding included, > 0.

    Returns
    -------
    (length // 2 + 1,) float64
        Response at the frequencies of `numpy.fft.rfft`, in 1/pixel.

    References
    ----------
    Kak and Slaney, Principles of Computerized Tomographic Imaging (1988), section 3.3.
    """
    k = np.arange(length)
    k = np.minimum(k, length - k)
    samples = np.zeros(length)
    samples[0] = 0.25
    odd = k % 2 == 1
    samples[odd] = -1 / (np.pi * k[odd]) ** 2
    return np.asarray(scipy.fft.rfft(samples).real, np.float64)


def filter_response(name: str, length: int) -> NDArray[np.float32]:
    """Response of a named filter: the ramp times a window.

    With t the frequency as a fraction of Nyquist's, the windows are ``ramp`` 1, ``shepp`` sinc(t/2),
    ``hann`` 0.5 + 0.5 cos(pi t), ``hamming`` 0.54 + 0.46 cos(pi t), ``cosine`` cos(pi t/2), and
    ``parzen`` 1 - 6 t² (1 - t) up to t = 1/2, then 2 (1 - t)³. ``none`` is 1 at all frequencies, for
    plain back projection.

    Parameters
    ----------
    name : str
        One of `FILTER_NAMES`.
    length : int
        Number of samples, padding included, > 0.

    Returns
    -------
    (length // 2 + 1,) float32
        Response at the frequencies of `numpy.fft.rfft`, in 1/pixel (``none``: without unit).

    Raises
    ------
    ParameterError
        If there is no filter of this name.
    """
    if name == "none":
        return np.ones(length // 2 + 1, np.float32)
    if name not in _WINDOWS:
        raise ParameterError(f"no filter is named {name!r}; there are {', '.join(FILTER_NAMES)}")
    fraction = np.arange(length // 2 + 1) * 2 / length
    return (ramp_response(length) * _WINDOWS[name](fraction)).astype(np.float32)
