"""What the benchmarks give: one figure each, with its aim and its peer, and how a table of them is written."""

import os
import platform
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

HEAD = "| what | Batchwork | beside | times | aim | met |\n|---|---:|---:|---:|---|---|"
_LARGE = 100
"""From here on, decimals tell nothing."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure.

    Attributes
    ----------
    what : str
    ours : float, optional
        None if it could not be measured.
    unit : str
        Of `ours` and `theirs`; ends in "a second" where more is better.
    peer : str
        What it is held beside.
    theirs : float, optional
        None if the peer is not there.
    most, least : float, optional
        The aim: that ours is at most, at least this.
    times : float, optional
        The aim: that theirs is at least so many times ours.
    note : str
        Why there is no figure.
    """

    what: str
    ours: float | None = None
    unit: str = "s"
    peer: str = ""
    theirs: float | None = None
    most: float | None = None
    least: float | None = None
    times: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times ours theirs is."""
        return self.theirs / self.ours if self.ours and self.theirs else None

    @property
    def met(self) -> bool | None:
        """Whether all aims that can be judged are met; None if there is none."""
        held = [(self.ours, self.most, -1), (self.ours, self.least, 1), (self.ratio, self.times, 1)]
        judged = [sign * (found - aim) >= 0 for found, aim, sign in held if found is not None and aim is not None]
        return all(judged) if judged else None

    def row(self) -> str:
        """Give the line of the table."""
        ours = self.note or _number(self.ours, self.unit)
        ratio = f"{self.ratio:.3g}" if self.ratio is not None else ""
        met = {True: "yes", False: "**no**", None: ""}[self.met]
        return f"| {self.what} | {ours} | {self._beside()} | {ratio} | {', '.join(self._aims())} | {met} |"

    def _beside(self) -> str:
        if self.peer and self.theirs is None:
            return f"{self.peer}: not installed"
        return f"{self.peer}: {_number(self.theirs, self.unit)}" if self.peer else ""

    def _aims(self) -> Iterator[str]:
        if self.most is not None:
            yield f"≤ {_number(self.most, self.unit)}"
        if self.least is not None:
            yield f"≥ {_number(self.least, self.unit)}"
        if self.times is not None:
            yield f"≥ {self.times:g} times"


def table(figures: Iterable[Figure]) -> str:
    """Write figures as a table in Markdown."""
    return "\n".join([HEAD, *(figure.row() for figure in figures)])


def machine() -> str:
    """Name what this is measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores, version = len(os.sched_getaffinity(0)), platform.python_version()
    return f"{platform.machine()}, {cores} cores, {memory:.0f} GiB, Python {version}"


def _number(value: float | None, unit: str) -> str:
    """Write a value to three digits."""
    if value is None:
        return ""
    return f"{value:,.0f} {unit}" if value >= _LARGE else f"{value:.3g} {unit}"
