"""The best of a curve over centres of rotation, and how far it stands out."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from batchwork.tomo.kernels.scorers.base import Floats

FINEST_STEP = 0.1
"""Columns between the candidates of the last search, which a parabola then refines."""

APART = 3.0
"""Columns from the best within which a local maximum is no rival."""
PLAUSIBLE = 0.8
"""Fraction of the detector, about its middle, where an axis is expected."""
_NEAR = 0.5

Curve = Callable[[Floats], Floats]
"""From centres (k,) to scores (k,), higher is better."""


def refined(curve: Curve, cor: float, step: float) -> float:
    """Find the best centre within a step of a candidate.

    The curve is taken every `FINEST_STEP` columns; a parabola through the best and its neighbours gives
    the rest.
    """
    count = max(int(np.ceil(step / FINEST_STEP)), 1)
    cors = cor + FINEST_STEP * np.arange(-count, count + 1, dtype=np.float64)
    scores = curve(cors)
    best = int(np.argmax(scores))
    return float(cors[best]) + FINEST_STEP * vertex(scores, best)


def vertex(scores: Floats, best: int) -> float:
    """Place of the parabola's top through a maximum and its neighbours, in steps from the maximum."""
    if not 0 < best < scores.size - 1:
        return 0.0
    before, top, after = scores[best - 1 : best + 2]
    bend = before - 2 * top + after
    return float(0.5 * (before - after) / bend) if bend < 0 else 0.0


def prominence(cors: Floats, scores: Floats, best: float, apart: float) -> float:
    """Tell how far the best stands out from its rivals.

    Parameters
    ----------
    cors, scores : (k,) float
        A curve, in rising order of `cors`.
    best : float
        Where its maximum is.
    apart : float
        Columns within which a local maximum is no rival.

    Returns
    -------
    float
        The best's lead over the best rival, as a fraction of its lead over the median; 1 where there is
        no rival, 0 for a flat curve.
    """
    top, middle = float(scores.max()), float(np.median(scores))
    if not top > middle:
        return 0.0
    inner = scores[1:-1]
    rivals = np.flatnonzero((inner >= scores[:-2]) & (inner >= scores[2:])) + 1
    rivals = np.concatenate([rivals, [0, scores.size - 1]])
    rivals = rivals[np.abs(cors[rivals] - best) > apart]
    second = float(scores[rivals].max()) if rivals.size else middle
    return float(np.clip((top - max(second, middle)) / (top - middle), 0, 1))


@dataclass(frozen=True, slots=True)
class Far:
    """A curve over the inner `PLAUSIBLE` part of the detector and the grid, and the best of it.

    Scorers that cost little look there, to tell when the axis is outside the grid.
    """

    cors: Floats
    scores: Floats
    best: float
    """Refined."""

    @property
    def prominence(self) -> float:
        """How far the best stands out, see `prominence`."""
        return prominence(self.cors, self.scores, self.best, APART)


def search_far(curve: Curve, cors: Floats, columns: int, step: float = 0.5) -> Far:
    """Find the best anywhere.

    Parameters
    ----------
    curve : callable
    cors : (k,) float
        Rising; the grid.
    columns : int
        Width of the detector.
    step : float
        Columns between candidates at first.
    """
    margin = (1 - PLAUSIBLE) / 2 * columns
    low, high = min(margin, cors[0]), max(columns - 1 - margin, cors[-1])
    everywhere = np.arange(low, high + step, step)
    scores = curve(everywhere)
    place = float(everywhere[int(np.argmax(scores))])
    if step > _NEAR:
        near = place + np.arange(-step, step + _NEAR, _NEAR)
        place = float(near[int(np.argmax(curve(near)))])
    return Far(everywhere, scores, refined(curve, place, min(step, _NEAR)))
