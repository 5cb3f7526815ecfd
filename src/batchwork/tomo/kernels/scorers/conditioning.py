"""A sinogram made ready to be judged."""

from dataclasses import dataclass, replace

import numba as nb
import numpy as np
import scipy.ndimage
from numpy.typing import NDArray

from batchwork.tomo.kernels.scorers.base import Floats, Slice
from batchwork.tomo.kernels.scorers.drift import end_columns, without_drift
from batchwork.tomo.kernels.scorers.stripe_profile import robust_sigma, stripe_profile

MOST_MISSING_STEPS = 4.0
"""A scan that is so many steps short of half a turn still counts as half a turn."""

_TRUNCATED, _STRIPES_AT_END = 0.06, 0.5
_STRUCTURE_SIGMAS, _LEAST_STRUCTURE = 6.0, 0.02
_NOISE_TRUST = 0.1


@dataclass(frozen=True, slots=True)
class Conditioned:
    """A slice in the order of its angles, with finite values, without stripes and drift of the beam."""

    sinogram: NDArray[np.float32]
    """(angles, columns)."""
    theta_rad: Floats
    """(angles,), rising strictly."""
    step_rad: float
    """Median step of the angle."""
    truncated: bool
    """Whether the object reaches beyond the detector."""
    structured: bool
    """Whether neighbouring projections have more in common than noise."""
    stripe_sigma: float
    """Standard deviation of the stripes that were taken out, in attenuation."""

    @property
    def columns(self) -> int:
        """Width of the detector."""
        return int(self.sinogram.shape[1])

    @property
    def span_rad(self) -> float:
        """Range of the angle, a step included."""
        return float(self.theta_rad[-1] - self.theta_rad[0] + self.step_rad)

    @property
    def short(self) -> bool:
        """Whether angles are missing to half a turn."""
        return self.span_rad < np.pi - MOST_MISSING_STEPS * self.step_rad

    @property
    def trust(self) -> float:
        """Factor on any confidence: next to nothing where there is nothing but noise."""
        return 1.0 if self.structured else _NOISE_TRUST

    def first_half_turn(self) -> "Conditioned":
        """Leave out what follows the first 180°."""
        kept = self.theta_rad < self.theta_rad[0] + np.pi - self.step_rad / 2
        return self if kept.all() else replace(self, sinogram=self.sinogram[kept], theta_rad=self.theta_rad[kept])


def condition(slice_: Slice) -> Conditioned:
    """Sort by angle, replace what is not finite, and take out stripes and the drift of the beam.

    Projections at the same angle are averaged. A value that is not finite becomes its projection's
    median.
    """
    theta, where = np.unique(slice_.theta_rad, return_inverse=True)
    sinogram = _finite(slice_.sinogram)
    if theta.size == where.size:
        ordered = sinogram[np.argsort(where)]
    else:
        ordered = np.zeros((theta.size, sinogram.shape[1]), np.float32)
        np.add.at(ordered, where, sinogram)
        ordered /= np.bincount(where)[:, None]
    stripes = stripe_profile(ordered.mean(0, dtype=np.float64))
    clean = without_drift(np.asarray(ordered - stripes.astype(np.float32), np.float32))
    step = float(np.median(np.diff(theta))) if theta.size > 1 else np.pi
    sigma = robust_sigma(stripes)
    return Conditioned(clean, theta, step, is_truncated(clean, sigma), has_structure(clean), sigma)


def coarse_side(columns: int, width: int) -> int:
    """Find the power of 2 that bins a detector to about `width` columns."""
    side = 1
    while columns / side > width * np.sqrt(2):
        side *= 2
    return side


def binned_columns(sinogram: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """Average `side` columns to one; leftovers at the end are dropped."""
    angles, columns = sinogram.shape[0], sinogram.shape[1] // side
    return np.asarray(sinogram[:, : columns * side].reshape(angles, columns, side).mean(2), np.float32)


def binned(sinogram: NDArray[np.float32], theta_rad: Floats, side: int) -> tuple[NDArray[np.float32], Floats]:
    """Average `side` columns, and angles as long as enough are left; leftovers at the end are dropped."""
    angles, columns = sinogram.shape
    turn = max(1, min(side, angles * side // columns))
    m = angles // turn
    lines = binned_columns(sinogram, side)[: m * turn].reshape(m, turn, -1)
    return lines.mean(1), theta_rad[: m * turn].reshape(m, turn).mean(1)


def at_binning(ready: Conditioned, side: int) -> Conditioned:
    """Bin a slice that is conditioned already; what was found out about it stays."""
    sinogram, theta = binned(ready.sinogram, ready.theta_rad, side)
    return replace(ready, sinogram=sinogram, theta_rad=theta, step_rad=float(np.median(np.diff(theta))))


def _finite(sinogram: NDArray[np.float32]) -> NDArray[np.float32]:
    good = np.isfinite(sinogram)
    if good.all():
        return np.asarray(sinogram, np.float32)
    kept = np.where(good, sinogram, np.nan)
    middle = np.zeros((len(kept), 1), np.float32)
    some = good.any(1)
    middle[some, 0] = np.nanmedian(kept[some], 1)
    return np.where(good, sinogram, middle).astype(np.float32)


def is_truncated(sinogram: NDArray[np.float32], stripe_sigma: float = 0.0) -> bool:
    """Tell whether an object reaches beyond the detector's ends at some angles.

    The mean of the outermost columns, smoothed over the angles, is compared with the largest values of
    the sinogram, and with what is left of stripes there.

    Parameters
    ----------
    sinogram : (angles, columns) float32
    stripe_sigma : float
        Standard deviation of the stripes that were taken out, in attenuation.
    """
    angles, columns = sinogram.shape
    k = end_columns(columns)
    window = max(1, angles // 16)
    ends = np.stack([sinogram[:, :k].mean(1), sinogram[:, -k:].mean(1)])
    ends = scipy.ndimage.uniform_filter1d(ends, window, axis=1, mode="nearest")
    profile = scipy.ndimage.uniform_filter1d(sinogram.mean(0), k, mode="nearest")
    air = _TRUNCATED * float(np.abs(profile).max()) + _STRIPES_AT_END * stripe_sigma
    return bool(np.percentile(np.abs(ends), 95, axis=1).max() > air)


def has_structure(sinogram: NDArray[np.float32]) -> bool:
    """Tell an object from noise.

    What differs between angles is compared with the next angle: for noise the correlation is zero
    within one over the root of the number of values; an object turns only a little in a step.

    Parameters
    ----------
    sinogram : (angles, columns) float32
    """
    angles, columns = sinogram.shape
    threshold = max(_LEAST_STRUCTURE, _STRUCTURE_SIGMAS * 2 / np.sqrt(angles * columns))
    return bool(neighbour_correlation(sinogram) > threshold)


@nb.njit(cache=True)
def neighbour_correlation(sinogram: NDArray[np.float32]) -> float:
    """Correlate each projection with the next one, the means of rows and columns taken out."""
    angles, columns = sinogram.shape
    by_column = np.zeros(columns)
    for a in range(angles):
        for c in range(columns):
            by_column[c] += sinogram[a, c] / angles
    before, row = np.zeros(columns), np.empty(columns)
    shared, own = 0.0, 0.0
    for a in range(angles):
        for c in range(columns):
            row[c] = sinogram[a, c] - by_column[c]
        row -= row.mean()
        shared += np.dot(row, before)
        own += np.dot(row, row)
        before, row = row, before
    return shared / own if own > 0 else 0.0
