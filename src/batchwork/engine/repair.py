"""Repair of a numeric value over series: outliers and gaps.

Within each series, in order of the index, a value is an outlier if it is further from the
median than ``min(max_delta, max(10, 5·MAD))``, the MAD unscaled. It becomes the mean of the
nearest value on each side that is no outlier, at an end of the two nearest there. Then
missing values become the mean of their series over the whole table.

Where a value drifts along a series, as the centre of rotation does while a machine warms up,
the method "drift" compares with a robust line through the series instead of its median, and
both outliers and missing values become what the line has at their index.

References
----------
Theil, Proc. Kon. Ned. Akad. Wet. A 53 (1950) 386; Sen, J. Am. Stat. Assoc. 63 (1968) 1379, for the line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean, median
from typing import Literal

Method = Literal["neighbours", "drift"]

FLOOR = 10.0
MADS = 5.0

_LEAST_POINTS = 4
_MOST_POINTS = 300
"""Through which a line is laid; of more, these are taken evenly."""


@dataclass(frozen=True, slots=True)
class Member:
    """One item of a series.

    Attributes
    ----------
    key : str
    series : str
    index : int
    value : float or None
    selected : bool
        Whether it may be repaired; others only give.
    """

    key: str
    series: str
    index: int
    value: float | None
    selected: bool = True


@dataclass(frozen=True, slots=True)
class Change:
    """What a repair would do to one item, and why."""

    key: str
    before: float | None
    after: float
    reason: str


def repair_values(
    members: Sequence[Member], max_delta: float, method: Method = "neighbours"
) -> tuple[list[Change], list[str]]:
    """Work out the repair of one value.

    Parameters
    ----------
    members : sequence of Member
        All items, of all series.
    max_delta : float
        Upper limit of the threshold, in the value's unit.
    method : "neighbours" or "drift"
        Of series too short for a line, "drift" does what "neighbours" does.

    Returns
    -------
    list of Change, list of str
        The second: keys that miss a value and have no donor in their series.
    """
    changes: list[Change] = []
    orphans: list[str] = []
    for series in dict.fromkeys(member.series for member in members):
        group = sorted((m for m in members if m.series == series), key=lambda m: m.index)
        line = _line(group) if method == "drift" else None
        if line is not None:
            changes += _off_line(group, line, max_delta)
            continue
        replaced = _outliers(group, max_delta)
        changes += replaced
        filled, without = _gaps(group, {change.key: change.after for change in replaced})
        changes += filled
        orphans += without
    return changes, orphans


def _line(group: Sequence[Member]) -> tuple[float, float] | None:
    """Lay a line through a series that a quarter of wrong values does not move: value at index 0, and slope."""
    points = [(m.index, m.value) for m in group if m.value is not None]
    chosen = points[:: -(-len(points) // _MOST_POINTS)] if points else []
    slopes = [(b - a) / (j - i) for (i, a), (j, b) in combinations(chosen, 2) if j != i]
    if len(points) < _LEAST_POINTS or not slopes:
        return None
    slope = median(slopes)
    return median(value - slope * index for index, value in points), slope


def _off_line(group: Sequence[Member], line: tuple[float, float], max_delta: float) -> list[Change]:
    fitted = {m.key: line[0] + line[1] * m.index for m in group}
    far = [abs(m.value - fitted[m.key]) for m in group if m.value is not None]
    threshold = min(max_delta, max(FLOOR, MADS * median(far)))
    changes = []
    for m in group:
        if m.selected and m.value is None:
            changes.append(
                Change(m.key, None, fitted[m.key], f"missing; the line through its series, {line[1]:+.3g} each")
            )
        elif m.selected and m.value is not None and abs(m.value - fitted[m.key]) > threshold:
            reason = f"{m.value:g} is more than {threshold:g} from the line through its series, {line[1]:+.3g} each"
            changes.append(Change(m.key, m.value, fitted[m.key], reason))
    return changes


def _outliers(group: Sequence[Member], max_delta: float) -> list[Change]:
    rows = [m for m in group if m.selected]
    numbers = [m.value for m in rows if m.value is not None]
    if len(rows) < 2 or len(numbers) < 2:  # noqa: PLR2004 - nothing to compare with
        return []
    middle = median(numbers)
    threshold = min(max_delta, max(FLOOR, MADS * median(abs(v - middle) for v in numbers)))
    flagged = [m.value is not None and abs(m.value - middle) > threshold for m in rows]
    changes = []
    for i, member in enumerate(rows):
        donors = _donors(rows, flagged, i) if flagged[i] else []
        if donors:
            reason = f"{member.value:g} is more than {threshold:g} from the series median {middle:g}"
            changes.append(Change(member.key, member.value, fmean(donors), reason))
    return changes


def _donors(rows: Sequence[Member], flagged: Sequence[bool], at: int) -> list[float]:
    """Give the nearest sound value on each side; at an end, the two nearest there."""
    left = [m.value for m, bad in zip(rows[:at], flagged[:at], strict=True) if not bad and m.value is not None]
    right = [
        m.value for m, bad in zip(rows[at + 1 :], flagged[at + 1 :], strict=True) if not bad and m.value is not None
    ]
    if left and right:
        return [left[-1], right[0]]
    return left[-2:] or right[:2]


def _gaps(group: Sequence[Member], repaired: Mapping[str, float]) -> tuple[list[Change], list[str]]:
    values = [repaired.get(m.key, m.value) for m in group]
    donors = [v for v in values if v is not None]
    missing = [m for m in group if m.value is None and m.selected]
    if not donors:
        return [], [m.key for m in missing]
    mean = fmean(donors)
    return [Change(m.key, None, mean, f"missing; mean of {len(donors)} of its series") for m in missing], []
