"""Probabilities of twins bent to a plate: where twins doubt classes more or less than the plate's serum allows.

The serum of a well mixes two distributions. How well shares of infected cells at each probability explain it tells
whether the probabilities are right, though it tells the class of no cell.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from batchwork.screening.kernels.classes import mixture_likelihood, probabilities
from batchwork.screening.kernels.thresholds import SIGMA_PER_MAD
from batchwork.screening.tables.cell_light import CellLight, SiteLight
from batchwork.screening.tables.classifier import PLAIN, Bend, features_of
from batchwork.screening.tables.twins import Twins

Floats = NDArray[np.float64]

_SHIFTS = (0.5, 0.0, -0.5, -1.0, -1.5, -2.0)
_SLOPES = (1.0, 0.8, 1.25, 1.6)
_LEAST_GAIN = 5.0
"""Log likelihood that another bend must gain over none."""
_FEWEST = 50
"""Cells of each class that a well must have to say something."""
_EVEN = 0.5
_ENOUGH = 60_000
"""Cells of a plate; of more, every second, third … is looked at."""


def bent_to(twins: Twins, sites: Sequence[SiteLight]) -> Twins:
    """Bend the probabilities that twins taught to the serum of a plate, given the light of its sites that count."""
    if twins.statistics is None or not twins.models:
        return twins
    every = -(-sum(site.light.serum.size for site in sites) // _ENOUGH)
    parts: dict[str, list[CellLight]] = {}
    for site in sites:
        parts.setdefault(site.well, []).append(site.light.where(slice(None, None, max(every, 1))))
    wells = {}
    for well, found in parts.items():
        light = CellLight.joined(found)
        odds = twins.models[0].classes.log_odds(features_of(light, twins.statistics.marker))
        wells[well] = odds, np.log(np.maximum(light.serum, 1))
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
    return mixture_likelihood(serum, share, middle, sigma)
