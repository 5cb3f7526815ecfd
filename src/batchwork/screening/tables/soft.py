"""Scores of wells whose cells have probabilities instead of classes, corrected by what twins of the plate taught."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from batchwork.screening.kernels.classes import log_error_of_unmixed
from batchwork.screening.tables.calibration import Calibration
from batchwork.screening.tables.cell_light import CellLight, cell_light, good_cells
from batchwork.screening.tables.confidence import LEVEL
from batchwork.screening.tables.sites import SiteTable
from batchwork.screening.tables.table import Table
from batchwork.screening.tables.twins import Twins

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_FEWEST = 50
"""Cells below which a well is not scored softly."""
_TWIN_ERROR = 0.01
"""Error of the logarithm of scores for all that twins have not in common with a plate, as measured on plates of four
looks (docs/screening-scores.md)."""
_EVEN = 0.5


@dataclass(frozen=True, slots=True)
class SoftScore:
    """The score of one well.

    Attributes
    ----------
    score, low, high : float
        With the ends of its interval of 95 %.
    share : float
        Of infected cells.
    probability : (cells,) float
        Of infection, of all cells of the well; NaN for cells that are left out.
    """

    score: float
    low: float
    high: float
    share: float
    probability: Floats


def score_softly(
    sites: Sequence[SiteTable],
    plate: Calibration,
    serum: str,
    backgrounds: Sequence[float],
    counts: Mask,
    twins: Twins,
) -> SoftScore | None:
    """Score a well; None where twins taught nothing or its cells are too few.

    Parameters
    ----------
    sites : sequence of SiteTable
    plate : Calibration
    serum : str
        Role.
    backgrounds : sequence of float
        Of the serum in each site, in counts.
    counts : (cells,) bool
        Cells of all sites that count.
    twins : Twins
    """
    if twins.statistics is None or not twins.models:
        return None
    parts = [cell_light(site, plate, serum, b) for site, b in zip(sites, backgrounds, strict=True)]
    kept = counts & np.concatenate([good_cells(site, serum) for site in sites])
    if kept.sum() < _FEWEST:
        return None
    light = CellLight.joined(parts).where(kept)
    scored = [model.score(light, twins.statistics.marker, twins.bend) for model in twins.models]
    best, ratios = scored[0], np.array([s.ratio for s in scored])
    if not np.isfinite(ratios).all():
        return None
    chance = best.gain * log_error_of_unmixed(light.serum, best.probability)
    error = np.sqrt(chance**2 + _jackknifed(np.log(ratios[1:])) ** 2 + _TWIN_ERROR**2)
    reach = NormalDist().inv_cdf((1 + LEVEL) / 2) * error
    probability = np.full(kept.size, np.nan)
    probability[kept] = best.probability
    low, high = best.ratio * np.exp(-reach), best.ratio * np.exp(reach)
    return SoftScore(best.ratio, float(low), float(high), best.share, probability)


def _jackknifed(values: Floats) -> float:
    """Give the standard error of a figure from its values with one group after the other left out."""
    return float(np.sqrt((values.size - 1) * np.mean((values - values.mean()) ** 2)))


def with_classes(cells: Table, found: SoftScore | None) -> Table:
    """Add each cell's probability of infection; where it is known, the class is the more probable one."""
    above = cells["infected"].astype(bool)
    probability = np.full(len(cells), np.nan) if found is None else found.probability
    known = np.isfinite(probability)
    infected = np.where(known, np.nan_to_num(probability) > _EVEN, above)
    return Table({**cells.columns, "infected": infected, "above_threshold": above, "probability": probability})
