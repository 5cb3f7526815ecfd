"""Beam hardening undone by the physics: from the measured attenuation to that of one energy.

A detector that weighs photons of energy E by w(E) measures behind a thickness t of one material

    ``p(t) = -log (Σ w exp(-μ t) / Σ w)``,

while the attenuation at one energy would be ``μ₀ t``. Both grow with t, so each p has its one value.

References
----------
Herman, Physics in Medicine and Biology 24 (1979) 81.
"""

from dataclasses import dataclass

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError

MOST_ATTENUATION = 16.0
"""The table ends here; measured values end at 13.8."""
_POINTS = 2048
_BISECTIONS = 8
_NEWTON_STEPS = 8


@dataclass(frozen=True, slots=True, eq=False)
class HardeningTable:
    """Values of one energy over measured attenuation, at equal steps from 0.

    Attributes
    ----------
    step : float
        Of the measured attenuation.
    values : (k,) float32
        Attenuation at one energy; the first is 0.
    """

    step: float
    values: NDArray[np.float32]


def hardening_table(
    weights: NDArray[np.float64], per_cm: NDArray[np.float64], reference_per_cm: float
) -> HardeningTable:
    """Compute the table of one material in one beam.

    Parameters
    ----------
    weights : (energies,) float64
        Share of each energy in what is detected without the sample; need not add to 1.
    per_cm : (energies,) float64
        Linear attenuation of the sample's material, 1/cm, > 0.
    reference_per_cm : float
        The same at the energy that is wanted.

    Raises
    ------
    ParameterError
        If nothing is detected, or an attenuation is not above 0.
    """
    seen = weights > 0
    if not seen.any() or not (per_cm[seen] > 0).all() or not reference_per_cm > 0:
        raise ParameterError("the spectrum must have weights above 0, and the material attenuation at all its energies")
    shares, mu = weights[seen] / weights[seen].sum(), per_cm[seen]
    measured = np.linspace(0, MOST_ATTENUATION, _POINTS)
    thickness = _thickness(measured, shares, mu)
    return HardeningTable(float(measured[1]), (reference_per_cm * thickness).astype(np.float32))


def measured_attenuation(
    thickness_cm: NDArray[np.float64], weights: NDArray[np.float64], per_cm: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Attenuation that a detector measures behind (k,) thicknesses: ``p(t)`` above."""
    return _attenuation(thickness_cm, weights / weights.sum(), per_cm)[0]


def _attenuation(
    thickness: NDArray[np.float64], shares: NDArray[np.float64], mu: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give p and its slope; the least attenuation is taken out, so that thick samples leave something."""
    least = mu[shares > 0].min()
    through = shares * np.exp(-np.outer(thickness, mu - least))
    total = through.sum(axis=1)
    return least * thickness - np.log(total), through @ mu / total


def _thickness(
    measured: NDArray[np.float64], shares: NDArray[np.float64], mu: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Invert p(t): p is at most (Σ w μ) t and at least μ_min t, which brackets t.

    The slope of p falls, so Newton's steps from below never pass the solution.
    """
    low, high = measured / (shares @ mu), measured / mu.min()
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        below = _attenuation(middle, shares, mu)[0] < measured
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    found: NDArray[np.float64] = low
    for _ in range(_NEWTON_STEPS):
        value, slope = _attenuation(found, shares, mu)
        found -= (value - measured) / slope
    return found


@nb.njit(parallel=True, fastmath=True, cache=True)
def _look_up(values: NDArray[np.float32], table: NDArray[np.float32], per_step: float) -> None:
    rows, width = values.shape
    last, scale = table.size - 2, np.float32(per_step)
    for r in nb.prange(rows):
        for c in range(width):
            place = values[r, c] * scale
            at = min(max(int(place), 0), last)
            values[r, c] = table[at] + (place - np.float32(at)) * (table[at + 1] - table[at])


def look_up(attenuation: NDArray[np.float32], table: HardeningTable) -> None:
    """Map measured attenuation to that of one energy, in place.

    Between the table's points, and beyond its ends as at them, it is linear.

    Parameters
    ----------
    attenuation : (..., columns) float32, C-contiguous
        Finite line integrals.
    table : HardeningTable
    """
    _look_up(attenuation.reshape(-1, attenuation.shape[-1]), table.values, 1 / table.step)
