"""Probabilities of twins bent to a plate: where twins doubt classes more or less than the plate's serum allows.

The serum of a well mixes two distributions. How well shares of infected cells at each probability explain it tells
whether the probabilities are right, though it tells the class of no cell.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from batchwork.screening.kernels.classes import probabilities
from batchwork.screening.kernels.thresholds import SIGMA_PER_MAD
from batchwork.screening.tables.calibration import Calibration
from batchwork.screening.tables.cell_light import cell_light, good_cells
from batchwork.screening.tables.classifier import PLAIN, Bend, features_of
from batchwork.screening.tables.sites import SiteTable
from batchwork.screening.tables.twins import Twins

Floats = NDArray[np.float64]

_SHIFTS = (0.5, 0.0, -0.5, -1.0, -1.5, -2.0)
_SLOPES = (1.0, 0.8, 1.25, 1.6)
_LEAST_GAIN = 5.0
"""Log likelihood that another bend must gain over none."""
_FEWEST = 50
"""Cells of each class that a well must have to say something."""
_TURNS, _FAR, _EVEN = 15, 3.0, 0.5
_STRAY = 0.004
"""Density of cells that belong to neither distribution, a cell per unit of the logarithm."""


def bent_to(twins: Twins, sites: Iterable[SiteTable], plate: Calibration, serum: str) -> Twins:
    """Bend the probabilities that twins taught to the serum of a plate.

    Parameters
    ----------
    twins : Twins
    sites : iterable of SiteTable
        That count; each is looked at once.
    plate : Calibration
    serum : str
        Role.
    """
    if twins.statistics is None or not twins.models:
        return twins
    parts: dict[str, list[tuple[Floats, Floats]]] = {}
    for site in sites:
        light = cell_light(site, plate, serum, plate.levels[serum].median).where(good_cells(site, serum))
        odds = twins.models[0].classes.log_odds(features_of(light, twins.statistics.marker))
        parts.setdefault(site.name.well, []).append((odds, np.log(np.maximum(light.serum, 1))))
    wells = {
        well: (np.concatenate([odds for odds, _ in found]), np.concatenate([serum for _, serum in found]))
        for well, found in parts.items()
    }
    return replace(twins, bend=likeliest_bend(wells))


def likeliest_bend(wells: Mapping[str, tuple[Floats, Floats]]) -> Bend:
    """Give the bend that makes serum most likely; given are well → log odds, and logarithms of serum, of its cells."""
    telling = [(odds, serum) for odds, serum in wells.values() if _tells(odds)]
    if not telling:
        return PLAIN
    found = {
        Bend(shift, slope): sum(_likelihood(*probed, shift, slope) for probed in telling)
        for shift, slope in product(_SHIFTS, _SLOPES)
    }
    best = max(found, key=lambda bend: found[bend])
    return best if found[best] > found[PLAIN] + _LEAST_GAIN else PLAIN


def _tells(odds: Floats) -> bool:
    infected = probabilities(odds)[0] > _EVEN
    return bool(min(infected.sum(), (~infected).sum()) >= _FEWEST)


def _likelihood(odds: Floats, serum: Floats, shift: float, slope: float) -> float:
    """Give the log likelihood of the logarithm of serum as a mixture of two normals with known shares for each cell."""
    share, _ = probabilities(shift + slope * odds)
    infected = share > _EVEN
    if not infected.any() or infected.all():
        return -np.inf
    middle = np.array([np.median(serum[infected]), np.median(serum[~infected])])
    sigma = SIGMA_PER_MAD * np.median(np.abs(serum - np.where(infected, *middle)))
    shares = np.stack([share, 1 - share])
    for _ in range(_TURNS):
        found = shares * np.exp(-0.5 * ((serum - middle[:, None]) / sigma) ** 2) + 1e-9
        weights = found / found.sum(axis=0)
        near = np.abs(serum - np.where(weights[0] > _EVEN, *middle)) < _FAR * sigma
        middle = (weights * serum)[:, near].sum(axis=1) / weights[:, near].sum(axis=1)
    density = (shares * np.exp(-0.5 * ((serum - middle[:, None]) / sigma) ** 2)).sum(axis=0) / sigma
    return float(np.log(density + _STRAY).sum())
