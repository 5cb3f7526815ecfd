"""The compiled loops of stripe removal by sorting.

Values travel as `keys`: whole numbers in the order of the floating-point numbers that they stand for, NaN
among them, so that sorting and comparing need no special cases.
"""

import numba as nb
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Keys = NDArray[np.uint32]

_SIGN = 0x80000000
_DIGITS = 256
_PASSES = 4


@nb.njit(inline="always")
def _key(value: np.float32) -> np.uint32:
    """Give a whole number that is larger for larger values."""
    bits = np.float32(value).view(np.uint32)
    return np.uint32(~bits) if bits & np.uint32(_SIGN) else np.uint32(bits | np.uint32(_SIGN))


@nb.njit(inline="always")
def _value(key: np.uint32) -> np.float32:
    """Give the value of a key."""
    bits = np.uint32(key ^ np.uint32(_SIGN)) if key & np.uint32(_SIGN) else np.uint32(~key)
    return np.uint32(bits).view(np.float32)


@nb.njit(inline="always")
def _reflected(index: int, length: int) -> int:
    """Fold an index that lies outside back into 0 to `length`: d c b a | a b c d | d c b a."""
    index %= 2 * length
    return index if index < length else 2 * length - 1 - index


@nb.njit(cache=True)
def _sort(
    keys: Keys, order: NDArray[np.int32], spare: Keys, other: NDArray[np.int32], counts: NDArray[np.int64]
) -> None:
    """Sort keys and carry their places along, by digits from the lowest; equal ones keep their order."""
    for turn in range(_PASSES):
        shift = np.uint32(8 * turn)
        counts[:] = 0
        for i in range(keys.size):
            counts[(keys[i] >> shift) & np.uint32(_DIGITS - 1)] += 1
        before = 0
        for digit in range(_DIGITS):
            before, counts[digit] = before + counts[digit], before
        for i in range(keys.size):
            digit = (keys[i] >> shift) & np.uint32(_DIGITS - 1)
            spare[counts[digit]], other[counts[digit]] = keys[i], order[i]
            counts[digit] += 1
        keys[:], order[:] = spare, other


@nb.njit(parallel=True, cache=True)
def sort_columns(columns: Floats, keys: Keys, order: NDArray[np.int32]) -> None:
    """Sort each line of (columns, angles): keys in rising order, and the angle that each one comes from."""
    for c in nb.prange(columns.shape[0]):
        for a in range(columns.shape[1]):
            keys[c, a], order[c, a] = _key(columns[c, a]), a
        spare, other = np.empty_like(keys[c]), np.empty_like(order[c])
        _sort(keys[c], order[c], spare, other, np.empty(_DIGITS, np.int64))


@nb.njit(inline="always")
def _exchange(window: Keys, gone: np.uint32, come: np.uint32) -> None:
    """Take one key out of a sorted window and put another one in."""
    i = 0
    while window[i] < gone:
        i += 1
    while i + 1 < window.size and window[i + 1] < come:
        window[i] = window[i + 1]
        i += 1
    while i > 0 and window[i - 1] > come:
        window[i] = window[i - 1]
        i -= 1
    window[i] = come


@nb.njit(parallel=True, cache=True)
def median_along_detector(keys: Keys, size: int, out: Keys) -> None:
    """Filter (columns, ranks) by a running median over `size` columns, reflected at the ends."""
    columns, ranks = keys.shape
    left = size // 2
    for r in nb.prange(ranks):
        line = keys[:, r].copy()
        window = np.empty(size, np.uint32)
        for i in range(size):
            window[i] = line[_reflected(i - left, columns)]
        window.sort()
        out[0, r] = window[left]
        for c in range(1, columns):
            gone = line[_reflected(c - 1 - left, columns)]
            come = line[_reflected(c - 1 - left + size, columns)]
            if gone != come:
                _exchange(window, gone, come)
            out[c, r] = window[left]


@nb.njit(parallel=True, cache=True)
def means(keys: Keys, first: int, last: int) -> NDArray[np.float64]:
    """Average the values of the ranks from `first` to `last` of (columns, ranks), summed in double precision."""
    found = np.empty(keys.shape[0])
    for c in nb.prange(keys.shape[0]):
        total = 0.0
        for r in range(first, last):
            total += float(_value(keys[c, r]))
        found[c] = total / (last - first)
    return found


@nb.njit(parallel=True, cache=True)
def normalise(keys: Keys, smooth: Keys, factors: NDArray[np.float64], replaced: NDArray[np.bool_]) -> None:
    """Divide the values of (columns, ranks) by the factor of their column, or put the smooth ones in their place."""
    for c in nb.prange(keys.shape[0]):
        if replaced[c]:
            keys[c] = smooth[c]
        else:
            for r in range(keys.shape[1]):
                keys[c, r] = _key(np.float32(_value(keys[c, r]) / factors[c]))


@nb.njit(parallel=True, cache=True)
def unsort(keys: Keys, order: NDArray[np.int32], sinogram: Floats) -> None:
    """Write values, (columns, ranks), back to the angles that they come from, (angles, columns)."""
    columns, ranks = keys.shape
    for c in nb.prange(columns):
        for r in range(ranks):
            sinogram[order[c, r], c] = _value(keys[c, r])


@nb.njit(parallel=True, cache=True)
def roughness(columns: Floats, size: int) -> NDArray[np.float64]:
    """Sum up how far the values of (columns, angles) lie from their running mean over `size` angles."""
    count, angles = columns.shape
    left = size // 2
    found = np.empty(count)
    for c in nb.prange(count):
        line, total, far = columns[c], 0.0, 0.0
        for i in range(size):
            total += line[_reflected(i - left, angles)]
        for a in range(angles):
            far += abs(line[a] - np.float32(total / size))
            total += line[_reflected(a - left + size, angles)] - line[_reflected(a - left, angles)]
        found[c] = far
    return found


@nb.njit(parallel=True, cache=True)
def transpose(source: Floats, target: Floats) -> None:
    """Copy (angles, columns) to (columns, angles)."""
    angles, columns = source.shape
    for c in nb.prange(columns):
        for a in range(angles):
            target[c, a] = source[a, c]
