"""Small trees as bit masks: all questions are asked, without a branch, for many pixels at once.

The leaves of a tree are numbered from left to right, a bit each. A node whose question sends a pixel to the right
clears the bits of the leaves to its left; the lowest bit that is left at the end is the leaf that the pixel comes
to. Trees of more than 32 leaves take several words, of which the first that is not empty decides.

References
----------
Lucchese et al., SIGIR 2015, "QuickScorer".
"""

from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.kernels.forest import LEAF, Forest, single_precision
from batchwork.pixels.kernels.lines import CONTRACT

CHUNK = 2048
"""Pixels that are walked together."""

_BITS = 32
_ALL = np.uint32(0xFFFFFFFF)
_NONE = np.uint32(0)


class MaskTrees(NamedTuple):
    """Trees as masks. A word is 32 leaves of one tree, with the nodes that can clear any of them."""

    first_node: NDArray[np.int64]
    """(words + 1,) Where the nodes of each word begin."""
    column: NDArray[np.int64]
    """(nodes,) Place of the column that a node asks for."""
    threshold: NDArray[np.float32]
    """(nodes,) Values less than this leave the mask as it is."""
    kept: NDArray[np.uint32]
    """(nodes,) Leaves that stay possible otherwise."""
    begins: NDArray[np.bool_]
    """(words,) Whether a word is the first of its tree."""
    ends: NDArray[np.bool_]
    """(words,) Whether it is the last."""
    first_vote: NDArray[np.int64]
    """(words + 1,) Where the votes of each word begin."""
    leaves: NDArray[np.uint32]
    """(votes,) Leaves that give this vote."""
    label: NDArray[np.int64]
    """(votes,) The class that is voted for,"""
    weight: NDArray[np.float32]
    """(votes,) and with what weight."""


def mask_trees(forest: Forest, trees: NDArray[np.int64], places: NDArray[np.int64], classes: int) -> MaskTrees:
    """Make masks of some trees of a forest.

    Parameters
    ----------
    forest : Forest
        Where they stand.
    trees : (some,) int64
        Which trees.
    places : (forest.columns,) int64
        Where the value of each column will be found.
    classes : int
        Votes are counted for the classes before this one.
    """
    threshold = single_precision(forest.threshold)
    nodes: list[tuple[int, np.float32, int]] = []
    votes: list[tuple[int, int, float]] = []
    first_node, first_vote, begins, ends = [0], [0], [], []
    for tree in trees:
        leaves, spans = _leaves_and_spans(forest, int(forest.roots[tree]))
        words = -(-len(leaves) // _BITS)
        for word in range(words):
            low, high = word * _BITS, min((word + 1) * _BITS, len(leaves))
            for node, (start, stop) in spans.items():
                cleared = _bits(max(start, low) - low, min(stop, high) - low)
                if cleared:
                    nodes.append((int(places[forest.column[node]]), threshold[node], ~cleared & int(_ALL)))
            votes += _votes(forest.distributions[leaves[low:high], :classes])
            first_node.append(len(nodes))
            first_vote.append(len(votes))
            begins.append(word == 0)
            ends.append(word == words - 1)
    return MaskTrees(
        np.array(first_node, np.int64),
        np.array([node[0] for node in nodes], np.int64),
        np.array([node[1] for node in nodes], np.float32),
        np.array([node[2] for node in nodes], np.uint32),
        np.array(begins, np.bool_),
        np.array(ends, np.bool_),
        np.array(first_vote, np.int64),
        np.array([vote[0] for vote in votes], np.uint32),
        np.array([vote[1] for vote in votes], np.int64),
        np.array([vote[2] for vote in votes], np.float32),
    )


def _bits(start: int, stop: int) -> int:
    return (1 << stop) - (1 << start) if stop > start else 0


def _leaves_and_spans(forest: Forest, root: int) -> tuple[list[int], dict[int, tuple[int, int]]]:
    """Give the votes of a tree's leaves from left to right, and for each question the leaves to its left."""
    leaves: list[int] = []
    spans: dict[int, tuple[int, int]] = {}
    starts: dict[int, int] = {}
    waiting = [(root, False)]
    while waiting:
        node, left_is_done = waiting.pop()
        if forest.column[node] == LEAF:
            leaves.append(int(forest.left[node]))
        elif left_is_done:
            spans[node] = (starts[node], len(leaves))
            waiting.append((int(forest.right[node]), False))
        else:
            starts[node] = len(leaves)
            waiting += [(node, True), (int(forest.left[node]), False)]
    return leaves, spans


def _votes(distributions: NDArray[np.float64]) -> list[tuple[int, int, float]]:
    """Collect leaves that vote alike: for each class and weight the mask of its leaves."""
    found: dict[tuple[int, float], int] = {}
    for leaf, label in zip(*np.nonzero(distributions), strict=True):
        key = (int(label), float(distributions[leaf, label]))
        found[key] = found.get(key, 0) | 1 << int(leaf)
    return [(mask, label, weight) for (label, weight), mask in found.items()]


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def add_mask_votes(trees: MaskTrees, values: NDArray[np.float32], start: int, tally: NDArray[np.float32]) -> None:
    """Add the votes of all trees for one chunk of pixels.

    Parameters
    ----------
    trees : MaskTrees
        The trees.
    values : (columns, pixels) float32
        Features.
    start : int
        First pixel of the chunk.
    tally : (classes, CHUNK) float32
        Where the votes are counted.
    """
    possible = np.empty(CHUNK, np.uint32)
    undecided = np.empty(CHUNK, np.uint32)
    for word in range(len(trees.begins)):
        for i in range(CHUNK):
            possible[i] = _ALL
        _ask(trees, word, values, start, possible)
        if not (trees.begins[word] and trees.ends[word]):
            _decide_once(possible, undecided, trees.begins[word])
        for vote in range(trees.first_vote[word], trees.first_vote[word + 1]):
            leaves, weight, line = trees.leaves[vote], trees.weight[vote], tally[trees.label[vote]]
            for i in range(CHUNK):
                lowest = possible[i] & (_NONE - possible[i])
                line[i] += weight if lowest & leaves != _NONE else np.float32(0.0)


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def _ask(trees: MaskTrees, word: int, values: NDArray[np.float32], start: int, possible: NDArray[np.uint32]) -> None:
    """Ask the questions of one word, four at a time."""
    node, end = trees.first_node[word], trees.first_node[word + 1]
    stop = start + CHUNK
    while node + 3 < end:
        a, b = values[trees.column[node], start:stop], values[trees.column[node + 1], start:stop]
        c, d = values[trees.column[node + 2], start:stop], values[trees.column[node + 3], start:stop]
        at, bt, ct, dt = (
            trees.threshold[node],
            trees.threshold[node + 1],
            trees.threshold[node + 2],
            trees.threshold[node + 3],
        )
        ak, bk, ck, dk = trees.kept[node], trees.kept[node + 1], trees.kept[node + 2], trees.kept[node + 3]
        for i in range(CHUNK):
            mask = possible[i]
            mask &= _ALL if a[i] < at else ak
            mask &= _ALL if b[i] < bt else bk
            mask &= _ALL if c[i] < ct else ck
            mask &= _ALL if d[i] < dt else dk
            possible[i] = mask
        node += 4
    while node < end:
        a, at, ak = values[trees.column[node], start:stop], trees.threshold[node], trees.kept[node]
        for i in range(CHUNK):
            possible[i] &= _ALL if a[i] < at else ak
        node += 1


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def _decide_once(
    possible: NDArray[np.uint32],
    undecided: NDArray[np.uint32],
    begins: bool,  # noqa: FBT001 - compiled
) -> None:
    """Clear the leaves of pixels that an earlier word of the tree has decided."""
    if begins:
        for i in range(CHUNK):
            undecided[i] = _ALL
    for i in range(CHUNK):
        mask = possible[i] & undecided[i]
        undecided[i] = undecided[i] if possible[i] == _NONE else _NONE
        possible[i] = mask
