"""Votes on a centre, and which of them agree."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

TOLERANCE = 1.5
"""Columns within which votes agree."""


@dataclass(frozen=True, slots=True)
class Vote:
    """One voice."""

    name: str
    cor: float
    weight: float
    """What it counts for, >= 0."""
    precision: float = 1.0
    """How much its value counts among those that agree."""


def winners(votes: Sequence[Vote]) -> list[Vote]:
    """Give those within `TOLERANCE` of the vote that has most weight about it; `votes` is not empty."""
    cors, weights = np.array([v.cor for v in votes]), np.array([v.weight for v in votes])
    near = np.abs(np.subtract.outer(cors, cors)) <= TOLERANCE
    most = near[int(np.argmax(near @ weights))]
    return [vote for vote, agrees in zip(votes, most, strict=True) if agrees]


def weight(votes: Sequence[Vote]) -> float:
    """Add up what votes count for."""
    return sum(vote.weight for vote in votes)


def value(votes: Sequence[Vote]) -> float:
    """Weighted median of votes, interpolated between them."""
    ordered = sorted(votes, key=lambda vote: vote.cor)
    shares = np.array([max(v.weight * v.precision, np.finfo(np.float64).tiny) for v in ordered])
    middles = np.cumsum(shares) - shares / 2
    return float(np.interp(shares.sum() / 2, middles, [v.cor for v in ordered]))
