"""How often chance alone would do as much: permutation tests of places and of order."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Statistic = Callable[[Floats], Floats]
"""(draws, n) ranks around 0 → (draws,) how much there is of an effect."""

DRAWS = 9999
_BLOCK = 1_000_000
"""Values that are drawn at a time."""
_ALIKE = 1e-9
"""Statistics that differ less are taken as equal: sums of the same ranks in another order."""


def centred_ranks(values: Floats) -> Floats:
    """Rank values, ties in the middle of their places, around 0."""
    return np.asarray(rankdata(values) - (len(values) + 1) / 2)


def among_groups(group: Places) -> Statistic:
    """Measure how far apart groups lie: the sum of squares between them, as Kruskal and Wallis have it.

    Parameters
    ----------
    group : (n,) int
        0 … m-1, each of them at least once.

    References
    ----------
    Kruskal, Wallis, J. Am. Stat. Assoc. 47 (1952) 583.
    """
    counts = np.bincount(group)
    member = np.zeros((len(group), len(counts)))
    member[np.arange(len(group)), group] = 1 / np.sqrt(counts[group])
    return lambda ranks: np.square(ranks @ member).sum(axis=-1)


def along(order: Floats) -> Statistic:
    """Measure how steadily values rise or fall along an order: the size of Spearman's correlation, unscaled."""
    places = centred_ranks(order)
    return lambda ranks: np.abs(ranks @ places)


def chances(values: Floats, statistics: Sequence[Statistic], *, draws: int = DRAWS) -> list[float]:
    """Give for each statistic the share of arrangements of the values that have at least as much of it.

    The arrangements are the same in every call with as many values, so that results are reproducible; the one that
    was found counts as one of them.

    Parameters
    ----------
    values : (n,) float
        Finite.
    statistics : sequence of Statistic
    draws : int

    References
    ----------
    Phipson, Smyth, Stat. Appl. Genet. Mol. Biol. 9 (2010) 39: why the found one counts.
    """
    ranks = centred_ranks(values)
    found = [float(statistic(ranks[None])[0]) for statistic in statistics]
    reached = np.ones(len(statistics))
    rng = np.random.default_rng(len(ranks))
    rows = max(1, _BLOCK // max(len(ranks), 1))
    for start in range(0, draws, rows):
        drawn = rng.permuted(np.broadcast_to(ranks, (min(rows, draws - start), len(ranks))), axis=1)
        for place, statistic in enumerate(statistics):
            reached[place] += int((statistic(drawn) >= found[place] * (1 - _ALIKE)).sum())
    return [float(count) / (draws + 1) for count in reached]


def adjusted(chance: Sequence[float]) -> list[float]:
    """Adjust probabilities for how many were looked at, by Holm's steps; NaN stays and does not count.

    Examples
    --------
    >>> adjusted([0.01, 0.04, float("nan"), 0.03])
    [0.03, 0.06, nan, 0.06]

    References
    ----------
    Holm, Scand. J. Stat. 6 (1979) 65.
    """
    found = list(chance)
    places = sorted((place for place, p in enumerate(found) if p == p), key=lambda place: found[place])  # noqa: PLR0124 - so is NaN told
    least = 0.0
    for passed, place in enumerate(places):
        least = max(least, min(1.0, found[place] * (len(places) - passed)))
        found[place] = least
    return found
