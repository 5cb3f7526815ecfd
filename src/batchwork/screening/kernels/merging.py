"""Neighbouring regions joined where what parts them is shallow and what they make together is an ellipse.

The roundness of a region is its area over that of the ellipse with the same second moments, 4π √det(covariance). It is
1 for an ellipse and lower for everything else; moments add up, so that the roundness of two together costs nothing.
"""

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.screening.kernels.labelling import relabel

Labels = NDArray[np.int32]
Surface = NDArray[np.float32]
Moments = NDArray[np.float64]

_ROUND = 0.975
"""Roundness at which the share that was asked counts …"""
_GAIN = 6.0
"""… which falls by this for each unit of roundness above …"""
_LEAST, _MOST = 0.6, 0.96
"""… within these."""
_SLACK = 0.03
"""Regions less round than this below `_ROUND` are not joined for a low depth."""
_PIXEL = 1 / 12
"""Variance of a pixel's own width."""


@nb.njit(nogil=True, cache=True)
def _borders(labels: Labels, surface: Surface, pairs: NDArray[np.int64], passes: Surface) -> int:
    """List the pairs of labels side by side, lower · (n + 1) + higher, and the surface between; give their number.

    Arrays without room are only counted for.
    """
    rows, columns = labels.shape
    most = np.int64(labels.max()) + 1
    count = 0
    for row in range(rows):
        for column in range(columns):
            here = labels[row, column]
            for below in (0, 1):
                r, c = row + below, column + 1 - below
                if here == 0 or r == rows or c == columns:
                    continue
                there = labels[r, c]
                if there > 0 and there != here:
                    if count < pairs.size:
                        pairs[count] = min(here, there) * most + max(here, there)
                        passes[count] = min(surface[row, column], surface[r, c])
                    count += 1
    return count


@nb.njit(nogil=True, cache=True)
def peaks_of(labels: Labels, surface: Surface) -> Surface:
    """Give the highest place of each label."""
    peaks = np.zeros(labels.max() + 1, np.float32)
    for label, height in zip(labels.ravel(), surface.ravel()):  # noqa: B905 - numba knows no strict
        peaks[label] = max(peaks[label], height)
    return peaks


@nb.njit(nogil=True, cache=True)
def _moments(labels: Labels) -> Moments:
    """Sum 1, y, x, y², x² and yx over each label."""
    sums = np.zeros((labels.max() + 1, 6))
    for y in range(labels.shape[0]):
        for x in range(labels.shape[1]):
            line = sums[labels[y, x]]
            line[0] += 1
            line[1] += y
            line[2] += x
            line[3] += y * y
            line[4] += x * x
            line[5] += y * x
    return sums


@nb.njit(inline="always")
def _roundness(sums: Moments) -> float:
    area = sums[0]
    y, x = sums[1] / area, sums[2] / area
    wide = sums[3] / area - y * y + _PIXEL, sums[4] / area - x * x + _PIXEL
    skew = sums[5] / area - y * x
    return float(area / (4 * np.pi * np.sqrt(wide[0] * wide[1] - skew * skew)))


@nb.njit(nogil=True, cache=True)
def _unite(pairs: NDArray[np.int64], saddles: Surface, peaks: Surface, sums: Moments, rule: Moments) -> Labels:
    """Join the pairs, given from the highest saddle down, that are shallow; give the label each one joins."""
    share, depth = rule
    owner = np.arange(peaks.size).astype(np.int32)
    for k in range(pairs.shape[0]):
        a, b = pairs[k]
        while owner[a] != a:
            a = owner[a]
        while owner[b] != b:
            b = owner[b]
        if a == b:
            continue
        both, lower = sums[a] + sums[b], min(peaks[a], peaks[b])
        excess = _roundness(both) - _ROUND
        needed = min(max(share - _GAIN * excess, _LEAST), _MOST)
        if saddles[k] >= needed * lower or (lower - saddles[k] < depth and excess > -_SLACK):
            low = min(a, b)
            owner[max(a, b)] = low
            peaks[low], sums[low] = max(peaks[a], peaks[b]), both
    for label in range(owner.size):  # an owner is lower than what it owns, so its own is known
        owner[label] = owner[owner[label]]
    return owner


def merge_shallow(labels: NDArray[np.int32], surface: NDArray[Any], *, share: float, depth: float) -> Labels:
    """Join neighbours whose saddle is nearly as high as the lower of their peaks; the rounder together, the sooner.

    Parameters
    ----------
    labels : (ny, nx) int32
        Basins around the maxima of the surface, 0 elsewhere.
    surface : (ny, nx) float32
        Of any unit, at least 0.
    share : float
        Saddles of at least this share of the lower peak part nothing, 0 to 1, if the two make no perfect ellipse.
    depth : float
        Nor do those that lie less than this below it, in the unit of the surface.

    Returns
    -------
    (ny, nx) int32
        Labels 1 … n.
    """
    heights = np.ascontiguousarray(surface, np.float32)
    count = _borders(labels, heights, np.empty(0, np.int64), np.empty(0, np.float32))
    if count == 0:
        return relabel(labels)
    pairs, passes = np.empty(count, np.int64), np.empty(count, np.float32)
    _borders(labels, heights, pairs, passes)
    order = np.lexsort((-passes, pairs))
    highest = order[np.concatenate(([True], np.diff(pairs[order]) > 0))]
    highest = highest[np.argsort(-passes[highest], kind="stable")]
    both = np.stack(np.divmod(pairs[highest], int(labels.max()) + 1), axis=1)
    owner = _unite(both, passes[highest], peaks_of(labels, heights), _moments(labels), np.array([share, depth]))
    return relabel(owner[labels])
