"""Drift: what changes while a plate is taken, and from plate to plate."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchwork.screening.quality.effects import FEWEST, FEWEST_IN_ALL, slope
from batchwork.screening.quality.permutation import along, among_groups, chances
from batchwork.screening.quality.robust import known, middle

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Drift:
    """How a measure changes along an order.

    Attributes
    ----------
    size : float
        Last less first by the line of Theil and Sen, as a share of the median.
    p : float
        Share of random orders in which it changes as steadily; NaN with a reason.
    reason : str
        Why there is none.
    """

    size: float = float("nan")
    p: float = float("nan")
    reason: str = ""


def order_drift(values: Floats, order: Floats) -> Drift:
    """Look for drift over the order in which wells were taken.

    Wells are what is put into random order, not images: those of one well are alike for reasons of their own.

    Parameters
    ----------
    values : (wells,) float
        One measure; wells with NaN are left out.
    order : (wells,) float
        When each was taken, any unit.
    """
    kept = np.isfinite(values) & np.isfinite(order)
    told, when = values[kept], order[kept]
    if len(told) < FEWEST_IN_ALL or len(np.unique(when)) < FEWEST:
        return Drift(reason=f"not enough wells: {len(told)} with a value and a time, {FEWEST_IN_ALL} are needed")
    if middle(told) <= 0:
        return Drift(reason="the median of the wells is not above 0")
    places = np.unique(when, return_inverse=True)[1].astype(np.float64)
    size = slope(places, told) * float(places.max()) / middle(told)
    return Drift(size, chances(told, [along(when)])[0])


@dataclass(frozen=True, slots=True)
class Shift:
    """How one plate lies to the others.

    Attributes
    ----------
    median : float
        Of its wells.
    size : float
        As a share: its median over that of the wells of all other plates, less 1.
    p : float
        Share of random assignments of wells to plates in which it lies as far off; NaN with a reason.
    reason : str
        Why there is none.
    """

    median: float
    size: float = float("nan")
    p: float = float("nan")
    reason: str = ""


def plate_shifts(plates: Sequence[Floats]) -> list[Shift]:
    """Compare each plate with all others together.

    Parameters
    ----------
    plates : sequence of (wells,) float
        One measure of the wells of each plate; NaN is left out.
    """
    told = [known(values) for values in plates]
    return [_shift(mine, [other for k, other in enumerate(told) if k != place]) for place, mine in enumerate(told)]


def _shift(mine: Floats, others: Sequence[Floats]) -> Shift:
    rest = np.concatenate([*others, np.empty(0)])
    if min(len(mine), len(rest)) < FEWEST:
        return Shift(middle(mine), reason=f"not enough wells: {len(mine)} here and {len(rest)} on the other plates, "
                     f"{FEWEST} of each are needed")  # fmt: skip
    if middle(rest) <= 0:
        return Shift(middle(mine), reason="the median of the other plates is not above 0")
    group = np.repeat([0, 1], [len(mine), len(rest)])
    p = chances(np.concatenate([mine, rest]), [among_groups(group)])[0]
    return Shift(middle(mine), middle(mine) / middle(rest) - 1, p)


def plate_drift(plates: Sequence[Floats]) -> Drift:
    """Look for drift over plates in their order; the wells of all plates are put into random order.

    Parameters
    ----------
    plates : sequence of (wells,) float
        One measure of the wells of each plate; NaN is left out.
    """
    told = [known(values) for values in plates]
    filled = sum(len(values) >= FEWEST for values in told)
    if filled < FEWEST:
        return Drift(reason=f"not enough plates: {filled} with {FEWEST} wells that have a value, {FEWEST} are needed")
    values, order = np.concatenate(told), np.repeat(np.arange(len(told), dtype=np.float64), [len(v) for v in told])
    if middle(values) <= 0:
        return Drift(reason="the median of the wells is not above 0")
    medians = np.array([middle(one) for one in told])
    kept = np.isfinite(medians)
    size = slope(np.flatnonzero(kept).astype(np.float64), medians[kept]) * (len(told) - 1) / middle(values)
    return Drift(size, chances(values, [along(order)])[0])
