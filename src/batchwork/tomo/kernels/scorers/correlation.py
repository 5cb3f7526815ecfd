"""Centre of rotation from projections half a turn apart, which mirror each other at the axis."""

from dataclasses import dataclass

import numpy as np
import scipy.fft
import scipy.ndimage
from numpy.typing import NDArray

from batchwork.tomo.kernels.scorers.base import Floats, Grid, Judgement, NotApplicable, Slice
from batchwork.tomo.kernels.scorers.conditioning import Conditioned, condition
from batchwork.tomo.kernels.scorers.peaks import search_far

_FEWEST_FRAMES, _MOST_FRAMES = 3, 9
_TRAVEL = 6.0
_FINE, _COARSE = 2.0, 20.0
_UPSAMPLING = 4
_EVEN_LEAD = 0.1
_PARTIAL = 0.6

Frames = NDArray[np.float32]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Projections and their opposites: ``first[i, s]`` and ``second[i, 2 cor - s]`` are the same ray."""

    first: Frames
    """(pairs, columns)."""
    second: Frames
    """(pairs, columns)."""


class Correlation:
    """Scorer ``phase``: opposite projections are correlated over all places of the axis.

    In a scan over 180° the last projection is a step short of the first one's opposite; both are
    extrapolated from their nearest few to where the other one's opposite is. In a longer scan every
    projection whose opposite was measured takes part, interpolated between neighbours.
    """

    def judge(self, slice_: Slice, grid: Grid) -> Judgement:
        """Judge the candidates of a grid; the scores are correlation coefficients.

        Raises
        ------
        NotApplicable
            If no two projections are about half a turn apart.
        """
        return self.judge_conditioned(condition(slice_), grid)

    def judge_conditioned(self, ready: Conditioned, grid: Grid) -> Judgement:
        """Judge a slice that is conditioned already."""
        curve = MirrorCorrelation(opposites(ready), ready.columns)
        cors = grid.on_detector(ready.columns)
        far = search_far(curve, cors, ready.columns)
        lead = max(float(far.scores.max()), 0.0) * far.prominence
        partial = _PARTIAL if ready.truncated else 1.0
        confidence = ready.trust * partial * lead / (lead + _EVEN_LEAD)
        return Judgement(far.best, confidence, cors, curve(cors), at_edge=not grid.holds(far.best))


def opposites(ready: Conditioned) -> Pairs:
    """Pair projections half a turn apart.

    Raises
    ------
    NotApplicable
        If the scan is more than a few steps short of half a turn.
    """
    theta, frames = ready.theta_rad, ready.sinogram
    wanted = theta + np.pi
    measured = np.flatnonzero(wanted <= theta[-1])
    if measured.size >= _FEWEST_FRAMES:
        return Pairs(frames[measured], between(theta, frames, wanted[measured]))
    if ready.short:
        raise NotApplicable(
            f"the scan spans {np.rad2deg(ready.span_rad):.1f}°, short of the 180° between opposite views"
        )
    count = _frames(ready)
    near, far = slice(0, count), slice(-count, None)
    after = _extrapolated(theta[far], frames[far], wanted[0])
    before = _extrapolated(theta[near], frames[near], theta[-1] - np.pi)
    return Pairs(np.stack([frames[0], before]), np.stack([after, frames[-1]]))


def _frames(ready: Conditioned) -> int:
    """Count the projections over which an object as wide as the detector moves by `_TRAVEL` columns at its rim."""
    travel = ready.step_rad * ready.columns / 2
    return int(np.clip(1 + round(_TRAVEL / travel), _FEWEST_FRAMES, _MOST_FRAMES))


def between(theta: Floats, frames: Frames, wanted: Floats) -> Frames:
    """Interpolate projections linearly at the angles `wanted`, within the range of the strictly rising `theta`."""
    right = np.clip(np.searchsorted(theta, wanted), 1, theta.size - 1)
    share = ((wanted - theta[right - 1]) / (theta[right] - theta[right - 1])).astype(np.float32)[:, None]
    return np.asarray((1 - share) * frames[right - 1] + share * frames[right], np.float32)


def _extrapolated(theta: Floats, frames: Frames, wanted: float) -> Frames:
    """Continue the least-squares line through projections to another angle."""
    line = np.stack([np.ones_like(theta), theta - wanted], 1)
    return np.asarray(np.linalg.pinv(line)[0] @ frames, np.float32)


class MirrorCorrelation:
    """Correlation coefficient of opposite projections as a function of the axis.

    The sum over s of ``first[s] second[2 cor - s]`` is the value of their convolution at 2 cor. The mean of
    what overlaps is taken out of each projection, and the result is divided by the norms. Projections are
    band-passed first, since their greatest part, the body's outline, hardly depends on the axis.

    Parameters
    ----------
    pairs : Pairs
    half_weight : float
        Columns shared by opposite projections that count for half of the square of the coefficient: chance
        agreement grows as they get fewer.
    """

    def __init__(self, pairs: Pairs, half_weight: float) -> None:
        first, second = _band(pairs.first), _band(pairs.second)
        n = first.shape[1]
        length = int(scipy.fft.next_fast_len(2 * n, real=True))
        product = (scipy.fft.rfft(first, length) * scipy.fft.rfft(second, length)).sum(0)
        shared = scipy.fft.irfft(product, length * _UPSAMPLING) * _UPSAMPLING
        self._at = np.arange((2 * n - 2) * _UPSAMPLING + 1) / (2 * _UPSAMPLING)
        means, norm = _overlaps(first, second)
        whole = np.arange(2 * n - 1) / 2
        agreement = shared[: self._at.size] - np.interp(self._at, whole, means)
        shared_columns = np.minimum(self._at, n - 1 - self._at) * 2 + 1
        weight = np.sqrt(shared_columns / (shared_columns + half_weight))
        self._scores = weight * agreement / np.maximum(np.interp(self._at, whole, norm), np.finfo(np.float32).tiny)

    def __call__(self, cors: Floats) -> Floats:
        """Give the coefficient at centres (k,)."""
        return np.asarray(np.interp(cors, self._at, self._scores))


def _band(frames: Frames) -> Floats:
    fine = scipy.ndimage.gaussian_filter1d(frames, _FINE, axis=1, mode="nearest")
    coarse = scipy.ndimage.gaussian_filter1d(frames, _COARSE, axis=1, mode="nearest")
    return np.asarray(fine - coarse, np.float64)


def _overlaps(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """Give, at every t = 2 cor, the part of the agreement that is in the means of what overlaps, and the norm.

    Columns s and t - s are both on the detector for s of max(0, t - n + 1) to min(t, n - 1), in both directions.
    """
    n = first.shape[1]
    t = np.arange(2 * n - 1)
    start, stop = np.maximum(t - n + 1, 0), np.minimum(t, n - 1) + 1
    width = stop - start
    means, energies = np.zeros(t.size), np.zeros((2, t.size))
    for pair in zip(first, second, strict=True):
        sums = np.stack([_sum_between(line, start, stop) for line in pair])
        means += sums[0] * sums[1] / width
        energies += np.stack([_sum_between(line**2, start, stop) for line in pair]) - np.square(sums) / width
    return means, np.sqrt(np.maximum(energies, 0).prod(0))


def _sum_between(line: Floats, start: Places, stop: Places) -> Floats:
    """Add up parts of a line."""
    total = np.concatenate([[0.0], np.cumsum(line)])
    return np.asarray(total[stop] - total[start])
