"""How sure a ratio of medians is."""

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEVEL = 0.95
_FEWEST = 5
"""Cells below which the order of a few values says nothing of the median's error."""
_SITES = 3
"""Sites from which on their spread counts."""


def log_error_of_median(values: Floats) -> float:
    """Give the standard error of the logarithm of a median, from the values between which it lies.

    Parameters
    ----------
    values : (n,) float
        A sample; NaN, if the median's interval reaches 0 or the sample is too small.

    Notes
    -----
    The ranks n/2 ± z·√n/2 hold the median with the probability that z stands for, whatever the distribution.
    """
    if values.size < _FEWEST:
        return float("nan")
    z = NormalDist().inv_cdf((1 + LEVEL) / 2)
    half = z * np.sqrt(values.size) / 2
    ordered = np.sort(values)
    low = ordered[max(int(np.floor(values.size / 2 - half)), 0)]
    high = ordered[min(int(np.ceil(values.size / 2 + half)), values.size - 1)]
    return float(np.log(high / low) / (2 * z)) if low > 0 else float("nan")


def ratio_interval(infected: Floats, control: Floats, ratios: Floats) -> tuple[float, float]:
    """Give the interval of 95 % of a ratio of two medians: of chance alone, not of wrong outlines or classes.

    Parameters
    ----------
    infected, control : (n,), (m,) float
        Values of cells, background taken off.
    ratios : (sites,) float
        Ratio of each site by itself; where they spread more than their cells explain, that counts.

    Returns
    -------
    (float, float)
        NaN where a class has too few cells.
    """
    cells = np.hypot(log_error_of_median(infected), log_error_of_median(control))
    sites = ratios[np.isfinite(ratios) & (ratios > 0)]
    between = np.log(sites).std(ddof=1) / np.sqrt(sites.size) if sites.size >= _SITES else 0.0
    if not np.isfinite(cells):
        return float("nan"), float("nan")
    reach = NormalDist().inv_cdf((1 + LEVEL) / 2) * max(float(cells), float(between))
    ratio = np.median(infected) / np.median(control)
    return float(ratio * np.exp(-reach)), float(ratio * np.exp(reach))
