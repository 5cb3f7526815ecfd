"""Soft classes of cells: a logistic model with known priors, the prior of a sample, medians of mixed classes."""

from dataclasses import dataclass
from typing import Self

import numba as nb
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from batchwork.errors import ParameterError

Floats = NDArray[np.float64]

_CLIP = 4.0
"""Standardised features end here, so that a strange cell is not extrapolated to."""
_SURE = 12.0
"""Largest log odds that are given."""
_SHRINKAGE = 1.0
_TURNS, _STILL = 50, 1e-6
_PRIOR_TURNS, _PRIOR_STILL = 500, 1e-7
_APART = 1e8
"""Condition number from which on probabilities tell no classes apart."""
_PRIORS = (0.005, 0.995)
_MIXING_TURNS, _FAR, _EVEN = 15, 3.0, 0.5
_NEVER = 1e-9
_STRAY = 0.004
"""Density of cells that belong to neither normal, a cell per unit of their values."""


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic model, quadratic in standardised features; its log odds are those at a prior of one half."""

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]

    @classmethod
    def fit(cls, features: Floats, infected: NDArray[np.bool_], prior: Floats) -> Self:
        """Fit by Newton's method with a small ridge.

        Parameters
        ----------
        features : (cells, k) float
        infected : (cells,) bool
        prior : (cells,) float
            Share of infected cells where each cell comes from, between 0 and 1.

        Raises
        ------
        ParameterError
            If one class is missing.
        """
        if infected.all() or not infected.any():
            raise ParameterError("classes cannot be learned from cells of one class")
        mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-9
        terms, offset = _quadratic((features - mean) / scale), logit(prior)
        ridge = np.full(terms.shape[1], _SHRINKAGE)
        ridge[0] = 1e-6
        weights = np.zeros(terms.shape[1])
        for _ in range(_TURNS):
            share = expit(terms @ weights + offset)
            slope = terms.T @ (infected - share) - ridge * weights
            curve = (terms * (share * (1 - share))[:, None]).T @ terms + np.diag(ridge)
            step = np.linalg.solve(curve, slope)
            weights += step
            if np.abs(step).max() < _STILL:
                break
        return cls(tuple(mean.tolist()), tuple(scale.tolist()), tuple(weights.tolist()))

    def log_odds(self, features: Floats) -> Floats:
        """Give the log odds of infection at even priors: (cells,)."""
        terms = _quadratic((features - np.array(self.mean)) / np.array(self.scale))
        return np.asarray(np.clip(terms @ np.array(self.weights), -_SURE, _SURE))


def _quadratic(features: Floats) -> Floats:
    """Give 1, every feature, and every product of two."""
    x = np.clip(features, -_CLIP, _CLIP)
    rows, columns = np.triu_indices(x.shape[1])
    return np.column_stack([np.ones(len(x)), x, x[:, rows] * x[:, columns]])


def probabilities(log_odds: Floats) -> tuple[Floats, float]:
    """Give each cell's probability of infection, and the share of infected cells that makes them most likely.

    Parameters
    ----------
    log_odds : (cells,) float
        At even priors, of the cells of one well.

    References
    ----------
    Saerens, Latinne & Decaestecker, Neural Computation 14 (2002) 21.
    """
    share = 0.5
    for _ in range(_PRIOR_TURNS):
        found = expit(log_odds + logit(share))
        last, share = share, float(np.clip(found.mean(), *_PRIORS)) if found.size else share
        if abs(share - last) < _PRIOR_STILL:
            break
    return np.asarray(expit(log_odds + logit(share))), share


def unmixed_medians(values: Floats, probability: Floats) -> tuple[float, float]:
    """Give the medians of both classes of a mixed sample.

    Parameters
    ----------
    values : (cells,) float
    probability : (cells,) float
        That a cell is of the first class.

    Returns
    -------
    (float, float)
        Of the first and the second class; NaN where the probabilities cannot tell them apart.

    Notes
    -----
    At each value x the share of cells below it, E[v < x | p] = p F₁(x) + (1 - p) F₂(x), is fitted by least squares; the
    two distributions are then weighted sums of steps, with weights that are the same for each x and may be negative.
    """
    both = np.stack([probability, 1 - probability])
    gram = both @ both.T
    if not values.size or np.linalg.cond(gram) > _APART:
        return float("nan"), float("nan")
    weights = np.linalg.solve(gram, both)
    order = np.argsort(values, kind="stable")
    first, second = (_median(values[order], np.cumsum(weights[k, order])) for k in range(2))
    return first, second


def _median(values: Floats, below: Floats) -> float:
    """Give where a distribution that may fall a little crosses one half, from both sides."""
    last = values.size - 1
    rising = np.searchsorted(np.maximum.accumulate(below), 0.5)
    falling = np.searchsorted(np.minimum.accumulate(below[::-1])[::-1], 0.5)
    return float((values[min(int(rising), last)] + values[min(int(falling), last)]) / 2)


@nb.njit(nogil=True, cache=True)
def _two_normals(values: Floats, share: Floats, middle: Floats, sigma: float) -> float:
    first, second = middle
    narrow, far = 0.5 / sigma**2, _FAR * sigma
    for _ in range(_MIXING_TURNS):
        ones = sums = other_ones = other_sums = 0.0
        for k in range(values.size):
            one = share[k] * np.exp(-narrow * (values[k] - first) ** 2) + _NEVER
            other = (1 - share[k]) * np.exp(-narrow * (values[k] - second) ** 2) + _NEVER
            weight = one / (one + other)
            if abs(values[k] - (first if weight > _EVEN else second)) < far:
                ones += weight
                sums += weight * values[k]
                other_ones += 1 - weight
                other_sums += (1 - weight) * values[k]
        first, second = sums / ones, other_sums / other_ones
    total = 0.0
    for k in range(values.size):
        one = share[k] * np.exp(-narrow * (values[k] - first) ** 2)
        other = (1 - share[k]) * np.exp(-narrow * (values[k] - second) ** 2)
        total += np.log((one + other) / sigma + _STRAY)
    return total


def mixture_likelihood(values: Floats, share: Floats, middle: Floats, sigma: float) -> float:
    """Give the log likelihood of values that are a mixture of two normals of one width.

    Parameters
    ----------
    values : (cells,) float
    share : (cells,) float
        Probability of each cell to be of the first.
    middle : (2,) float
        Where the two are to be looked for.
    sigma : float
        Their width, > 0.

    Notes
    -----
    The middles are those that make the values likeliest, by expectation and maximisation; cells further than three
    widths from theirs have no say. A small even density stands for cells that belong to neither.
    """
    return float(_two_normals(values, share, np.asarray(middle, np.float64), float(sigma)))
