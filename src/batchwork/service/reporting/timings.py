"""How long tasks took, how much memory, and which slot was busy when."""

import sqlite3
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from batchwork.service.reporting import words
from batchwork.service.reporting.runs import RunFact

WIDTH = 1000.0
"""The width of the timeline, in its own units."""

_MERGED_BELOW = 1.0
_MAX_LANES = 64


@dataclass(frozen=True, slots=True)
class StepTiming:
    """Times of a step's finished attempts, in seconds, and the highest memory of one, in bytes."""

    step: str
    count: int
    median: float
    high: float
    total: float
    peak: int | None


def step_timings(db: sqlite3.Connection, steps: Sequence[str]) -> list[StepTiming]:
    """Sum up the attempts that ended done, step by step; 90 % took at most `high`."""
    found = []
    for step in steps:
        rows = db.execute(
            "SELECT attempt.ended - started FROM attempt JOIN task ON task.id = attempt.task "
            "WHERE step = ? AND attempt.state = 'done' AND started IS NOT NULL",
            (step,),
        )
        seconds = array("d", (row[0] for row in rows))
        if seconds:
            found.append(_timing(db, step, sorted(seconds)))
    return found


def _timing(db: sqlite3.Connection, step: str, seconds: list[float]) -> StepTiming:
    peak = db.execute(
        "SELECT max(peak_bytes) FROM attempt JOIN task ON task.id = attempt.task WHERE step = ?", (step,)
    ).fetchone()[0]
    count = len(seconds)
    median = (seconds[(count - 1) // 2] + seconds[count // 2]) / 2
    return StepTiming(step, count, median, seconds[min(count - 1, int(0.9 * count))], sum(seconds), peak)


@dataclass(slots=True)
class Bar:
    """One or more tasks of a step on the timeline; `look` is the step's number, or "failed"."""

    x: float
    width: float
    look: str
    title: str
    tasks: int = 1


@dataclass(slots=True)
class Lane:
    """One slot on the timeline."""

    slot: str
    busy: float = 0.0
    bars: list[Bar] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Slots over the time of all runs, the pauses between runs left out.

    Attributes
    ----------
    seconds : float
        What the whole width stands for.
    marks : sequence of float
        Where a run begins.
    hidden : int
        Slots that are not shown.
    """

    seconds: float
    marks: Sequence[float]
    lanes: Sequence[Lane]
    hidden: int


@dataclass(slots=True)
class _Axis:
    """Moments → positions, the pauses between runs left out."""

    starts: list[float]
    offsets: list[float]
    total: float

    @classmethod
    def of(cls, runs: Sequence[RunFact], latest: float) -> "_Axis":
        offsets, total = [], 0.0
        for run, after in zip(runs, [*runs, None][1:], strict=True):
            end = run.ended if run.ended is not None else min(latest, after.started if after else latest)
            offsets.append(total)
            total += max(end - run.started, 0.001)
        return cls([run.started for run in runs], offsets, total)

    def __call__(self, at: float) -> float:
        i = max(bisect_right(self.starts, at) - 1, 0)
        end = self.offsets[i + 1] if i + 1 < len(self.offsets) else self.total
        place = min(max(self.offsets[i] + at - self.starts[i], self.offsets[i]), end)
        return place / self.total * WIDTH


def timeline(db: sqlite3.Connection, runs: Sequence[RunFact], steps: Sequence[str]) -> Timeline | None:
    """Lay the attempts out over their slots; None if nothing has run on one."""
    latest = db.execute("SELECT max(ended) FROM attempt WHERE started IS NOT NULL AND slot != ''").fetchone()[0]
    if latest is None or not runs:
        return None
    axis, looks, lanes = _Axis.of(runs, latest), {name: str(i % 8) for i, name in enumerate(steps)}, dict[str, Lane]()
    rows = db.execute(
        "SELECT host || '/' || slot, step, coalesce(key, grp), attempt.state, started, attempt.ended FROM attempt "
        "JOIN task ON task.id = attempt.task LEFT JOIN item ON item.id = task.item "
        "WHERE started IS NOT NULL AND slot != '' ORDER BY started"
    )
    for slot, step, key, state, started, ended in rows:
        lane = lanes.setdefault(slot, Lane(slot))
        lane.busy += ended - started
        look = "failed" if state == "failed" else looks.get(step, "7")
        left = axis(started)
        title = f"{step}, {key}: {state}, {words.duration(ended - started)}"
        _add(lane, Bar(left, max(axis(ended) - left, 0.0), look, title), step)
    ordered = _named(lanes)
    marks = [offset / axis.total * WIDTH for offset in axis.offsets]
    return Timeline(axis.total, marks, ordered[:_MAX_LANES], max(len(ordered) - _MAX_LANES, 0))


def _add(lane: Lane, bar: Bar, step: str) -> None:
    """Append a bar; many short ones of a kind become one."""
    last = lane.bars[-1] if lane.bars else None
    short = (
        last is not None
        and (bar.width < _MERGED_BELOW or last.tasks > 1)
        and bar.x - last.x - last.width < _MERGED_BELOW
    )
    if last is None or not short or last.look != bar.look:
        lane.bars.append(bar)
        return
    last.width = max(bar.x + bar.width - last.x, last.width)
    last.tasks += 1
    last.title = f"{last.tasks} tasks, {step}"


def _named(lanes: dict[str, Lane]) -> list[Lane]:
    """Sort the lanes, and leave the host out where there is just one."""
    ordered = [lanes[name] for name in sorted(lanes)]
    if len({name.partition("/")[0] for name in lanes}) == 1:
        for lane in ordered:
            lane.slot = lane.slot.partition("/")[2]
    return ordered
