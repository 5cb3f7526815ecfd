"""Centre of rotation of a scan over 360° whose axis lies near one end of the detector."""

import numpy as np

from batchwork.tomo.kernels.scorers.base import Floats, Grid, Judgement, NotApplicable, Slice
from batchwork.tomo.kernels.scorers.conditioning import Conditioned, condition
from batchwork.tomo.kernels.scorers.correlation import MirrorCorrelation, Pairs, opposites
from batchwork.tomo.kernels.scorers.peaks import prominence, refined

LEAST_COLUMNS = 8
"""An overlap narrower than this is not looked for."""

_TURN = 1.9 * np.pi
_APART, _SAME = 3.0, 1.0
_EVEN_LEAD = 0.1
_LEAST_SHARE = 0.06


class Overlap:
    """Scorer ``overlap``: every projection is matched with the one half a turn later, over the whole width.

    The confidence is small where the pairs of the first and of the second quarter turn disagree.
    """

    def judge(self, slice_: Slice, grid: Grid) -> Judgement:
        """Judge all places of the axis; the grid does not matter.

        Raises
        ------
        NotApplicable
            If the scan is short of a whole turn.
        """
        return self.judge_conditioned(condition(slice_), grid)

    def judge_conditioned(self, ready: Conditioned, grid: Grid) -> Judgement:  # noqa: ARG002 - as all scorers have it
        """Judge a slice that is conditioned already."""
        if ready.span_rad < _TURN:
            raise NotApplicable(f"the scan spans {np.rad2deg(ready.span_rad):.1f}°, less than a whole turn")
        pairs, n = opposites(ready), ready.columns
        least = max(LEAST_COLUMNS, _LEAST_SHARE * n)
        cors = np.arange(least - 1, 2 * n - least) / 2
        curve = MirrorCorrelation(pairs, least)
        scores = curve(cors)
        best = _best(curve, cors, scores)
        lead = max(float(scores.max()), 0.0) * prominence(cors, scores, best, _APART)
        halves = [_best(half, cors, half(cors)) for half in _halves(pairs, least)]
        agreement = 1.0 if max(abs(half - best) for half in halves) <= _SAME else _EVEN_LEAD
        return Judgement(
            best,
            ready.trust * agreement * lead / (lead + _EVEN_LEAD),
            cors,
            scores,
            note=f"pairs of both quarter turns: {halves[0]:.2f} and {halves[1]:.2f}",
            side="left" if best < (n - 1) / 2 else "right",
            overlap=2 * min(best + 0.5, n - 0.5 - best),
        )


def _best(curve: MirrorCorrelation, cors: Floats, scores: Floats) -> float:
    return refined(curve, float(cors[int(np.argmax(scores))]), 0.5)


def _halves(pairs: Pairs, least: float) -> list[MirrorCorrelation]:
    middle = len(pairs.first) // 2
    parts = (slice(None, middle), slice(middle, None))
    return [MirrorCorrelation(Pairs(pairs.first[part], pairs.second[part]), least) for part in parts]
