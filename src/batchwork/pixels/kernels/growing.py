"""Training of random forests, seeded and the same for any number of threads."""

import math
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.pixels.kernels.forest import LEAF, Forest
from batchwork.pixels.kernels.growing_trees import GrowingTable, GrownTree, grow_tree

TREES = 100
"""Trees of a forest, as ilastik has them."""


@dataclass(frozen=True, slots=True, eq=False)
class GrownForest:
    """A forest and what its training tells."""

    forest: Forest
    samples: NDArray[np.int64]
    """(leaves,) Rows that ended in each leaf, as often as they were drawn."""
    unseen_votes: NDArray[np.float64]
    """(rows, classes) Mean vote of the trees that did not see a row; NaN where all have seen it."""
    importance: NDArray[np.float64]
    """(columns,) Mean decrease of Gini impurity, per tree and row."""
    out_of_bag_error: float
    """Share of the rows that the trees which did not see them vote wrongly on; NaN where all saw all rows."""


def columns_tried(columns: int) -> int:
    """Give how many columns a node draws: the square root, rounded, as vigra has it."""
    return max(1, math.floor(math.sqrt(columns) + 0.5))


def grow_forest(
    values: NDArray[np.float32],
    classes: NDArray[np.integer],
    *,
    class_count: int,
    trees: int = TREES,
    seed: int = 0,
    threads: int | None = None,
) -> GrownForest:
    """Train a random forest.

    Parameters
    ----------
    values : (rows, columns) float32
        Feature columns of the labelled pixels; finite.
    classes : (rows,) int
        Class of each row, from 0 to below `class_count`.
    class_count : int
        Number of classes.
    trees : int, optional
        Number of trees.
    seed : int, optional
        Chooses the random numbers; each tree has its own, so that threads change nothing.
    threads : int, optional
        Trees that are grown at once; by default as many as numba uses.

    Returns
    -------
    GrownForest

    Raises
    ------
    ParameterError
        If values or classes cannot be learnt from.
    """
    _check(values, classes, class_count, trees)
    workers = nb.get_num_threads() if threads is None else threads
    if workers < 1:
        raise ParameterError(f"threads must be at least 1, not {workers}")
    tried = columns_tried(values.shape[1])
    with ThreadPoolExecutor(workers) as pool:
        table = _table(values, classes, class_count, pool)
        seeds = np.random.SeedSequence(seed).generate_state(trees, np.uint64)
        grown = pool.map(lambda one: grow_tree(table, tried, one), seeds)
        return _assemble(grown, np.asarray(classes), values.shape[1], class_count)


def _check(values: NDArray[np.float32], classes: NDArray[np.integer], class_count: int, trees: int) -> None:
    if values.ndim != 2 or 0 in values.shape or classes.shape != values.shape[:1]:  # noqa: PLR2004 - rows and columns
        raise ParameterError(f"values {values.shape} and classes {classes.shape} must have the same rows, at least one")
    if values.dtype != np.float32 or classes.dtype.kind not in "iu":
        raise ParameterError(f"values must be float32 and classes whole numbers, not {values.dtype}, {classes.dtype}")
    if not np.isfinite(values).all():
        raise ParameterError("values must be finite; a feature is NaN or infinite")
    if trees < 1 or classes.min() < 0 or classes.max() >= class_count:
        raise ParameterError(f"classes must lie between 0 and {class_count - 1}, and {trees} trees be at least 1")


def _table(
    values: NDArray[np.float32], classes: NDArray[np.integer], class_count: int, pool: ThreadPoolExecutor
) -> GrowingTable:
    """Replace values by their places among the distinct ones."""
    found = list(pool.map(lambda column: np.unique(column, return_inverse=True), values.T))
    ranks = np.array([inverse for _, inverse in found], np.int32)
    first = np.cumsum([0, *(len(distinct) for distinct, _ in found)])
    distinct = np.concatenate([one for one, _ in found])
    return GrowingTable(ranks, distinct, first, np.ascontiguousarray(classes, np.int32), class_count)


def _assemble(grown: Iterable[GrownTree], classes: NDArray[np.integer], columns: int, class_count: int) -> GrownForest:
    """Put trees one after the other, in the order of their numbers."""
    votes, voters = np.zeros((len(classes), class_count)), np.zeros(len(classes), np.int64)
    importance, kept, nodes, leaves = np.zeros(columns), [], [0], 0
    for tree in grown:
        unseen = np.flatnonzero(tree.unseen >= 0)
        shares = tree.counts / tree.counts.sum(1, keepdims=True)
        votes[unseen] += shares[tree.unseen[unseen]]
        voters[unseen] += 1
        importance += tree.gain
        kept.append((*_moved(tree, nodes[-1], leaves), tree.counts))
        nodes.append(nodes[-1] + len(tree.column))
        leaves += len(tree.counts)
    column, threshold, left, right, counts = (np.concatenate(parts) for parts in zip(*kept, strict=True))
    samples = counts.sum(1)
    forest = Forest(column, threshold, left, right, counts / samples[:, None], np.array(nodes[:-1], np.int32), columns)
    with np.errstate(invalid="ignore"):
        unseen_votes = votes / voters[:, None]
    return GrownForest(forest, samples, unseen_votes, importance / len(kept), _error(unseen_votes, classes))


def _moved(
    tree: GrownTree, nodes: int, leaves: int
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.int32], NDArray[np.int32]]:
    """Number the nodes and leaves of a tree behind those of the trees before it."""
    is_leaf = tree.column == LEAF
    left = (tree.left + np.where(is_leaf, leaves, nodes)).astype(np.int32)
    right = np.where(is_leaf, -1, tree.right + nodes).astype(np.int32)
    return tree.column, tree.threshold, left, right


def _error(votes: NDArray[np.float64], classes: NDArray[np.integer]) -> float:
    judged = np.isfinite(votes[:, 0])
    return float(np.mean(votes[judged].argmax(1) != classes[judged])) if judged.any() else math.nan
