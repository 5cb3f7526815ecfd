"""Middle, spread and ranks that a few strange values do not move."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

SIGMAS_OF_MAD = 1.4826
"""1 / Φ⁻¹(3/4): a MAD times this is the standard deviation of normal values."""


def known(values: ArrayLike) -> Floats:
    """Take the finite ones of some values, as one column."""
    given = np.asarray(values, np.float64).ravel()
    return given[np.isfinite(given)]


def middle(values: ArrayLike) -> float:
    """Give the median of the finite values; NaN if there are none."""
    given = known(values)
    return float(np.median(given)) if given.size else float("nan")


def spread(values: ArrayLike) -> float:
    """Give the median absolute deviation of the finite values, times 1.4826; NaN if there are none."""
    given = known(values)
    return SIGMAS_OF_MAD * middle(np.abs(given - middle(given)))


def deviations(values: ArrayLike, least_spread: float) -> Floats:
    """Say how many robust standard deviations each value lies above the median of all.

    Parameters
    ----------
    values : (n,) float
        NaN where there is none; it stays NaN.
    least_spread : float, > 0
        The spread is taken to be no less, so that trifles of values that are all alike do not stand out.

    Returns
    -------
    (n,) float
    """
    given = np.asarray(values, np.float64)
    if not np.isfinite(given).any():
        return np.full(given.shape, np.nan)
    return np.asarray((given - middle(given)) / max(spread(given), least_spread))
