"""The steps of an axis: the values that a parameter has, or ranges of them where there are too many."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from batchwork.tactile.results.observations import Column, Floats

MOST_EXACT: Final = 40
"""Values that are each shown for themselves."""


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """The steps of one axis.

    Attributes
    ----------
    of : (n,) int64
        Which level each sample has; -1 for none.
    labels : tuple of str
        What each level is called.
    centres : (levels,) float64
        Where it stands on an axis of numbers; words are counted from 0.
    """

    of: NDArray[np.int64]
    labels: tuple[str, ...]
    centres: Floats

    def __len__(self) -> int:
        return len(self.labels)

    @classmethod
    def all_in_one(cls, samples: int) -> "Levels":
        """Give the one level of samples that differ in nothing."""
        return cls(np.zeros(samples, np.int64), ("all",), np.zeros(1))

    @classmethod
    def exact(cls, column: Column) -> "Levels":
        """Give each value a level; numbers in rising order, words in the order of the sweep."""
        found = np.unique(column.values[~np.isnan(column.values)])
        place = np.searchsorted(found, column.values)
        of = np.where(np.isnan(column.values), -1, place)
        labels = tuple(column.words[int(value)] if column.words else f"{value:.6g}" for value in found)
        return cls(of, labels, found)

    @classmethod
    def binned(cls, column: Column, bins: int) -> "Levels":
        """Put values together into ranges that hold about the same number of different ones."""
        found = np.unique(column.values[~np.isnan(column.values)])
        edges = np.unique(np.quantile(found, np.linspace(0, 1, bins + 1)))
        place = np.clip(np.searchsorted(edges, column.values, side="right") - 1, 0, len(edges) - 2)
        of = np.where(np.isnan(column.values), -1, place)
        labels = tuple(f"{low:.3g}–{high:.3g}" for low, high in pairwise(edges))
        return cls(of, labels, (edges[:-1] + edges[1:]) / 2)

    @classmethod
    def at_most(cls, column: Column, most: int) -> "Levels":
        """Give each value a level unless there are more than so many; words are never put together."""
        exact = cls.exact(column)
        return exact if len(exact) <= most or column.words else cls.binned(column, most)


def pair_of_levels(x: Column, y: Column) -> tuple[Levels, Levels]:
    """Give the levels of a heat map's axes.

    Values that form a lattice are each shown for themselves; points scattered over the plane, as designs make
    them, are put together so that some fall into each cell.
    """
    across, up = Levels.exact(x), Levels.exact(y)
    pairs = len(np.unique(np.stack([across.of, up.of]), axis=1).T)
    is_lattice = 2 * pairs >= len(across) * len(up)
    if is_lattice and max(len(across), len(up)) <= MOST_EXACT:
        return across, up
    bins = min(max(round(math.sqrt(pairs / 4)), 3), MOST_EXACT // 2)
    return Levels.at_most(x, bins), Levels.at_most(y, bins)
