"""Entries that give the same stimulus: both would be one sample, with the same noise."""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

from batchwork.tactile.sweeps.entry import Entry
from batchwork.tactile.sweeps.forms import Value
from batchwork.tactile.sweeps.rules import Parameters
from batchwork.tactile.sweeps.sample import key_of

MOST_COMPARED = 10_000_000
"""Combinations of two entries that are looked through for a common one."""


def find_overlaps(entries: Sequence[Entry | None], line_of: Callable[[int], int]) -> Iterator[tuple[int, str]]:
    """Find entries that share a sample with an earlier one.

    Parameters
    ----------
    entries : sequence of Entry or None
        None stands for one that could not be read.
    line_of : callable
        Gives the line of an entry by its number.

    Yields
    ------
    (int, str)
        The later entry's number, and what to tell.
    """
    there = [(number, entry) for number, entry in enumerate(entries) if entry is not None]
    for (first, one), (second, other) in combinations(there, 2):
        if one.kind.name != other.kind.name or _are_apart(one, other):
            continue
        where = f"stimuli[{first}] in line {line_of(first)}"
        if one.combinations + other.combinations > MOST_COMPARED:
            yield second, f"is too large to be told apart from {where}; write them as one"
        elif (shared := _shared(one, other)) is not None:
            told = ", ".join(f"{name}={value:g}" for name, value in one.kind.describe(shared).items())
            yield second, f"gives stimuli that {where} gives too ({told}); for more of the same raise its repetitions"


def _are_apart(one: Entry, other: Entry) -> bool:
    """Say whether some parameter has no value in both, which can be seen without any combination."""
    return any(
        not mine & theirs
        for name in one.kind.defaults
        if (mine := _values(one, name)) is not None and (theirs := _values(other, name)) is not None
    )


def _values(entry: Entry, name: str) -> set[Value] | None:
    """Give all values that a parameter has; None if some depend on others."""
    gated = {i for i, _ in entry.gates}
    for i, axis in enumerate(entry.axes):
        if name in axis.names:
            place = axis.names.index(name)
            return None if i in gated else {point[place] for point in axis.points}
    return {entry.kind.defaults[name]} if name not in entry.kind.rules.only else None


def _shared(one: Entry, other: Entry) -> Parameters | None:
    """Find a sample of both."""
    name = one.kind.name
    known = {key_of(name, one.parameters(i), 0) for i in range(one.combinations)}
    found = (other.parameters(i) for i in range(other.combinations))
    return next((parameters for parameters in found if key_of(name, parameters, 0) in known), None)
