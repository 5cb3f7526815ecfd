"""Statistics of the pixels of each object.

Pixels are gathered object by object and sorted by their digits, lowest first; from the sorted values every statistic
is read off exactly, the median absolute deviation by walking outwards from the median.
"""

from dataclasses import dataclass
from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.screening.kernels.checking import checked_image, checked_labels

Floats = NDArray[np.float64]
Keys = NDArray[np.uint32]

_SIGN = 1 << 31
_DIGITS = 256
_BITS = 8


@dataclass(frozen=True, slots=True)
class Statistics:
    """Statistics of one channel over the objects 1 … n; NaN for a label without pixels."""

    area: NDArray[np.int64]
    """(n,) pixels."""
    mean: Floats
    """(n,) in the unit of the image, as are all that follow."""
    median: Floats
    """(n,)"""
    mad: Floats
    """(n,) median of the absolute deviations from the median, without a factor."""
    quantiles: Floats
    """(n, asked) by linear interpolation between sorted values."""
    top: Floats
    """(n, asked) k-th largest values; the smallest one in objects of fewer than k pixels."""


@nb.njit(nogil=True, cache=True)
def _gather(labels: NDArray[np.int32], keys: Keys, starts: NDArray[np.int64], out: Keys) -> None:
    """Put the keys of object i side by side, from `starts[i - 1]` on; `starts` ends as the ends."""
    for place in range(labels.size):
        label = labels[place]
        if label > 0:
            out[starts[label - 1]] = keys[place]
            starts[label - 1] += 1


@nb.njit(nogil=True, cache=True)
def _sort(keys: Keys, spare: Keys, counts: NDArray[np.int32]) -> None:
    """Sort in place by digits from the lowest, leaving out digits in which all keys agree."""
    digits = counts.shape[0]
    counts[:] = 0
    for i in range(keys.size):
        for turn in range(digits):
            counts[turn, (keys[i] >> (_BITS * turn)) & (_DIGITS - 1)] += 1
    swapped = False
    for turn in range(digits):
        source, target = (spare, keys) if swapped else (keys, spare)
        count = counts[turn]
        shift = _BITS * turn
        if count[(source[0] >> shift) & (_DIGITS - 1)] == keys.size:
            continue
        before = 0
        for digit in range(_DIGITS):
            before, count[digit] = before + count[digit], before
        for i in range(keys.size):
            digit = (source[i] >> shift) & (_DIGITS - 1)
            target[count[digit]] = source[i]
            count[digit] += 1
        swapped = not swapped
    if swapped:
        keys[:] = spare


@nb.njit(inline="always")
def _at_share(values: Floats, share: float) -> float:
    """Interpolate a quantile of sorted values."""
    place = share * (values.size - 1)
    below = int(place)
    above = min(below + 1, values.size - 1)
    return float(values[below] + (place - below) * (values[above] - values[below]))


@nb.njit(nogil=True, cache=True)
def _mad(values: Floats, median: float) -> float:
    """Give the median absolute deviation of sorted values, by merging the deviations on both sides."""
    right = np.searchsorted(values, median)
    left = right - 1
    before = deviation = 0.0
    for _ in range(values.size // 2 + 1):
        before = deviation
        if right < values.size and (left < 0 or values[right] - median <= median - values[left]):
            deviation = values[right] - median
            right += 1
        else:
            deviation = median - values[left]
            left -= 1
    return float(deviation if values.size % 2 else (before + deviation) / 2)


@nb.njit(inline="always")
def _value(key: np.uint32) -> float:
    """Give the floating-point number of a key; see `_as_keys`."""
    bits = np.uint32(key ^ np.uint32(_SIGN)) if key & np.uint32(_SIGN) else np.uint32(~key)
    return np.float64(np.uint32(bits).view(np.float32))


@nb.njit(nogil=True, cache=True)
def _describe(
    keys: Keys,
    ends: NDArray[np.int64],
    floating: bool,  # noqa: FBT001 - numba takes no names
    shares: Floats,
    ranks: NDArray[np.int64],
    out: Floats,
) -> None:
    """Write mean, median, MAD, quantiles and k-th largest values of each object into a line of `out`."""
    counts = np.empty((4 if floating else 2, _DIGITS), np.int32)
    spare, values = np.empty_like(keys), np.empty(keys.size)
    start = 0
    for i in range(ends.size):
        part = keys[start : ends[i]]
        start = ends[i]
        line = out[i]
        if part.size == 0:
            line[:] = np.nan
            continue
        _sort(part, spare[: part.size], counts)
        found = values[: part.size]
        total = 0.0
        for k in range(part.size):
            found[k] = _value(part[k]) if floating else float(part[k])
            total += found[k]
        line[0] = total / part.size
        line[1] = _at_share(found, 0.5)
        line[2] = _mad(found, line[1])
        for k in range(shares.size):
            line[3 + k] = _at_share(found, shares[k])
        for k in range(ranks.size):
            line[3 + shares.size + k] = found[max(part.size - ranks[k], 0)]


def _as_keys(pixels: NDArray[Any]) -> Keys:
    """Give whole numbers in the order of the values: floating-point bits, those of negative ones turned round."""
    if pixels.dtype.kind == "u":
        return pixels.astype(np.uint32)
    bits = pixels.view(np.uint32)
    return np.where(bits >> 31, ~bits, bits | np.uint32(_SIGN))


def measure(
    labels: NDArray[Any],
    image: NDArray[Any],
    *,
    quantiles: tuple[float, ...] = (0.95,),
    top: tuple[int, ...] = (10, 30, 50),
) -> Statistics:
    """Describe the intensities of one channel within each object.

    Parameters
    ----------
    labels : (ny, nx) integers
        Objects 1 … n, 0 elsewhere.
    image : (ny, nx) uint8, uint16 or float32
        Intensities, any unit, no NaN.
    quantiles : tuple of float
        Shares, 0 to 1.
    top : tuple of int
        For each k, the k-th largest value is given; k >= 1.

    Returns
    -------
    Statistics
        The line of label i stands at i - 1.

    Raises
    ------
    ParameterError
        If shapes, types, a share or a k do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from batchwork.screening import measure
    >>> labels = np.array([[1, 1, 1, 0], [0, 2, 2, 2]])
    >>> image = np.array([[3, 5, 10, 99], [99, 8, 8, 2]], np.uint16)
    >>> found = measure(labels, image, quantiles=(0.5,), top=(1,))
    >>> found.area.tolist(), found.mean.tolist(), found.mad.tolist(), found.top[:, 0].tolist()
    ([3, 3], [6.0, 6.0], [2.0, 0.0], [10.0, 8.0])
    """
    pixels = checked_image(image)
    objects = checked_labels(labels, pixels.shape)
    if pixels.dtype not in (np.uint8, np.uint16, np.float32):
        raise ParameterError(f"image must be uint8, uint16 or float32, not {pixels.dtype}")
    if not all(0 <= share <= 1 for share in quantiles) or not all(k >= 1 for k in top):
        raise ParameterError(f"quantiles = {quantiles} must be from 0 to 1, top = {top} at least 1")
    area = np.bincount(objects.ravel())[1:]
    ends, gathered = np.cumsum(area) - area, np.empty(area.sum(), np.uint32)
    _gather(objects.ravel(), _as_keys(pixels).ravel(), ends, gathered)
    out = np.empty((area.size, 3 + len(quantiles) + len(top)))
    shares, ranks = np.array(quantiles, np.float64), np.array(top, np.int64)
    _describe(gathered, ends, pixels.dtype == np.float32, shares, ranks, out)
    split = 3 + len(quantiles)
    return Statistics(area, out[:, 0], out[:, 1], out[:, 2], out[:, 3:split], out[:, split:])
