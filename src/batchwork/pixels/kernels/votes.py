"""A forest laid out for counting the votes of many pixels."""

from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.kernels.forest import LEAF, Forest
from batchwork.pixels.kernels.lines import CONTRACT, fill
from batchwork.pixels.kernels.masks import CHUNK, MaskTrees, add_mask_votes, mask_trees
from batchwork.pixels.kernels.walks import WalkTrees, add_walk_votes, walk_trees

MASK_LEAVES = 256
"""Trees with more leaves are walked."""


class VotingForest(NamedTuple):
    """The trees of a forest, each in the layout that is faster for it."""

    masks: MaskTrees
    walks: WalkTrees
    trees: int
    """Number of trees."""
    classes: int
    """Number of classes."""
    counted: int
    """Classes that are counted; the last one gets the rest where every leaf votes for one class alone."""


def voting_forest(forest: Forest) -> VotingForest:
    """Lay a forest out.

    Parameters
    ----------
    forest : Forest
        Its columns are expected in the order of `Forest.used_columns`.
    """
    places = np.zeros(forest.columns, np.int64)
    used = forest.used_columns()
    places[used] = np.arange(len(used))
    pure = bool(np.all(np.isin(forest.distributions, (0.0, 1.0))))
    counted = forest.classes - 1 if pure and forest.classes > 1 else forest.classes
    leaves = np.add.reduceat(forest.column == LEAF, forest.roots)
    small, large = np.flatnonzero(leaves <= MASK_LEAVES), np.flatnonzero(leaves > MASK_LEAVES)
    return VotingForest(
        mask_trees(forest, small, places, counted),
        walk_trees(forest, large, places, counted),
        forest.trees,
        forest.classes,
        counted,
    )


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def count_votes(forest: VotingForest, values: NDArray[np.float32], start: int, tally: NDArray[np.float32]) -> None:
    """Give the mean votes of one chunk of pixels.

    Parameters
    ----------
    forest : VotingForest
        The trees.
    values : (columns, pixels) float32
        Features, in the order of `Forest.used_columns`.
    start : int
        First pixel of the chunk.
    tally : (classes, CHUNK) float32
        Result.
    """
    fill(tally.ravel(), 0.0)
    add_mask_votes(forest.masks, values, start, tally[: forest.counted])
    add_walk_votes(forest.walks, values, start, tally[: forest.counted])
    trees = np.float32(forest.trees)
    if forest.counted < forest.classes:
        for i in range(CHUNK):
            rest = trees
            for label in range(forest.counted):
                rest -= tally[label, i]
            tally[forest.counted, i] = rest
    for label in range(forest.classes):
        for i in range(CHUNK):
            tally[label, i] /= trees


def forest_probabilities(forest: Forest, features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the class probabilities of rows of a feature matrix.

    Parameters
    ----------
    forest : Forest
        The trees.
    features : (rows, columns) float32
        All columns that the forest was trained on.

    Returns
    -------
    (rows, classes) float32
    """
    rows = len(features)
    values = np.zeros((max(len(forest.used_columns()), 1), -(-rows // CHUNK) * CHUNK), np.float32)
    values[: len(forest.used_columns()), :rows] = features[:, forest.used_columns()].T
    out = np.empty((values.shape[1], forest.classes), np.float32)
    _all_chunks(voting_forest(forest), values, out)
    return out[:rows]


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def _all_chunks(forest: VotingForest, values: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    tally = np.empty((forest.classes, CHUNK), np.float32)
    for start in range(0, values.shape[1], CHUNK):
        count_votes(forest, values, start, tally)
        out[start : start + CHUNK] = tally.T
