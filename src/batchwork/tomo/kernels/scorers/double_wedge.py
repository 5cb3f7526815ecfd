"""Centre of rotation from the spectrum of the sinogram over a whole turn.

References
----------
Vo et al., Optics Express 22 (2014) 19078, for the principle: the spectrum of a complete sinogram is
nearly empty outside a double wedge, and a wrong axis fills it.
"""

from dataclasses import dataclass

import numba as nb
import numpy as np
import scipy.fft
import scipy.ndimage
from numpy.typing import NDArray

from batchwork.tomo.kernels.scorers.base import Floats, Grid, Judgement, NotApplicable, Slice
from batchwork.tomo.kernels.scorers.conditioning import Conditioned, condition
from batchwork.tomo.kernels.scorers.correlation import between
from batchwork.tomo.kernels.scorers.peaks import search_far

_MARGIN = 2
_TAPER = 0.05
_HIGH_PASS = 1 / 16
_FAR_STEPS = 1024


class DoubleWedge:
    """Scorer ``vo``: how empty the spectrum is where an object cannot reach.

    An object within the radius R of the axis has, at the frequency w along the detector, angular
    harmonics up to about R w only. The second half turn is the first one mirrored at the candidate; a
    wrong candidate tears the sinogram where the halves meet, which fills all harmonics.
    """

    def judge(self, slice_: Slice, grid: Grid) -> Judgement:
        """Judge the candidates of a grid; the scores are minus the mean modulus outside the wedge.

        Raises
        ------
        NotApplicable
            If the scan is more than a few steps short of half a turn.
        """
        return self.judge_conditioned(condition(slice_), grid)

    def judge_conditioned(self, ready: Conditioned, grid: Grid) -> Judgement:
        """Judge a slice that is conditioned already."""
        curve = _wedge(_half_turn(ready), truncated=ready.truncated)
        cors = grid.on_detector(ready.columns)
        far = search_far(curve, cors, ready.columns, step=max(0.5, ready.columns / _FAR_STEPS))
        confidence = ready.trust * far.prominence
        return Judgement(far.best, confidence, cors, curve(cors), at_edge=not grid.holds(far.best))


def _half_turn(ready: Conditioned) -> NDArray[np.float32]:
    """Bring the projections of half a turn to equal steps; the last may be a few steps beyond the scan."""
    if ready.short:
        raise NotApplicable(f"the scan spans {np.rad2deg(ready.span_rad):.1f}°, and half a turn is needed")
    count = max(round(np.pi / ready.step_rad), 1)
    wanted = ready.theta_rad[0] + np.arange(count) * (np.pi / count)
    return between(ready.theta_rad, ready.sinogram, wanted)


@dataclass(frozen=True, slots=True)
class _Wedge:
    """The spectrum outside the double wedge: ``|first exp(2i w cor) + second|`` at each point."""

    first: NDArray[np.complex64]
    second: NDArray[np.complex64]
    frequency: NDArray[np.int64]
    """Of each point along the detector, in cycles per `length`."""
    length: int

    def __call__(self, cors: Floats) -> Floats:
        """Give minus the mean modulus at centres (k,)."""
        return -_mean_modulus(self.first, self.second, self.frequency, 2 * np.pi * cors / self.length)


def _wedge(half: NDArray[np.float32], *, truncated: bool) -> _Wedge:
    """Transform half a turn and keep what lies outside the wedge.

    With A(m, w) the transform of the half turn over angle and detector, the whole turn has
    ``A(m, w) + (-1)^m exp(-2i w cor) conj(A(-m, w))``, up to a phase. Of harmonics m and -m, one is enough.
    """
    angles, columns = half.shape
    length = int(scipy.fft.next_fast_len(2 * columns, real=True))
    lines = scipy.fft.rfft(_tapered(half, truncated=truncated), length)
    spectrum = scipy.fft.fft(lines, 2 * angles, axis=0)
    m, k = _outside(angles, columns, length, spectrum.shape[1])
    sign = np.where(m % 2 == 0, 1, -1).astype(np.float32)
    return _Wedge(spectrum[m, k], sign * np.conj(spectrum[-m, k]), k, length)


def _outside(angles: int, columns: int, length: int, frequencies: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Harmonics and frequencies above the wedge of an object as wide as the detector."""
    reach = columns / 2 * 2 * np.pi * np.arange(frequencies) / length + _MARGIN
    outside = np.arange(angles)[:, None] > reach
    outside[:, 0] = False
    m, k = np.nonzero(outside)
    return m, k


def _tapered(half: NDArray[np.float32], *, truncated: bool) -> NDArray[np.float32]:
    """Bring the ends of the detector to zero; of a truncated object keep the fine structure only."""
    columns = half.shape[1]
    if truncated:
        smooth = scipy.ndimage.gaussian_filter1d(half, _HIGH_PASS * columns, axis=1, mode="nearest")
        level = np.float32(0)
    else:
        smooth, level = np.zeros_like(half), np.float32(half[:, [*range(4), *range(-4, 0)]].mean())
    width = max(1, int(_TAPER * columns))
    rise = np.sin(np.pi / 2 * (np.arange(width) + 0.5) / width) ** 2
    taper = np.ones(columns, np.float32)
    taper[:width], taper[columns - width :] = rise, rise[::-1]
    return np.asarray((half - smooth - level) * taper, np.float32)


@nb.njit(parallel=True, cache=True, fastmath=True)
def _mean_modulus(
    first: NDArray[np.complex64],
    second: NDArray[np.complex64],
    frequency: NDArray[np.int64],
    phase: Floats,
) -> Floats:
    """Average ``|first exp(2i frequency phase) + second|`` over the points, for each phase."""
    means = np.zeros(phase.size)
    most = frequency.max() + 1 if frequency.size else 0
    for i in nb.prange(phase.size):
        turns = np.empty(most, np.complex64)
        for k in range(most):
            turns[k] = np.exp(2j * k * phase[i])
        total = 0.0
        for j in range(first.size):
            z = first[j] * turns[frequency[j]] + second[j]
            total += np.sqrt(z.real * z.real + z.imag * z.imag)
        means[i] = total / max(first.size, 1)
    return means
