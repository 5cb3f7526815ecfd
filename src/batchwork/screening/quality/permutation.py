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
_BLOCK, _ENOUGH = 500, 50
"""Arrangements that are drawn at a time; a statistic that so many of them have reached is not looked at any more."""
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
    was found counts as one of them. Of what is common fewer are drawn than of what is rare.

    Parameters
    ----------
    values : (n,) float
        Finite.
    statistics : sequence of Statistic
    draws : int
        At most.

    References
    ----------
    Besag, Clifford, Biometrika 78 (1991) 301: drawing until enough have reached it.
    Phipson, Smyth, Stat. Appl. Genet. Mol. Biol. 9 (2010) 39: why the found one counts.
    """
    ranks = centred_ranks(values)
    found = [float(statistic(ranks[None])[0]) for statistic in statistics]
    reached, drawn = np.ones(len(statistics), np.int64), np.zeros(len(statistics), np.int64)
    rng = np.random.default_rng(len(ranks))
    for start in range(0, draws, _BLOCK):
        open_ones = np.flatnonzero(reached < _ENOUGH)
        if not open_ones.size:
            break
        block = rng.permuted(np.broadcast_to(ranks, (min(_BLOCK, draws - start), len(ranks))), axis=1)
        drawn[open_ones] += len(block)
        for place in open_ones.tolist():
            reached[place] += int((statistics[place](block) >= found[place] * (1 - _ALIKE)).sum())
    return [float(p) for p in reached / (drawn + 1)]


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
