"""Wavelet transforms on a graphics card, and the stripe filter that needs them.

They are PyWavelets' transforms with symmetric borders: the same coefficients, in the same places.
"""

from collections.abc import Callable

import numpy as np
import pywt
from numpy.typing import NDArray

from batchwork.tomo.kernels.gpu.arrays import Array, Arrays
from batchwork.tomo.kernels.stripes.fourier_wavelet import checked, damping, padding

_TRANSPOSED = (0, 2, 1)


def remove_stripes_fourier_wavelet(
    arrays: Arrays, sinograms: Array, *, sigma: float = 1.0, level: int = 7, wavelet: str = "sym16"
) -> Array:
    """Damp the vertical details of (slices, angles, columns); see `batchwork.tomo.kernels.stripes.fourier_wavelet`.

    Raises
    ------
    ParameterError
        If a parameter does not fit.
    """
    checked(sigma, level, wavelet)
    _, angles, columns = sinograms.shape
    tall, wide = padding(angles, columns)
    finite = (sinograms - sinograms) == 0
    known = arrays.where(finite, sinograms, 0.0)
    padded = known[:, :, arrays.put(np.clip(np.arange(-wide, columns + wide), 0, columns - 1))]
    padded = padded[:, arrays.put(_mirrored(np.arange(-tall, angles + tall), angles))]
    fits = pywt.dwtn_max_level(tuple(padded.shape[1:]), wavelet)
    if fits < 1:
        return known
    coarse, details = padded, []
    for _ in range(min(level, fits)):
        coarse, *detail = _forth(arrays, coarse, wavelet)
        details.append(detail)
    for across, down, both in reversed(details):
        rows, width = across.shape[1:]
        coarse = _back(arrays, coarse[:, :rows, :width], across, _damped(arrays, down, sigma), both, wavelet)
    return coarse[:, tall : tall + angles, wide : wide + columns]


def _damped(arrays: Arrays, vertical: Array, sigma: float) -> Array:
    rows = vertical.shape[1]
    spectrum = arrays.rfft(arrays.permute(vertical, _TRANSPOSED)) * arrays.put(damping(rows // 2 + 1, sigma))
    return arrays.permute(arrays.irfft(spectrum, rows), _TRANSPOSED)


def _mirrored(index: NDArray[np.intp], length: int) -> NDArray[np.intp]:
    """Fold indices beyond the ends back, the outermost value twice."""
    folded = np.mod(index, 2 * length)
    inside: NDArray[np.intp] = np.minimum(folded, 2 * length - 1 - folded)
    return inside


def _forth(arrays: Arrays, image: Array, wavelet: str) -> tuple[Array, Array, Array, Array]:
    """Give coarse image, and details along the rows' direction, the columns' and both, (slices, rows, columns)."""
    low, high = _along_columns(arrays, image, wavelet)
    parts = [_along_rows(arrays, part, lambda each: _along_columns(arrays, each, wavelet)) for part in (low, high)]
    (coarse, across), (down, both) = parts
    return coarse, across, down, both


def _back(arrays: Arrays, coarse: Array, across: Array, down: Array, both: Array, wavelet: str) -> Array:
    """Invert `_forth`."""
    parts = []
    for low, high in ((coarse, across), (down, both)):
        first, second = (arrays.permute(part, _TRANSPOSED) for part in (low, high))
        parts.append(arrays.permute(_joined(arrays, first, second, wavelet), _TRANSPOSED))
    return _joined(arrays, parts[0], parts[1], wavelet)


def _along_rows(arrays: Arrays, image: Array, transform: Callable[[Array], tuple[Array, Array]]) -> tuple[Array, Array]:
    low, high = transform(arrays.permute(image, _TRANSPOSED))
    return arrays.permute(low, _TRANSPOSED), arrays.permute(high, _TRANSPOSED)


def _along_columns(arrays: Arrays, image: Array, wavelet: str) -> tuple[Array, Array]:
    """Filter and halve: ``low[i] = Σ h[k] x[2 i + 1 - k]``."""
    bank, length = pywt.Wavelet(wavelet), image.shape[2]
    taps = bank.dec_len
    count = (length + taps - 1) // 2
    reach = np.arange(2 - taps, 2 * count)
    longer = image[:, :, arrays.put(_mirrored(reach, length))]
    low, high = (arrays.zeros((*image.shape[:2], count)) for _ in range(2))
    for k in range(taps):
        first = taps - 1 - k
        part = longer[:, :, first : first + 2 * count - 1 : 2]
        low = low + part * float(np.float32(bank.dec_lo[k]))
        high = high + part * float(np.float32(bank.dec_hi[k]))
    return low, high


def _joined(arrays: Arrays, low: Array, high: Array, wavelet: str) -> Array:
    """Double and filter: ``x[n] = Σ h[n + taps - 2 - 2 i] low[i] + …``."""
    bank, (slices, rows, count) = pywt.Wavelet(wavelet), low.shape
    taps = bank.rec_len
    whole = arrays.zeros((slices, rows, 2 * count + taps))
    for k in range(taps):
        part = low * float(np.float32(bank.rec_lo[k])) + high * float(np.float32(bank.rec_hi[k]))
        whole[:, :, k : k + 2 * count - 1 : 2] += part
    return whole[:, :, taps - 2 : 2 * count]
