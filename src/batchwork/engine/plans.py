"""What a plan is: the tasks that would run, and why."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

NOT_YET, INTERRUPTED = "has not run yet", "was interrupted"
"""Reasons of tasks that no run has finished."""
ASKED_AGAIN = "asked for again"
"""The reason of a task that is up to date and runs because the user wants it to."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which of the tasks that are not up to date a run takes on.

    Attributes
    ----------
    steps : frozenset of str or None
        Only these steps.
    items : tuple of str or None
        Only items whose key matches one of these globs.
    keys : frozenset of str or None
        Only items with these keys; of those, only what `items` matches.
    force : bool
        Also what is up to date.
    failed_only : bool
        Only what has failed or was set aside, and what waits for it.
    error_class : str or None
        With `failed_only`: only failures of this class.
    leave_failed : bool
        Not again what has failed with the same inputs, as when a folder is watched.
    goes_on : bool
        This is no new run: what is pending was taken on before.
    """

    steps: frozenset[str] | None = None
    items: tuple[str, ...] | None = None
    force: bool = False
    failed_only: bool = False
    error_class: str | None = None
    leave_failed: bool = False
    goes_on: bool = False
    keys: frozenset[str] | None = None

    def going_on(self) -> "Selection":
        """Give the selection for planning again within a run: what it has begun goes on, once."""
        return replace(self, force=False, leave_failed=True, goes_on=True)

    def takes_item(self, key: str) -> bool:
        """Say whether an item is selected."""
        if self.keys is not None and key not in self.keys:
            return False
        return self.items is None or any(key == glob or fnmatchcase(key, glob) for glob in self.items)

    def takes_step(self, step: str) -> bool:
        """Say whether a step is selected."""
        return self.steps is None or step in self.steps

    def union(self, other: "Selection") -> "Selection":
        """Give a selection that takes on what either does."""
        steps = None if self.steps is None or other.steps is None else self.steps | other.steps
        items = None if self.items is None or other.items is None else self.items + other.items
        keys = None if self.keys is None or other.keys is None else self.keys | other.keys
        leave_failed = self.leave_failed or other.leave_failed
        failed_only = self.failed_only and other.failed_only
        return Selection(steps, items, failed_only=failed_only, leave_failed=leave_failed, keys=keys)


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """One task that would run.

    Attributes
    ----------
    item : str
        The item's key, or the group's.
    step : str
    reason : str
    """

    item: str
    step: str
    reason: str


@dataclass(slots=True)
class Plan:
    """What a run would do.

    Attributes
    ----------
    tasks : list of PlannedTask
        In the order in which they would start; empty if only counts were asked for.
    count : int
        How many tasks would run.
    up_to_date : int
    warnings : list of str
    spared : int
        Of those that were to run, how many need not once what they waited for had come out as it was.
    """

    tasks: list[PlannedTask] = field(default_factory=list)
    count: int = 0
    up_to_date: int = 0
    warnings: list[str] = field(default_factory=list)
    spared: int = 0

    def plain(self) -> dict[str, object]:
        """Give the plan as JSON data."""
        tasks = [{"item": t.item, "step": t.step, "reason": t.reason} for t in self.tasks]
        return {"tasks": tasks, "up_to_date": self.up_to_date}

    def lines(self) -> Iterator[str]:
        """Give the plan as a table."""
        if not self.count:
            yield f"Nothing to do: {self.up_to_date} tasks are up to date."
            return
        widths = [
            max(len(word) for word in column) for column in zip(*((t.item, t.step) for t in self.tasks), strict=True)
        ]
        for task in self.tasks:
            yield f"{task.item:<{widths[0]}}  {task.step:<{widths[1]}}  {task.reason}"
        yield f"{self.count} to run, {self.up_to_date} up to date"

    def __str__(self) -> str:
        """Give the table as one text."""
        return "\n".join(self.lines())
