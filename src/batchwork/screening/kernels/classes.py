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
    weights = _unmixing(probability)
    if weights is None:
        return float("nan"), float("nan")
    order = np.argsort(values, kind="stable")
    first, second = (_quantile(values[order], np.cumsum(weights[k, order]), 0.5) for k in range(2))
    return first, second


def log_error_of_unmixed(values: Floats, probability: Floats) -> float:
    """Give the standard error of the logarithm of the ratio of unmixed medians, for which cells were seen.

    Parameters
    ----------
    values : (cells,) float
    probability : (cells,) float
        That a cell is of the first class.

    Returns
    -------
    float
        NaN where there are no such medians, or where they are not surely above 0.

    Notes
    -----
    Cell i lies below the median of class k with the probability q = p F₁ + (1 - p) F₂ of the distributions found there,
    so that the share found below it, a sum with known weights, has the variance Σ wᵢ² q (1 - q); the distribution leads
    from there to the median's error, as Woodruff takes it (Journal of the American Statistical Association 47 (1952)
    635). Both medians are of the same cells, and their covariance counts.
    """
    weights = _unmixing(probability)
    if weights is None:
        return float("nan")
    order = np.argsort(values, kind="stable")
    ordered, weights, shares = values[order], weights[:, order], probability[order]
    below = np.cumsum(weights, axis=1)
    medians = [_quantile(ordered, below[k], 0.5) for k in range(2)]
    at = np.clip(np.searchsorted(ordered, medians, side="right") - 1, 0, None)
    first, second = np.clip(below[:, at], 0, 1)
    chance = first[:, None] * shares + second[:, None] * (1 - shares)
    both = chance[int(np.argmin(at))]
    spread = np.sqrt((weights**2 * chance * (1 - chance)).sum(axis=1))
    together = (weights[0] * weights[1] * (both - chance[0] * chance[1])).sum() / spread.prod()
    ends = [[_quantile(ordered, below[k], 0.5 + side * spread[k]) for side in (-1, 1)] for k in range(2)]
    if min(low for low, _ in ends) <= 0:
        return float("nan")
    one, other = (np.log(high / low) / 2 for low, high in ends)
    return float(np.sqrt(max(one**2 + other**2 - 2 * together * one * other, 0.0)))


def _unmixing(probability: Floats) -> Floats | None:
    """Give what each cell weighs in the distributions of both classes: (2, cells)."""
    both = np.stack([probability, 1 - probability])
    gram = both @ both.T
    if not probability.size or np.linalg.cond(gram) > _APART:
        return None
    return np.asarray(np.linalg.solve(gram, both))


def _quantile(values: Floats, below: Floats, share: float) -> float:
    """Give where a distribution that may fall a little crosses a share, from both sides."""
    last = values.size - 1
    rising = np.searchsorted(np.maximum.accumulate(below), share)
    falling = np.searchsorted(np.minimum.accumulate(below[::-1])[::-1], share)
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
