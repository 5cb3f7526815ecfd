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
from numpy.typing import NDArray

from batchwork.tomo.kernels.scorers.base import Floats, Grid, Judgement, NotApplicable, Slice
from batchwork.tomo.kernels.scorers.conditioning import Conditioned, binned_columns, coarse_side, condition
from batchwork.tomo.kernels.scorers.correlation import between
from batchwork.tomo.kernels.scorers.peaks import APART, Curve, prominence, refined, search_far

COARSE_COLUMNS = 384
"""The whole detector is searched at about this width; a wider one is binned for it."""

_MARGIN = 2
_TAPER, _TRUNCATED_TAPER = 0.05, 0.3
_WINDOWS = 16
_ROUNDS = 3


class DoubleWedge:
    """Scorer ``vo``: how empty the spectrum is where an object cannot reach.

    An object within the radius R of the axis has, at the frequency w along the detector, angular
    harmonics up to about R w only. The second half turn is the first one mirrored at the candidate; a
    wrong candidate tears the sinogram where the halves meet, which fills all harmonics.

    An object wider than the detector is seen through a window that is symmetric about the candidate, or
    nearly so: then both halves lose the same part of it.
    """

    def judge(self, slice_: Slice, grid: Grid) -> Judgement:
        """Judge the candidates of a grid; the scores are minus the mean modulus outside the wedge.

        They are fractions of what a mismatch of all phases would give, plus 1.

        Raises
        ------
        NotApplicable
            If the scan is more than a few steps short of half a turn.
        """
        return self.judge_conditioned(condition(slice_), grid)

    def judge_conditioned(self, ready: Conditioned, grid: Grid) -> Judgement:
        """Judge a slice that is conditioned already."""
        half = _half_turn(ready)
        side = coarse_side(ready.columns, COARSE_COLUMNS)
        coarse = _Windows(binned_columns(half, side)) if ready.truncated else _whole(binned_columns(half, side))
        cors = grid.on_detector(ready.columns)

        def curve(cors: Floats) -> Floats:
            return coarse((cors + 0.5) / side - 0.5)

        far = search_far(curve, cors, ready.columns, step=side / 2)
        best, lead = far.best, far.prominence
        if ready.truncated:
            for _ in range(_ROUNDS):
                window = _about(half, best)
                best = _nearby(window, best, float(side))
            lead = prominence(far.cors, window(far.cors), best, APART)
        elif side > 1:
            best = _nearby(_whole(half), best, float(side))
        return Judgement(best, ready.trust * lead, cors, curve(cors), at_edge=not grid.holds(best))


def wedge_curve(ready: Conditioned) -> Curve:
    """Give the scores of a slice as a function of the centres (k,), without binning.

    Raises
    ------
    NotApplicable
        If the scan is more than a few steps short of half a turn.
    """
    half = _half_turn(ready)
    return _Windows(half) if ready.truncated else _whole(half)


def _nearby(curve: Curve, cor: float, reach: float) -> float:
    cors = cor + np.arange(-2 * reach, 2 * reach + 0.25, 0.5)
    return refined(curve, float(cors[int(np.argmax(curve(cors)))]), 0.5)


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
    random: float
    """Mean modulus if all phases were random."""

    def __call__(self, cors: Floats) -> Floats:
        """Score centres (k,)."""
        return 1 - _mean_modulus(self.first, self.second, self.frequency, 2 * np.pi * cors / self.length) / self.random


class _Windows:
    """The curve of a truncated object: a candidate is seen through the two nearest of several windows.

    A score counts by the root of its window's width, since chance agreement grows as windows get narrow.
    """

    def __init__(self, half: NDArray[np.float32]) -> None:
        self._half = half
        self._spacing = half.shape[1] / _WINDOWS
        self._wedges = dict[int, _Wedge]()

    def __call__(self, cors: Floats) -> Floats:
        """Score centres (k,)."""
        place = np.clip(cors / self._spacing, 1, _WINDOWS - 1)
        scores = np.zeros_like(cors)
        for number in range(1, _WINDOWS):
            share = np.maximum(1 - np.abs(place - number), 0)
            seen = share > 0
            if seen.any():
                scores[seen] += share[seen] * self._wedge(number)(cors[seen])
        columns = self._half.shape[1]
        widths = 2 * np.minimum(cors + 0.5, columns - 0.5 - cors).clip(0)
        return np.asarray(scores * np.sqrt(widths / columns))

    def _wedge(self, number: int) -> _Wedge:
        if number not in self._wedges:
            self._wedges[number] = _about(self._half, number * self._spacing)
        return self._wedges[number]


def _whole(half: NDArray[np.float32]) -> _Wedge:
    """Transform an object that is all in view; the ends of the detector are brought to zero."""
    columns = half.shape[1]
    air = np.float32(half[:, [*range(4), *range(-4, 0)]].mean())
    inwards = np.minimum(np.arange(columns), np.arange(columns)[::-1]) + 0.5
    return _wedge((half - air) * _rise(inwards / (_TAPER * columns)), columns / 2)


def _about(half: NDArray[np.float32], cor: float) -> _Wedge:
    """Transform what is within a window that is symmetric about a centre."""
    columns = half.shape[1]
    reach = min(cor + 0.5, columns - 0.5 - cor)
    inwards = reach - np.abs(np.arange(columns) - cor)
    return _wedge((half - half.mean()) * _rise(inwards / (_TRUNCATED_TAPER * reach)), reach)


def _rise(inwards: Floats) -> NDArray[np.float32]:
    """Rise from 0 at 0 to 1 at 1."""
    return np.asarray(np.sin(np.pi / 2 * np.clip(inwards, 0, 1)) ** 2, np.float32)


def _wedge(half: NDArray[np.float32], radius: float) -> _Wedge:
    """Transform half a turn and keep what lies outside the wedge.

    With A(m, w) the transform of the half turn over angle and detector, the whole turn has
    ``A(m, w) + (-1)^m exp(-2i w cor) conj(A(-m, w))``. Of harmonics m and -m, one is enough.
    """
    angles, columns = half.shape
    length = int(scipy.fft.next_fast_len(2 * columns, real=True))
    spectrum = scipy.fft.fft(scipy.fft.rfft(half, length), 2 * angles, axis=0)
    frequency = 2 * np.pi * np.arange(spectrum.shape[1]) / length
    outside = np.arange(angles)[:, None] > radius * frequency + _MARGIN
    outside[:, 0] = False  # the mean of a projection is the same, wherever the axis
    m, k = np.nonzero(outside)
    first, second = spectrum[m, k], np.conj(spectrum[-m, k])
    random = np.sqrt(np.abs(first) ** 2 + np.abs(second) ** 2)
    sign = np.where(m % 2 == 0, 1, -1).astype(np.float32)
    return _Wedge(first, sign * second, k, length, max(float(random.mean()) if m.size else 0.0, 1e-30))


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
