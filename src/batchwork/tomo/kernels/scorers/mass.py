"""Centre of rotation from the path of the centre of mass."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchwork.tomo.kernels.scorers.base import Floats, Grid, Judgement, NotApplicable, Slice
from batchwork.tomo.kernels.scorers.conditioning import Conditioned, condition

LARGEST_ERROR = 1.0
"""Columns; a fit with a larger standard error is no answer."""

_EDGE_SHARE, _LEAST_EDGE = 0.03, 3
_OUTLIER_MADS = 6.0
_MASS_SPREAD = 0.05
_STRIPES_LEFT = 1.25


class Mass:
    """Scorer ``mass``: the shadow's centre of mass runs along ``cor + a cos(theta) + b sin(theta)``.

    It needs neither half a turn nor equal steps, but all of the object in view, and air beside it.
    """

    def judge(self, slice_: Slice, grid: Grid) -> Judgement:
        """Judge the candidates of a grid; the scores are minus the squared distance from the fit in standard errors.

        Raises
        ------
        NotApplicable
            If the object reaches beyond the detector, or has too little mass or too short a range for a fit.
        """
        return self.judge_conditioned(condition(slice_), grid)

    def judge_conditioned(self, ready: Conditioned, grid: Grid) -> Judgement:
        """Judge a slice that is conditioned already."""
        if ready.truncated:
            raise NotApplicable("the object reaches beyond the detector")
        fit = _fit(ready)
        cors = grid.on_detector(ready.columns)
        scores = -(((cors - fit.cor) / fit.error) ** 2)
        note = f"standard error {fit.error:.2f} columns"
        constant = 1 / (1 + (fit.mass_spread / _MASS_SPREAD) ** 2)
        confidence = ready.trust * constant * float(np.exp(-fit.error))
        return Judgement(fit.cor, confidence, cors, scores, at_edge=not grid.holds(fit.cor), note=note)


@dataclass(frozen=True, slots=True)
class _Fit:
    cor: float
    error: float
    """Standard error in columns."""
    mass_spread: float
    """Relative standard deviation of the mass over the angles, which should be constant."""


def _fit(ready: Conditioned) -> _Fit:
    """Fit the path by least squares, twice, the second time without outliers."""
    lines = _without_background(ready.sinogram)
    columns = np.arange(lines.shape[1])
    mass = lines.sum(1)
    if not mass.min() > 0:
        raise NotApplicable("there is too little mass to find its centre")
    path = lines @ columns / mass
    waves = np.stack([np.ones_like(ready.theta_rad), np.cos(ready.theta_rad), np.sin(ready.theta_rad)], 1)
    kept = np.ones(path.size, bool)
    for _ in range(2):
        constants, *_ = np.linalg.lstsq(waves[kept], path[kept], rcond=None)
        residual = path - waves @ constants
        spread = np.median(np.abs(residual - np.median(residual)))
        kept = np.abs(residual) <= _OUTLIER_MADS * spread + np.finfo(np.float32).eps
    error = float(np.hypot(_standard_error(waves[kept], residual[kept]), _stripe_error(ready, float(mass.mean()))))
    cor = float(constants[0])
    if not error < LARGEST_ERROR or not 0 <= cor <= lines.shape[1] - 1:
        raise NotApplicable(f"the centre of mass leaves {error:.1f} columns of doubt")
    return _Fit(cor, max(error, 1e-3), float(mass.std() / mass.mean()))


def _standard_error(waves: Floats, residual: Floats) -> float:
    freedom = residual.size - waves.shape[1]
    if freedom < 1 or np.linalg.matrix_rank(waves) < waves.shape[1]:
        return float("inf")
    variance = float(residual @ residual) / freedom
    return float(np.sqrt(np.linalg.inv(waves.T @ waves)[0, 0] * variance))


def _stripe_error(ready: Conditioned, mass: float) -> float:
    """Estimate what miscalibrated pixels, the same at all angles, move the centre of mass by.

    Offsets of standard deviation sigma in n columns have a first moment of sigma sqrt(n^3 / 12) about the
    middle, and move the line through the means of k columns at each end, which is taken for air, so that its own
    moment changes by sqrt(n / 6k) times as much. What taking out stripes leaves of both is as large.
    """
    n = ready.columns
    moment = ready.stripe_sigma * float(np.sqrt(n**3 / 12 * (1 + n / (6 * _edge(n)))))
    return _STRIPES_LEFT * moment / mass


def _edge(columns: int) -> int:
    """Give how many columns at each end of the detector are taken for air."""
    return max(_LEAST_EDGE, round(_EDGE_SHARE * columns))


def _without_background(sinogram: NDArray[np.float32]) -> Floats:
    """Take off the air beside the object: its mean for each projection, its slope for all together."""
    columns = sinogram.shape[1]
    k = _edge(columns)
    left, right = sinogram[:, :k].mean(1), sinogram[:, -k:].mean(1)
    slope = float((right - left).mean()) / (columns - k)
    across = np.arange(columns) - (columns - 1) / 2
    return np.asarray(sinogram - ((left + right) / 2)[:, None] - slope * across, np.float64)
