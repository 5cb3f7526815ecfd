"""Connected parts of masks, and labels made consecutive."""

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.screening.kernels.checking import checked_labels, checked_mask

Labels = NDArray[np.int32]


@nb.njit(inline="always")
def _root(parents: Labels, node: int) -> int:
    while parents[node] != node:
        parents[node] = parents[parents[node]]
        node = parents[node]
    return node


@nb.njit(inline="always")
def _join(parents: Labels, one: int, other: int) -> int:
    one, other = _root(parents, one), _root(parents, other)
    low = min(one, other)
    parents[one] = parents[other] = low
    return low


@nb.njit(inline="always")
def _first_label(values: NDArray[Any], labels: Labels, parents: Labels, row: int, column: int, reach: int) -> int:
    """Join the labels on the left and above that stand on an equal value; 0 if there are none."""
    value = values[row, column]
    found = labels[row, column - 1] if column > 0 and values[row, column - 1] == value else 0
    if row > 0:
        for other in range(max(column - reach, 0), min(column + reach + 1, labels.shape[1])):
            if values[row - 1, other] == value:
                above = labels[row - 1, other]
                found = _join(parents, found, above) if found > 0 else above
    return found


@nb.njit(nogil=True, cache=True)
def _number(parents: Labels, used: int) -> int:
    """Turn parents into consecutive numbers of their roots; give how many there are."""
    count = 0
    for node in range(1, used + 1):
        if parents[node] == node:
            count += 1
            parents[node] = count
        else:
            parents[node] = parents[parents[node]]
    return count


@nb.njit(nogil=True, cache=True)
def _components(values: NDArray[Any], diagonal: bool, labels: Labels) -> int:  # noqa: FBT001 - numba takes no names
    """Label by two passes with a forest of labels that are one; give how many there are."""
    rows, columns = values.shape
    parents = np.zeros(rows * columns + 1, np.int32)
    used = 0
    for row in range(rows):
        for column in range(columns):
            if values[row, column] == 0:
                labels[row, column] = 0
                continue
            found = _first_label(values, labels, parents, row, column, 1 if diagonal else 0)
            if found == 0:
                used += 1
                parents[used] = found = used
            labels[row, column] = found
    count = _number(parents, used)
    for row in range(rows):
        for column in range(columns):
            labels[row, column] = parents[labels[row, column]]
    return int(count)


def components(mask: NDArray[Any], *, diagonal: bool = False) -> Labels:
    """Label the connected parts of a mask 1 … n in the order in which rows meet them: (ny, nx) int32.

    Parameters
    ----------
    mask : (ny, nx) bool
        What to label.
    diagonal : bool
        Whether pixels that touch at a corner are connected.
    """
    given = checked_mask(mask)
    labels = np.empty(given.shape, np.int32)
    _components(given.view(np.uint8), diagonal, labels)
    return labels


@nb.njit(nogil=True, cache=True)
def _keep_largest(labels: Labels, pieces: Labels, count: int) -> None:
    """Replace the numbers of pieces by the labels they are the largest piece of, or 0."""
    area, owner = np.zeros(count + 1, np.int64), np.zeros(count + 1, np.int32)
    for piece, label in zip(pieces.ravel(), labels.ravel()):  # noqa: B905 - numba knows no strict
        area[piece] += 1
        owner[piece] = label
    best = np.zeros(owner.max() + 1, np.int32)
    for at in range(1, count + 1):
        if best[owner[at]] == 0 or area[at] > area[best[owner[at]]]:
            best[owner[at]] = at
    for row in range(pieces.shape[0]):
        for column in range(pieces.shape[1]):
            label = owner[pieces[row, column]]
            pieces[row, column] = label if best[label] == pieces[row, column] else 0


def largest_pieces(labels: NDArray[Any]) -> Labels:
    """Keep the largest connected piece of each label, the first of equal ones; labels stay as they are."""
    given = checked_labels(labels)
    pieces = np.empty_like(given)
    count = _components(given, False, pieces)  # noqa: FBT003 - numba takes no names
    _keep_largest(given, pieces, count)
    return pieces


@nb.njit(nogil=True, cache=True)
def _count(labels: Labels, counts: NDArray[np.int64]) -> None:
    for row in range(labels.shape[0]):
        for column in range(labels.shape[1]):
            counts[labels[row, column]] += 1


def areas(labels: NDArray[Any], count: int | None = None) -> NDArray[np.int64]:
    """Count the pixels of each label: (n,), of label 1 first; `count` tells n where the last labels may be empty."""
    given = checked_labels(labels)
    counts = np.zeros(max(int(given.max()), count or 0) + 1, np.int64)
    _count(given, counts)
    return counts[1:]


@nb.njit(nogil=True, cache=True)
def _replace(labels: Labels, table: Labels, out: Labels) -> None:
    for row in range(labels.shape[0]):
        for column in range(labels.shape[1]):
            out[row, column] = table[labels[row, column]]


def relabel(labels: NDArray[Any], kept: NDArray[np.bool_] | None = None) -> Labels:
    """Number objects 1 … n in the order of their labels, without gaps.

    Parameters
    ----------
    labels : (ny, nx) integers
        0 is no object.
    kept : (largest label,) bool, optional
        Which ones stay, of label 1 first; the others become 0. All that have pixels, if not given.
    """
    given = checked_labels(labels)
    stays = areas(given) > 0
    if kept is not None:
        stays &= kept[: stays.size]
    out = np.empty_like(given)
    _replace(given, np.concatenate(([0], np.where(stays, np.cumsum(stays), 0))).astype(np.int32), out)
    return out


def remove_small(mask: NDArray[Any], area_px: int, *, diagonal: bool = False) -> NDArray[np.bool_]:
    """Clear the connected parts of a mask that have less than `area_px` pixels."""
    parts = components(mask, diagonal=diagonal)
    return np.asarray(relabel(parts, areas(parts) >= area_px) > 0)


def fill_holes(mask: NDArray[Any], area_px: int) -> NDArray[np.bool_]:
    """Fill the holes of a mask that have less than `area_px` pixels; gaps that reach the border are no holes."""
    given = checked_mask(mask)
    parts = components(~given)
    border = np.concatenate((parts[0], parts[-1], parts[:, 0], parts[:, -1]))
    hole = np.concatenate(([False], areas(parts) < area_px))
    hole[border] = False
    holes = np.empty_like(parts)
    _replace(parts, hole.astype(np.int32), holes)
    return given | (holes > 0)
