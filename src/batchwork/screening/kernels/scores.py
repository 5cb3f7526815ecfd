"""Scores of a well by the reference's formulas: how much more serum binds to infected cells than to the others.

Let I and C be the serum of infected and of control cells, a value for each cell, background taken off. All cells of
the sites that count are pooled; a score of a well is no mean of scores of its sites.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from batchwork.errors import ParameterError
from batchwork.screening.kernels.backgrounds import Level

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

THRESHOLD = 4.8
"""MADs of the background above its median from which a cell counts as infected."""
_LOW, _HIGH = 0.3, 0.7


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of one well; NaN where a class is empty or a divisor is 0."""

    infected_cells: int
    control_cells: int
    infected_median: float
    control_median: float
    control_mad: float
    """Without a factor."""
    ratio: float
    """median(I) / median(C), the score that is reported."""
    difference: float
    """median(I) - median(C)"""
    difference_over_sum: float
    """(median(I) - median(C)) / (median(I) + median(C))"""
    robust_z: float
    """(median(I) - median(C)) / MAD(C)"""
    ratio_of_means: float
    """mean(I) / mean(C)"""
    ratio_high_to_low: float
    """quantile 0.7 of I over quantile 0.3 of C"""
    ratio_low_to_high: float
    """quantile 0.3 of I over quantile 0.7 of C"""


@dataclass(frozen=True, slots=True)
class Significance:
    """Probabilities that both classes are drawn from one population; NaN with fewer than two cells in a class."""

    kolmogorov_smirnov: float
    welch_t: float
    rank_sum: float


def infected_cells(marker: NDArray[Any], background: Level, *, threshold: float = THRESHOLD) -> Mask:
    """Tell which cells are infected: marker > median + threshold · MAD of the background; the others are controls.

    Parameters
    ----------
    marker : (cells,) float
        Quantile 0.95 of the marker's white top-hat of radius 20 in each cell, in counts.
    background : Level
        Of the same image of the marker between the cells of the plate.
    threshold : float
        In MADs.

    Returns
    -------
    (cells,) bool
        False where the marker is NaN.
    """
    return np.asarray(np.asarray(marker) > background.median + threshold * background.mad)


def _over(value: float, divisor: float) -> float:
    return float(value / divisor) if divisor != 0 else np.nan


def _both(values: NDArray[Any], infected: NDArray[Any]) -> tuple[Floats, Floats]:
    given, mask = np.asarray(values, np.float64), np.asarray(infected, bool)
    if given.ndim != 1 or given.shape != mask.shape:
        raise ParameterError(f"values {given.shape} and infected {mask.shape} must be two columns of one table")
    known = np.isfinite(given)
    return given[known & mask], given[known & ~mask]


def score_cells(values: NDArray[Any], infected: NDArray[Any]) -> Scores:
    """Score pooled cells.

    Parameters
    ----------
    values : (cells,) float
        Serum of each cell, such as its mean, background taken off; cells with NaN are left out.
    infected : (cells,) bool
        Its class.

    Raises
    ------
    ParameterError
        If the lengths differ.
    """
    inside, control = _both(values, infected)
    high, low, spread = _quantile(inside, 0.5), _quantile(control, 0.5), _mad(control)
    return Scores(
        infected_cells=inside.size,
        control_cells=control.size,
        infected_median=high,
        control_median=low,
        control_mad=spread,
        ratio=_over(high, low),
        difference=high - low,
        difference_over_sum=_over(high - low, high + low),
        robust_z=_over(high - low, spread),
        ratio_of_means=_over(_mean(inside), _mean(control)),
        ratio_high_to_low=_over(_quantile(inside, _HIGH), _quantile(control, _LOW)),
        ratio_low_to_high=_over(_quantile(inside, _LOW), _quantile(control, _HIGH)),
    )


def _quantile(values: Floats, share: float) -> float:
    return float(np.quantile(values, share)) if values.size else np.nan


def _mean(values: Floats) -> float:
    return float(values.mean()) if values.size else np.nan


def _mad(values: Floats) -> float:
    return _quantile(np.abs(values - _quantile(values, 0.5)), 0.5)


def score_groups(
    values: NDArray[Any], infected: NDArray[Any], group: NDArray[Any], count: int, *, kept: NDArray[Any] | None = None
) -> list[Scores]:
    """Score each well, or each site, from a table of cells.

    Parameters
    ----------
    values, infected : (cells,)
        As of `score_cells`.
    group : (cells,) integers
        Place of each cell's well, 0 to `count` - 1.
    count : int
        Number of wells; one without cells has scores of NaN.
    kept : (cells,) bool, optional
        Cells that count: they pass quality control and so do their sites. All, if not given.
    """
    chosen = np.ones(np.shape(group), bool) if kept is None else np.asarray(kept, bool)
    places = np.flatnonzero(chosen)
    places = places[np.argsort(np.asarray(group)[places], kind="stable")]
    ends = np.searchsorted(np.asarray(group)[places], np.arange(1, count))
    table, classes = np.asarray(values), np.asarray(infected)
    return [score_cells(table[part], classes[part]) for part in np.split(places, ends)]


def significance(values: NDArray[Any], infected: NDArray[Any]) -> Significance:
    """Test whether infected cells differ from the others; parameters and errors as of `score_cells`."""
    inside, control = _both(values, infected)
    if min(inside.size, control.size) < 2:  # noqa: PLR2004 - one value has no variance
        return Significance(np.nan, np.nan, np.nan)
    return Significance(
        float(stats.ks_2samp(inside, control).pvalue),
        float(stats.ttest_ind(inside, control, equal_var=False).pvalue),
        float(stats.ranksums(inside, control).pvalue),
    )
