"""Large trees, walked from node to node by several pixels in turn, so that the memory's delays overlap."""

from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.kernels.forest import LEAF, Forest, single_precision
from batchwork.pixels.kernels.lines import CONTRACT
from batchwork.pixels.kernels.masks import CHUNK

_TOGETHER = 16


class WalkTrees(NamedTuple):
    """Trees as nodes whose two children stand side by side; leaves lead to themselves."""

    root: NDArray[np.int64]
    """(trees,)"""
    depth: NDArray[np.int64]
    """(trees,) Questions on the longest way."""
    column: NDArray[np.int64]
    """(nodes,) Place of the column that a node asks for."""
    threshold: NDArray[np.float32]
    """(nodes,) Values less than this go left; infinite in leaves."""
    left: NDArray[np.int64]
    """(nodes,) The child to the left, in leaves the node itself; that to the right is the next one."""
    votes: NDArray[np.float32]
    """(nodes, classes) The votes of leaves."""


def walk_trees(forest: Forest, trees: NDArray[np.int64], places: NDArray[np.int64], classes: int) -> WalkTrees:
    """Lay some trees of a forest out for walking, level by level.

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
    order: list[int] = []
    left: list[int] = []
    roots, depths = [], []
    for tree in trees:
        roots.append(len(order))
        level, depth = [int(forest.roots[tree])], 0
        order += level
        while level:
            below = [node for node in level if forest.column[node] != LEAF]
            children = [int(child) for node in below for child in (forest.left[node], forest.right[node])]
            first = iter(range(len(order), len(order) + len(children), 2))
            left += [next(first) if forest.column[node] != LEAF else len(left) + i for i, node in enumerate(level)]
            order += children
            level, depth = children, depth + bool(children)
        depths.append(depth)
    nodes = np.array(order, np.int64)
    leaf = forest.column[nodes] == LEAF
    votes = np.zeros((len(nodes), classes), np.float32)
    votes[leaf] = forest.distributions[forest.left[nodes[leaf]], :classes]
    return WalkTrees(
        np.array(roots, np.int64),
        np.array(depths, np.int64),
        np.where(leaf, 0, places[forest.column[nodes]]),
        np.where(leaf, np.float32(np.inf), single_precision(forest.threshold[nodes])),
        np.array(left, np.int64),
        votes,
    )


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def add_walk_votes(trees: WalkTrees, values: NDArray[np.float32], start: int, tally: NDArray[np.float32]) -> None:
    """Add the votes of all trees for one chunk of pixels.

    Parameters
    ----------
    trees : WalkTrees
        The trees.
    values : (columns, pixels) float32
        Features.
    start : int
        First pixel of the chunk.
    tally : (classes, CHUNK) float32
        Where the votes are counted.
    """
    at = np.empty(_TOGETHER, np.int64)
    for tree in range(len(trees.root)):
        for first in range(0, CHUNK, _TOGETHER):
            for k in range(_TOGETHER):
                at[k] = trees.root[tree]
            for _ in range(trees.depth[tree]):
                for k in range(_TOGETHER):
                    node = at[k]
                    is_left = values[trees.column[node], start + first + k] < trees.threshold[node]
                    at[k] = trees.left[node] + (0 if is_left or trees.left[node] == node else 1)
            for label in range(tally.shape[0]):
                for k in range(_TOGETHER):
                    tally[label, first + k] += trees.votes[at[k], label]
