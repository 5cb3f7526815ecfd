"""Levels that part dark from bright."""

from dataclasses import dataclass
from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError

SIGMA_PER_MAD = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""
_BINS = 1024


@dataclass(frozen=True, slots=True)
class Background:
    """Level and spread of what is dark, in the unit of the image."""

    level: float
    """Most frequent value."""
    sigma: float
    """Standard deviation, from the values below the level alone, which no object reaches."""


@nb.njit(nogil=True, cache=True)
def _count(values: NDArray[Any], low: float, scale: float, counts: NDArray[np.int64]) -> None:
    for i in range(values.size):
        place = int((values[i] - low) * scale)
        counts[min(max(place, 0), counts.size - 1)] += 1


def _histogram(
    values: NDArray[Any], low: float, high: float, bins: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Count values in equal bins, the outermost taking what lies outside, and give the centres of the bins."""
    counts = np.zeros(bins, np.int64)
    width = (high - low) / bins
    _count(np.ravel(values), low, 1 / width, counts)
    return counts, np.asarray(low + (np.arange(bins) + 0.5) * width, np.float64)


def otsu(values: NDArray[Any], *, bins: int = 256) -> float:
    """Give the level between two classes of values that leaves least variance within them.

    Parameters
    ----------
    values : float32, float64 or integers, any shape
        Without NaN.
    bins : int
        Of the histogram from the lowest to the highest value.

    Raises
    ------
    ParameterError
        If there are no values.

    References
    ----------
    Otsu, A threshold selection method from gray-level histograms, IEEE Trans. SMC 9 (1979) 62.
    """
    if np.size(values) == 0:
        raise ParameterError("no values to find a level in")
    low, high = float(np.min(values)), float(np.max(values))
    if low == high:
        return low
    counts, centres = _histogram(values, low, high, bins)
    below = np.cumsum(counts)
    above = below[-1] - below
    moment = np.cumsum(counts * centres)
    apart = moment / np.maximum(below, 1) - (moment[-1] - moment) / np.maximum(above, 1)
    return float(centres[np.argmax(below * above * apart**2)])


def background_of(image: NDArray[Any]) -> Background:
    """Find the level and the noise of the dark part of an image, whatever share of it is dark above a tenth.

    Parameters
    ----------
    image : float32 or integers, any shape
        Without NaN. Every fourth pixel is looked at.
    """
    values = np.ravel(image)[::4].astype(np.float32)
    low, high = (float(v) for v in np.percentile(values, (0.1, 99.0)))
    if low == high:
        return Background(low, 0.0)
    counts, centres = _histogram(values, low, high, _BINS)
    wide = max(3, int(np.sqrt(_BINS)) | 1)
    level = float(centres[np.argmax(np.convolve(counts, np.hanning(wide + 2)[1:-1], "same"))])
    darker = values[values <= level]
    return Background(level, SIGMA_PER_MAD * float(np.median(level - darker)) if darker.size else 0.0)
