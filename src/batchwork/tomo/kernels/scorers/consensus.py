"""The default scorer: several scorers vote.

No single scorer is safe. On real and simulated scans each one errs somewhere: `phase` on very noisy
projections, `vo` on scans that are short of half a turn, `mass` on objects that reach beyond the detector and
on miscalibrated pixels, `entropy` on truncated objects and missing angles, `negativity` on all of these,
`net` on truncated objects and where angles are missing to half a turn. They err for different reasons, so they
err in different places: where two of them agree to a column, they are right.

Each member votes with its confidence. The centre with most weight within a column wins; its value is the
median of the votes there, weighted by confidence and by how precise a member is known to be. The confidence
of the whole is the winner's share of all votes, times its strength, up to one full vote; votes a little
further off than a column and a half neither share nor oppose. A centre that one kind of evidence alone
supports is never sure, unless it is strong and another kind ends close by: `entropy` and `negativity` see the
same images, and count as one. Where angles are missing to half a turn, little but the mass tells of the axis, to
`net` too; there two kinds must agree to half a column to be sure.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType

import numpy as np

from batchwork.errors import MissingExtraError
from batchwork.tomo.kernels.scorers.base import Floats, Grid, Judgement, NotApplicable, Slice
from batchwork.tomo.kernels.scorers.conditioning import Conditioned, condition
from batchwork.tomo.kernels.scorers.correlation import Correlation
from batchwork.tomo.kernels.scorers.double_wedge import DoubleWedge
from batchwork.tomo.kernels.scorers.mass import Mass
from batchwork.tomo.kernels.scorers.net import Net
from batchwork.tomo.kernels.scorers.overlap import Overlap
from batchwork.tomo.kernels.scorers.sharpness import Pyramid
from batchwork.tomo.kernels.scorers.votes import TOLERANCE, Vote, value, weight, winners

ALONE = 0.3
"""Most confidence in what one kind of evidence alone supports."""
BACKED = 0.6
"""The same where another kind ends within `CLOSE_BY`."""
CLOSE_BY = 3.0
"""Columns; a peak in noisy projections wanders so far."""
SURE = 0.5
"""Confidence from which a centre needs nobody to look at it."""
SHORT_TOLERANCE = 0.5
"""Columns within which members must agree where angles are missing to half a turn."""

_AWAY = 0.1
_IMAGES = "images"


@dataclass(frozen=True, slots=True)
class Member:
    """What is known of a scorer before it has seen anything."""

    trust: float
    """Weight of its vote."""
    precision: float
    """Weight of its value among those that agree."""
    evidence: str
    """What it looks at; of members that look at the same, the strongest counts."""
    truncated: float = 1.0
    """Factor on its vote where the object reaches beyond the detector."""
    short: float = 1.0
    """Factor on its vote where angles are missing to half a turn."""

    def trusted(self, ready: Conditioned) -> float:
        """Give the weight of its vote on a slice."""
        return self.trust * (self.truncated if ready.truncated else 1.0) * (self.short if ready.short else 1.0)


MEMBERS: Mapping[str, Member] = MappingProxyType(
    {
        "phase": Member(1.0, 0.7, "opposite views"),
        "vo": Member(1.0, 2.0, "spectrum"),
        "mass": Member(1.0, 0.5, "mass"),
        "entropy": Member(1.0, 1.5, _IMAGES),
        "negativity": Member(0.5, 0.5, _IMAGES),
        "net": Member(0.7, 0.5, "network", truncated=0.0, short=0.6),
    }
)


class Consensus:
    """Scorer ``consensus``: see the module.

    In a scan over 360° of an object wider than the detector, where `overlap` is sure of an axis away from
    the middle, it alone decides: half a turn, which the others look at, does not show the whole object.
    """

    def judge(self, slice_: Slice, grid: Grid) -> Judgement:
        """Let all members judge; the scores are the weight of the votes about a candidate.

        Raises
        ------
        NotApplicable
            If no member can judge the slice.
        """
        ready = condition(slice_)
        wide = _half_acquisition(ready, grid)
        return wide if wide is not None else _vote(ready, grid)


def _half_acquisition(ready: Conditioned, grid: Grid) -> Judgement | None:
    if not ready.truncated:
        return None
    try:
        found = Overlap().judge_conditioned(ready, grid)
    except NotApplicable:
        return None
    away = abs(found.cor - (ready.columns - 1) / 2) > _AWAY * ready.columns
    return found if away and found.confidence >= SURE else None


def _vote(ready: Conditioned, grid: Grid) -> Judgement:
    return elect(ready, grid, *judgements(ready, grid))


def elect(
    ready: Conditioned, grid: Grid, parts: Mapping[str, Judgement], refusals: Mapping[str, str] = MappingProxyType({})
) -> Judgement:
    """Let what some members say become one judgement.

    Parameters
    ----------
    ready : Conditioned
    grid : Grid
    parts : mapping of str to Judgement
        By member.
    refusals : mapping of str to str
        Why other members say nothing.

    Raises
    ------
    NotApplicable
        If nobody says anything.
    """
    votes = [_as_vote(name, part, ready) for name, part in parts.items() if _counts(name, part, ready)]
    refused = [f"{name} refused: {reason}" for name, reason in refusals.items()]
    if not votes:
        raise NotApplicable("no scorer finds a centre; " + "; ".join(refused))
    most = winners(votes)
    cor, cors = value(most), grid.on_detector(ready.columns)
    lost = [f"{v.name} says {v.cor:.2f}" for v in votes if v not in most]
    return Judgement(
        cor,
        ready.trust * _confidence(cor, most, votes, SHORT_TOLERANCE if ready.short else np.inf),
        cors,
        _support(votes, cors),
        at_edge=not grid.holds(cor),
        note="; ".join([_together(most), *lost, *refused]),
        parts=MappingProxyType(dict(parts)),
    )


def _together(most: Sequence[Vote]) -> str:
    names = [vote.name for vote in most]
    return f"{' and '.join(names)} agree" if len(names) > 1 else f"{names[0]} is alone"


def judgements(
    ready: Conditioned, grid: Grid, names: Collection[str] = MEMBERS
) -> tuple[dict[str, Judgement], dict[str, str]]:
    """Ask members; give what they say, and why others say nothing."""
    pyramid = Pyramid(ready)
    judges: dict[str, Callable[[], Judgement]] = {
        "phase": lambda: Correlation().judge_conditioned(ready, grid),
        "vo": lambda: DoubleWedge().judge_conditioned(ready, grid),
        "mass": lambda: Mass().judge_conditioned(ready, grid),
        "entropy": lambda: pyramid.entropy(grid),
        "negativity": lambda: pyramid.negativity(grid),
        "net": lambda: Net().judge_conditioned(ready, grid),
    }
    parts, refusals = dict[str, Judgement](), dict[str, str]()
    for name in (name for name in judges if name in names):
        try:
            parts[name] = judges[name]()
        except (NotApplicable, MissingExtraError) as reason:
            refusals[name] = str(reason)
    return parts, refusals


def _counts(name: str, part: Judgement, ready: Conditioned) -> bool:
    """Leave out members that cannot know: not trusted here, or with eyes for the grid only and its end the best."""
    member = MEMBERS[name]
    return part.confidence * member.trusted(ready) > 0 and not (part.at_edge and member.evidence == _IMAGES)


def _as_vote(name: str, part: Judgement, ready: Conditioned) -> Vote:
    member = MEMBERS[name]
    return Vote(name, part.cor, member.trusted(ready) * part.confidence, member.precision)


def _confidence(cor: float, most: Sequence[Vote], votes: Sequence[Vote], tolerance: float = np.inf) -> float:
    """Share of the winners, times their strength: the strongest vote of each kind of evidence, up to 1.

    Two kinds of evidence back each other where some of their votes are within `tolerance`.
    """
    strongest = dict[str, float]()
    for vote in most:
        kind = MEMBERS[vote.name].evidence
        strongest[kind] = max(strongest.get(kind, 0.0), vote.weight)
    lost = [vote for vote in votes if vote not in most]
    against = [vote for vote in lost if abs(vote.cor - cor) > CLOSE_BY]
    share = weight(most) / (weight(most) + weight(against))
    confidence = share * min(sum(strongest.values()), 1.0)
    if any(_back_each_other(a, b, tolerance) for a, b in combinations(most, 2)):
        return confidence
    backed = any(vote not in against and MEMBERS[vote.name].evidence not in strongest for vote in lost)
    return min(confidence, BACKED if backed else ALONE)


def _back_each_other(a: Vote, b: Vote, tolerance: float) -> bool:
    return MEMBERS[a.name].evidence != MEMBERS[b.name].evidence and abs(a.cor - b.cor) <= tolerance


def _support(votes: Sequence[Vote], cors: Floats) -> Floats:
    """Weight of the votes about each candidate, each spread over `TOLERANCE`."""
    total = np.zeros_like(cors)
    for vote in votes:
        total += vote.weight * np.exp(-2 * ((cors - vote.cor) / TOLERANCE) ** 2)
    return total
