"""A random forest as a table of nodes.

Trees stand one after the other, each with its root first and the nodes below it after it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError

LEAF = -1
"""Stands for the column of a node that asks nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Trees that vote with the class distributions of their leaves, all with the same weight.

    Raises
    ------
    ParameterError
        If the arrays contradict each other.
    """

    column: NDArray[np.int32]
    """(nodes,) Column that a node asks for, `LEAF` in leaves."""
    threshold: NDArray[np.float64]
    """(nodes,) The way goes left where the value is less than this."""
    left: NDArray[np.int32]
    """(nodes,) The node to the left; in a leaf its row in `distributions`."""
    right: NDArray[np.int32]
    """(nodes,) The node to the right; -1 in a leaf."""
    distributions: NDArray[np.float64]
    """(leaves, classes) The vote of each leaf."""
    roots: NDArray[np.int32]
    """(trees,) Where each tree begins."""
    columns: int
    """Columns of the feature matrix that the forest was trained on."""

    def __post_init__(self) -> None:
        """Check that every way through the trees ends in a leaf."""
        nodes = np.arange(len(self.column))
        inner = self.column != LEAF
        if len(self.roots) == 0 or self.roots[0] != 0 or np.any(np.diff(self.roots) < 1):
            raise ParameterError("a forest has at least one tree, and its roots stand in order from 0 on")
        if np.any(self.column < LEAF) or np.any(self.column >= self.columns):
            raise ParameterError(f"a node asks for a column that is none of the {self.columns}")
        ends = np.append(self.roots[1:], len(self.column))[np.searchsorted(self.roots, nodes, side="right") - 1]
        for child in (self.left, self.right):
            if np.any((child <= nodes)[inner]) or np.any((child >= ends)[inner]):
                raise ParameterError("a node leads to one that does not stand below it in its tree")
        if np.any(self.left[~inner] < 0) or np.any(self.left[~inner] >= len(self.distributions)):
            raise ParameterError("a leaf has no class distribution")

    @property
    def classes(self) -> int:
        """Number of classes."""
        return int(self.distributions.shape[1])

    @property
    def trees(self) -> int:
        """Number of trees."""
        return len(self.roots)

    def used_columns(self) -> NDArray[np.int32]:
        """Give the columns that any node asks for, in order."""
        return np.unique(self.column[self.column != LEAF])


def single_precision(threshold: NDArray[np.float64]) -> NDArray[np.float32]:
    """Round thresholds up to single precision, so that every float32 compares as with the threshold itself.

    Parameters
    ----------
    threshold : (…,) float64

    Returns
    -------
    (…,) float32
        The smallest values that are not less than the thresholds.
    """
    rounded = threshold.astype(np.float32)
    return np.where(rounded.astype(np.float64) < threshold, np.nextafter(rounded, np.float32(np.inf)), rounded)
