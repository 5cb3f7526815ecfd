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
Pairs = NDArray[np.int64]

_EVEN = 0.55
"""Share of the lower peak that a saddle needs to part nothing, if both together are an ellipse of the common area …"""
_LARGE = 0.46
"""… more by this times the logarithm of their area over the common one …"""
_MOST = 0.93
"""… but for its area never more than this …"""
_ANGULAR = 2.0
"""… and by this times what their roundness lacks of 1."""
_MIDDLE, _PRIOR = 0.9, 5.0
"""Common area over the median of areas over pixels; how many regions the expected area counts for."""
_TURNS = 3
"""How often the common area is found anew from what was joined."""
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


@nb.njit(inline="always")
def _root(owner: Labels, label: int) -> int:
    while owner[label] != label:
        label = owner[label]
    return label


@nb.njit(nogil=True, cache=True)
def _scores(pairs: Pairs, saddles: Surface, peaks: Surface, sums: Moments, common: float) -> Surface:
    """Tell of each pair of regions how much the saddle exceeds what it needs; -inf for what is one already."""
    scores = np.full(len(pairs), -np.inf, np.float32)
    for k in range(len(pairs)):
        a, b = pairs[k]
        if a != b:
            both = sums[a] + sums[b]
            needed = min(_EVEN + _LARGE * np.log(both[0] / common), _MOST) + _ANGULAR * (1 - _roundness(both))
            scores[k] = saddles[k] / min(peaks[a], peaks[b]) - needed
    return scores


@nb.njit(nogil=True, cache=True)
def _join(pairs: Pairs, saddles: Surface, peaks: Surface, sums: Moments, common: float) -> Labels:
    """Join pairs, best first and each region once a turn, until none is left to join; give the label each one joins."""
    owner, pairs, peaks, sums = np.arange(peaks.size).astype(np.int32), pairs.copy(), peaks.copy(), sums.copy()
    joined = True
    while joined:
        joined = False
        scores = _scores(pairs, saddles, peaks, sums, common)
        done = np.zeros(peaks.size, np.bool_)
        for k in np.argsort(-scores, kind="mergesort"):
            a, b = min(pairs[k]), max(pairs[k])
            if scores[k] < 0:
                break
            if done[a] or done[b]:
                continue
            done[a] = done[b] = joined = True
            owner[b] = a
            peaks[a], sums[a] = max(peaks[a], peaks[b]), sums[a] + sums[b]
        for k in range(len(pairs)):
            pairs[k, 0], pairs[k, 1] = _root(owner, pairs[k, 0]), _root(owner, pairs[k, 1])
    for label in range(owner.size):  # an owner is lower than what it owns, so its own is known
        owner[label] = owner[owner[label]]
    return owner


def _common(areas: NDArray[Any], expected: float) -> float:
    """Give a little less than the area that half of all pixels lie in larger regions than, which fragments hardly sway.

    The fewer regions there are, the more the expected area counts.
    """
    ordered = np.sort(areas)
    middle = _MIDDLE * ordered[np.searchsorted(np.cumsum(ordered), ordered.sum() / 2)]
    weight = areas.size / (areas.size + _PRIOR)
    return float(np.exp(weight * np.log(middle) + (1 - weight) * np.log(expected)))


def join_parts(labels: NDArray[np.int32], surface: NDArray[Any], *, area_px: float) -> Labels:
    """Join neighbours that are one: the higher the saddle between them, and the smaller and rounder both together.

    Parameters
    ----------
    labels : (ny, nx) int32
        Hills of the surface 1 … n, none of them empty, 0 elsewhere.
    surface : (ny, nx) float32
        Of any unit, at least 0.
    area_px : float
        Expected area of one region, in pixels; with many regions the image's own counts.

    Returns
    -------
    (ny, nx) int32
        Labels 1 … n.

    Notes
    -----
    Two regions are one where

        saddle / lower peak >= min(0.55 + 0.46 ln(area / common area), 0.93) + 2 (1 - roundness),

    area and roundness being those of both together. 0.55, 0.46 and 2 are those of a logistic regression over pairs
    of hills of real nuclei, half of the images of BBBC039, rounded; 0.93 keeps large ellipses whole.
    """
    heights = np.ascontiguousarray(surface, np.float32)
    count = _borders(labels, heights, np.empty(0, np.int64), np.empty(0, np.float32))
    if count == 0:
        return relabel(labels)
    codes, passes = np.empty(count, np.int64), np.empty(count, np.float32)
    _borders(labels, heights, codes, passes)
    order = np.lexsort((-passes, codes))
    highest = order[np.concatenate(([True], np.diff(codes[order]) > 0))]
    pairs = np.stack(np.divmod(codes[highest], int(labels.max()) + 1), axis=1)
    peaks, sums, common = peaks_of(labels, heights), _moments(labels), area_px
    for _ in range(_TURNS):
        owner = _join(pairs, passes[highest], peaks, sums, common)
        common = _common(np.bincount(owner[1:], sums[1:, 0])[np.unique(owner[1:])], area_px)
    return relabel(owner[labels])
