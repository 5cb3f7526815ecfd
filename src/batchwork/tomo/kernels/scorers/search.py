"""From slices to a centre of rotation, or to the reason why a person should look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from batchwork.errors import ParameterError
from batchwork.tomo.kernels.scorers.base import Grid, Judgement, NotApplicable, Scorer, Slice, scorer
from batchwork.tomo.kernels.scorers.consensus import SURE
from batchwork.tomo.kernels.scorers.peaks import PLAUSIBLE
from batchwork.tomo.kernels.scorers.votes import Vote, value, weight, winners

WIDER = 4.0
"""A grid that did not do is widened by this factor, once."""


@dataclass(frozen=True, slots=True)
class Inferred:
    """A centre of rotation and how sure it is."""

    cor: float
    """Column index."""
    confidence: float
    """From 0 to 1."""
    doubt: str | None
    """Why a person should look at it; None if it is sure."""
    widened: bool
    """Whether the grid had to be widened."""
    judgements: Mapping[str, Judgement]
    """By scorer, for the slice that is most sure: the one that was asked for and, for a consensus, its members."""


def infer_centre(slices: Sequence[Slice], grid: Grid, scorer_name: str = "consensus") -> Inferred:
    """Find the centre of rotation of a scan from one or several of its slices.

    Each slice is judged alone; several vote, with their confidences, as the members of a consensus do.
    Where the confidence is below `SURE` or the best lies at the edge of the grid, the grid is widened once,
    by `WIDER`, as far as an axis is plausible; the better of both results counts. The value is refined
    between candidates to better than 0.1 columns, noise permitting.

    Parameters
    ----------
    slices : sequence of Slice
        Rows of one detector, at least one.
    grid : Grid
        The candidates.
    scorer_name : str
        One of `SCORERS`.

    Returns
    -------
    Inferred

    Raises
    ------
    ParameterError
        If there is no slice, the grid is off the detector, or no scorer has this name.
    NotApplicable
        If the scorer can judge none of the slices.
    """
    if not slices:
        raise ParameterError("there is no slice to find the centre of rotation in")
    judge, wide = scorer(scorer_name), widened(grid, slices[0].columns)
    found, looked_wider = _together(judge, slices, grid), False
    if _doubt(found) is not None and wide is not None:
        second, looked_wider = _together(judge, slices, wide), True
        found = found if found.confidence > second.confidence and not found.at_edge else second
    named = MappingProxyType({scorer_name: found.best, **found.best.parts})
    return Inferred(found.cor, found.confidence, _doubt(found), looked_wider, named)


def widened(grid: Grid, columns: int) -> Grid | None:
    """Widen a grid about its middle by `WIDER`, within the inner `PLAUSIBLE` part of the detector.

    Returns
    -------
    Grid or None
        None where the grid reaches as far already.
    """
    margin = (1 - PLAUSIBLE) / 2 * columns
    low = min(grid.middle - grid.width, max(grid.middle - WIDER * grid.width, margin))
    high = max(grid.middle + grid.width, min(grid.middle + WIDER * grid.width, columns - 1 - margin))
    if high - low < 2 * (grid.width + grid.step):
        return None
    return Grid((low + high) / 2, (high - low) / 2, grid.step)


@dataclass(frozen=True, slots=True)
class _Together:
    """What all slices say together."""

    cor: float
    confidence: float
    at_edge: bool
    apart: int
    """Slices that disagree with the others."""
    best: Judgement
    """Of the slice that is most sure."""


def _together(judge: Scorer, slices: Sequence[Slice], grid: Grid) -> _Together:
    judgements = _judgements(judge, slices, grid)
    votes = [Vote("slice", j.cor, j.confidence) for j in judgements]
    most = winners(votes)
    agreeing = [j for j, vote in zip(judgements, votes, strict=True) if vote in most]
    share = weight(most) / max(weight(votes), np.finfo(np.float64).tiny)
    return _Together(
        value(most),
        share * weight(most) / len(most),
        any(j.at_edge for j in agreeing),
        len(votes) - len(most),
        max(judgements, key=lambda j: j.confidence),
    )


def _judgements(judge: Scorer, slices: Sequence[Slice], grid: Grid) -> list[Judgement]:
    judgements, refusals = list[Judgement](), list[NotApplicable]()
    for slice_ in slices:
        try:
            judgements.append(judge.judge(slice_, grid))
        except NotApplicable as refusal:
            refusals.append(refusal)
    if not judgements:
        raise refusals[0]
    return judgements


def _doubt(found: _Together) -> str | None:
    """Say why a person should look, if so."""
    if found.confidence < SURE:
        apart = f", {found.apart} slices disagree" if found.apart else ""
        note = f": {found.best.note}" if found.best.note else ""
        return f"confidence {found.confidence:.2f} is below {SURE}{apart}{note}"
    if found.at_edge:
        return f"the best centre, {found.cor:.2f}, lies at the edge of the grid or beyond"
    return None
