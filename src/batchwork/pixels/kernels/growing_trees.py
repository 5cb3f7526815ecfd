"""One tree of a random forest, grown until its leaves are pure.

The rules are those of vigra's forest. A tree sees as many rows as there are, drawn with replacement. A node asks for
the column and threshold that lower the Gini impurity most among some columns drawn at random; where none of them
lowers it, the other columns are tried until one does.

References
----------
Breiman, Machine Learning 45 (2001) 5.
"""

from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.kernels.forest import LEAF

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFTS = np.uint64(30), np.uint64(27), np.uint64(31)
_HALF = np.uint64(32)
_LOW = np.int64(0xFFFFFFFF)
_ROUNDING = 1e-12
"""Gains below this share of a node's score are rounding errors."""
_FEW, _DIGIT, _RADIX = 64, 8, 1 << 8
"""Fewer rows are sorted by comparing; others by digits of so many bits."""
_DENSE = 2
"""A column is counted rather than sorted where it has at most this many distinct values per row of the node."""


class GrowingTable(NamedTuple):
    """What all trees of a forest are grown on."""

    ranks: NDArray[np.int32]
    """(columns, rows) Place of each value among the distinct ones of its column."""
    distinct: NDArray[np.float32]
    """Distinct values of all columns, in order, one column after the other."""
    first: NDArray[np.int64]
    """(columns + 1,) Where each column begins in `distinct`."""
    classes: NDArray[np.int32]
    """(rows,) Class of each row, from 0 on."""
    class_count: int
    """Number of classes."""


class GrownTree(NamedTuple):
    """Nodes of a tree, its root first; numbers count from the tree's own beginning."""

    column: NDArray[np.int32]
    """(nodes,) Column that is asked for; `LEAF` in leaves."""
    threshold: NDArray[np.float64]
    """(nodes,) Less goes left."""
    left: NDArray[np.int32]
    """(nodes,) Node, or in leaves the number of the leaf."""
    right: NDArray[np.int32]
    """(nodes,) Node; -1 in leaves."""
    counts: NDArray[np.int64]
    """(leaves, classes) Rows of each class, as often as they were drawn."""
    gain: NDArray[np.float64]
    """(columns,) Sum of what the questions lowered the impurity by, per drawn row."""
    unseen: NDArray[np.int32]
    """(rows,) Leaf of each row that was not drawn; -1 for those that were."""


@nb.njit(nogil=True, cache=True, inline="always")
def _random_below(state: NDArray[np.uint64], bound: int) -> int:
    """Draw a whole number from 0 up to below `bound` (splitmix64; Steele et al., OOPSLA 2014)."""
    state[0] += _GOLDEN
    z = state[0]
    z = (z ^ (z >> _SHIFTS[0])) * _MIX_1
    z = (z ^ (z >> _SHIFTS[1])) * _MIX_2
    z ^= z >> _SHIFTS[2]
    return int(((z >> _HALF) * np.uint64(bound)) >> _HALF)


@nb.njit(nogil=True, cache=True)
def _draw(state: NDArray[np.uint64], rows: int) -> NDArray[np.int32]:
    """Say how often each row is drawn."""
    times = np.zeros(rows, np.int32)
    for _ in range(rows):
        times[_random_below(state, rows)] += 1
    return times


@nb.njit(nogil=True, cache=True)
def _squares(counts: NDArray[np.int64]) -> float:
    total = 0.0
    for count in counts:
        total += float(count) * float(count)
    return total


@nb.njit(nogil=True, cache=True)
def _count(
    counts: NDArray[np.int64], items: NDArray[np.int32], times: NDArray[np.int32], classes: NDArray[np.int32]
) -> None:
    counts[:] = 0
    for item in items:
        counts[classes[item]] += times[item]


@nb.njit(nogil=True, cache=True)
def _score_step(left: NDArray[np.int64], right: NDArray[np.int64], total_left: int, total_right: int) -> float:
    """Score a split: the sum over both sides of Σ count² / Σ count, which is largest where impurity is least."""
    return _squares(left) / total_left + _squares(right) / total_right


@nb.njit(nogil=True, cache=True)
def _best_of_sorted(
    keys: NDArray[np.int64],
    items: NDArray[np.int32],
    times: NDArray[np.int32],
    classes: NDArray[np.int32],
    total: NDArray[np.int64],
    left: NDArray[np.int64],
    right: NDArray[np.int64],
) -> tuple[float, int, int]:
    """Find the best split of rows that are sorted by rank; give score, last rank to the left, first to the right."""
    left[:] = 0
    right[:] = total
    size_left, size_right = 0, total.sum()
    best, low, high = -1.0, -1, -1
    for i in range(len(keys) - 1):
        item = items[keys[i] & _LOW]
        left[classes[item]] += times[item]
        right[classes[item]] -= times[item]
        size_left += times[item]
        size_right -= times[item]
        rank, following = keys[i] >> 32, keys[i + 1] >> 32
        if rank != following:
            score = _score_step(left, right, size_left, size_right)
            if score > best:
                best, low, high = score, rank, following
    return best, low, high


@nb.njit(nogil=True, cache=True)
def _best_of_counted(
    table: NDArray[np.int32], total: NDArray[np.int64], left: NDArray[np.int64], right: NDArray[np.int64]
) -> tuple[float, int, int]:
    """The same from a table (ranks, classes) of how many rows have which rank."""
    left[:] = 0
    right[:] = total
    size_left, size_right = 0, total.sum()
    best, low, high, last, score = -1.0, -1, -1, -1, -1.0
    for rank in range(len(table)):
        here = 0
        for k in range(len(total)):
            here += table[rank, k]
        if here == 0:
            continue
        if last >= 0 and score > best:
            best, low, high = score, last, rank
        for k in range(len(total)):
            left[k] += table[rank, k]
            right[k] -= table[rank, k]
        size_left += here
        size_right -= here
        if size_right == 0:
            break
        last, score = rank, _score_step(left, right, size_left, size_right)
    return best, low, high


class _Scratch(NamedTuple):
    """Memory that all nodes of a tree use in turn."""

    keys: NDArray[np.int64]
    """(2, rows) Rank and place of each row, to be sorted, and room for sorting."""
    counted: NDArray[np.int32]
    """(ranks, classes)"""
    sides: NDArray[np.int64]
    """(2, classes) Rows to the left and to the right."""


@nb.njit(nogil=True, cache=True)
def _sorted_keys(
    ranks: NDArray[np.int32], distinct: int, items: NDArray[np.int32], room: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Sort the rows of a node by rank: digit by digit, few ones by comparing. A key is rank and place in the node."""
    keys, other = room[0, : len(items)], room[1, : len(items)]
    for i in range(len(items)):
        keys[i] = np.int64(ranks[items[i]]) << 32 | i
    if len(items) < _FEW:
        keys.sort()
        return keys
    shift = 32
    while (distinct - 1) >> (shift - 32):
        start = np.zeros(_RADIX + 1, np.int64)
        for key in keys:
            start[1 + ((key >> shift) & (_RADIX - 1))] += 1
        for digit in range(_RADIX):
            start[digit + 1] += start[digit]
        for key in keys:
            digit = (key >> shift) & (_RADIX - 1)
            other[start[digit]] = key
            start[digit] += 1
        keys, other = other, keys
        shift += _DIGIT
    return keys


@nb.njit(nogil=True, cache=True)
def _best_of_column(
    ranks: NDArray[np.int32],
    distinct: int,
    items: NDArray[np.int32],
    times: NDArray[np.int32],
    classes: NDArray[np.int32],
    total: NDArray[np.int64],
    scratch: _Scratch,
) -> tuple[float, int, int]:
    """Find the best split of a node by one column, in whichever of two ways is quicker; both give the same."""
    left, right = scratch.sides
    if distinct <= _DENSE * len(items):
        counted = scratch.counted[:distinct]
        counted[:] = 0
        for item in items:
            counted[ranks[item], classes[item]] += times[item]
        return _best_of_counted(counted, total, left, right)
    keys = _sorted_keys(ranks, distinct, items, scratch.keys)
    return _best_of_sorted(keys, items, times, classes, total, left, right)


@nb.njit(nogil=True, cache=True)
def _best_question(
    table: GrowingTable,
    tried: int,
    items: NDArray[np.int32],
    times: NDArray[np.int32],
    total: NDArray[np.int64],
    order: NDArray[np.int64],
    state: NDArray[np.uint64],
    scratch: _Scratch,
) -> tuple[int, int, int, float]:
    """Choose column, last rank to the left, first rank to the right, and give what it gains; `LEAF` for none."""
    before = _squares(total) / total.sum()
    best, question, low, high = before * (1 + _ROUNDING), LEAF, 0, 0
    for k in range(len(order) if np.count_nonzero(total) > 1 else 0):
        if k < tried:
            swap = k + _random_below(state, len(order) - k)
            order[k], order[swap] = order[swap], order[k]
        elif question != LEAF:
            break
        c = order[k]
        distinct = table.first[c + 1] - table.first[c]
        score, a, b = _best_of_column(table.ranks[c], distinct, items, times, table.classes, total, scratch)
        if score > best:
            best, question, low, high = score, c, a, b
    return question, low, high, best - before


@nb.njit(nogil=True, cache=True)
def _part(items: NDArray[np.int32], ranks: NDArray[np.int32], low: int, spare: NDArray[np.int32]) -> int:
    """Bring the rows up to a rank to the front, in the order in which they stand; give their number."""
    front, back = 0, 0
    for item in items:
        if ranks[item] <= low:
            items[front] = item
            front += 1
        else:
            spare[back] = item
            back += 1
    items[front:] = spare[:back]
    return front


@nb.njit(nogil=True, cache=True)
def _leaf_of_unseen(
    table: GrowingTable,
    times: NDArray[np.int32],
    column: NDArray[np.int32],
    threshold: NDArray[np.float64],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Walk the rows that were not drawn; their values can lie between those of the node's own rows."""
    found = np.full(len(times), -1, np.int32)
    for row in range(len(times)):
        if times[row] == 0:
            node = 0
            while column[node] != LEAF:
                c = column[node]
                value = np.float64(table.distinct[table.first[c] + table.ranks[c, row]])
                node = left[node] if value < threshold[node] else right[node]
            found[row] = left[node]
    return found


@nb.njit(nogil=True, cache=True)
def grow_tree(table: GrowingTable, tried: int, seed: int) -> GrownTree:
    """Grow one tree.

    Parameters
    ----------
    table : GrowingTable
        Values and classes.
    tried : int
        Columns that a node draws.
    seed : int
        Where the tree's own random numbers begin.

    Returns
    -------
    GrownTree
        The same bits for the same seed.
    """
    columns, rows = table.ranks.shape
    state = np.array([seed], np.uint64)
    times = _draw(state, rows)
    items = np.flatnonzero(times).astype(np.int32)
    size = 2 * len(items) - 1
    column, threshold = np.full(size, LEAF, np.int32), np.zeros(size)
    left, right = np.full(size, -1, np.int32), np.full(size, -1, np.int32)
    counts = np.zeros((len(items), table.class_count), np.int64)
    gain = np.zeros(columns)
    spare = np.empty(len(items), np.int32)
    widest = min(np.diff(table.first).max(), _DENSE * len(items))
    scratch = _Scratch(
        np.empty((2, len(items)), np.int64),
        np.empty((widest, table.class_count), np.int32),
        np.zeros((2, table.class_count), np.int64),
    )
    total, order = np.zeros(table.class_count, np.int64), np.arange(columns)
    waiting = [(0, 0, len(items))]
    nodes, leaves = 1, 0
    while waiting:
        node, start, stop = waiting.pop()
        here = items[start:stop]
        _count(total, here, times, table.classes)
        question, low, high, gained = _best_question(table, tried, here, times, total, order, state, scratch)
        if question == LEAF:
            counts[leaves], left[node] = total, leaves
            leaves += 1
            continue
        column[node] = question
        values = table.distinct[table.first[question] :]
        threshold[node] = (np.float64(values[low]) + np.float64(values[high])) / 2
        gain[question] += gained / rows
        middle = start + _part(here, table.ranks[question], low, spare)
        left[node], right[node] = nodes, nodes + 1
        waiting.append((nodes + 1, middle, stop))
        waiting.append((nodes, start, middle))
        nodes += 2
    return GrownTree(
        column[:nodes].copy(),
        threshold[:nodes].copy(),
        left[:nodes].copy(),
        right[:nodes].copy(),
        counts[:leaves].copy(),
        gain,
        _leaf_of_unseen(table, times, column, threshold, left, right),
    )
