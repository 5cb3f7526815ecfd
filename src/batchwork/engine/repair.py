"""Repair of a numeric value over series: outliers and gaps.

Within each series, in order of the index, a value is an outlier if it is further from the
median than ``min(max_delta, max(10, 5·MAD))``, the MAD unscaled. It becomes the mean of the
nearest value on each side that is no outlier, at an end of the two nearest there. Then
missing values become the mean of their series over the whole table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

FLOOR = 10.0
MADS = 5.0


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


def repair_values(members: Sequence[Member], max_delta: float) -> tuple[list[Change], list[str]]:
    """Work out the repair of one value.

    Parameters
    ----------
    members : sequence of Member
        All items, of all series.
    max_delta : float
        Upper limit of the threshold, in the value's unit.

    Returns
    -------
    list of Change, list of str
        The second: keys that miss a value and have no donor in their series.
    """
    changes: list[Change] = []
    orphans: list[str] = []
    for series in dict.fromkeys(member.series for member in members):
        group = sorted((m for m in members if m.series == series), key=lambda m: m.index)
        replaced = _outliers(group, max_delta)
        changes += replaced
        filled, without = _gaps(group, {change.key: change.after for change in replaced})
        changes += filled
        orphans += without
    return changes, orphans


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
