"""The smallest ratio that a plate can detect, from how much sites of a well and wells of a control differ."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from batchwork.screening.quality.robust import known

Floats = NDArray[np.float64]

ALPHA, POWER = 0.05, 0.8
FEWEST_WELLS = 3


@dataclass(frozen=True, slots=True)
class Detectable:
    """The smallest ratio that is found in 80 % of the wells that have it, at a level of 5 %, two-sided.

    Attributes
    ----------
    ratio : float
        Above 1; NaN with a reason.
    between_wells : float
        Standard deviation of the logarithm between wells of the negative controls beyond what their sites explain;
        NaN without controls.
    within_well : float
        Standard deviation of the logarithm between sites of one well.
    sites : float
        Of a well, the median.
    wells : int
        That the estimate rests on: negative controls, or else all wells.
    basis : str
        "controls" or "sites"; the latter does not know how wells differ, and is a lower bound.
    reason : str
        Why there is none.
    """

    ratio: float = float("nan")
    between_wells: float = float("nan")
    within_well: float = float("nan")
    sites: float = float("nan")
    wells: int = 0
    basis: str = ""
    reason: str = ""


def detectable_ratio(wells: Sequence[Floats], negatives: Sequence[Floats]) -> Detectable:
    """Find the smallest ratio that a plate can detect.

    With controls: one well against the n wells of the negative controls, whose mean logarithms have the standard
    deviation s, ν = n - 1:

        ratio = exp((t(1-α/2, ν) + t(1-β, ν)) · s · √(1 + 1/n)).

    Without: one well of m sites against a known 1, with the standard deviation w of the logarithm between sites of
    one well, pooled over all wells, ν the sum of their sites less one:

        ratio = exp((t(1-α/2, ν) + t(1-β, ν)) · w / √m).

    Parameters
    ----------
    wells : sequence of (sites,) float
        Ratio of each site, for each well that is scored; NaN is left out.
    negatives : sequence of (sites,) float
        Those of the negative controls among them.

    References
    ----------
    Minimum detectable effect: Bloom, Eval. Rev. 19 (1995) 547. Components of variance: Snedecor, Cochran, Statistical
    Methods, 8th ed. (1989), chapter 13.
    """
    told = [sites for sites in map(_logs, wells) if sites.size]
    controls = [sites for sites in map(_logs, negatives) if sites.size]
    within, freedom = _within(told)
    sites = float(np.median([len(one) for one in told])) if told else float("nan")
    if len(controls) >= FEWEST_WELLS:
        return _by_controls(controls, within, sites)
    if freedom < FEWEST_WELLS:
        return Detectable(sites=sites, wells=len(told), reason=_reason(len(controls), len(told)))
    ratio = float(np.exp(_factor(freedom) * within / np.sqrt(sites)))
    return Detectable(ratio, float("nan"), within, sites, len(told), "sites")


def _logs(ratios: Floats) -> Floats:
    given = known(ratios)
    return np.log(given[given > 0])


def _within(wells: Sequence[Floats]) -> tuple[float, int]:
    """Pool the standard deviation within wells, and its degrees of freedom."""
    squares = sum(float(np.square(sites - sites.mean()).sum()) for sites in wells)
    freedom = sum(len(sites) - 1 for sites in wells)
    return (float(np.sqrt(squares / freedom)) if freedom else float("nan")), freedom


def _by_controls(controls: Sequence[Floats], within: float, sites: float) -> Detectable:
    means = np.array([one.mean() for one in controls])
    s, n = float(means.std(ddof=1)), len(means)
    explained = within**2 * float(np.mean([1 / len(one) for one in controls])) if np.isfinite(within) else 0.0
    between = float(np.sqrt(max(s**2 - explained, 0.0)))
    ratio = float(np.exp(_factor(n - 1) * s * np.sqrt(1 + 1 / n)))
    return Detectable(ratio, between, within, sites, n, "controls")


def _factor(freedom: int) -> float:
    return float(stats.t.ppf(1 - ALPHA / 2, freedom) + stats.t.ppf(POWER, freedom))


def _reason(controls: int, wells: int) -> str:
    return (
        f"not enough controls: {controls} negative with a ratio, {FEWEST_WELLS} are needed; "
        f"and too few sites to tell how sites of one of the {wells} wells differ"
    )
