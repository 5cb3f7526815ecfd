"""Driving a backend by hand, as the coordinator does."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from batchwork.engine.backends.base import Backend, Ended, Event, Finished, StepSpec, TaskSpec
from batchwork.testing import probes

E = TypeVar("E")

_KINDS = {"output": "output", "key": "attribute"}


@dataclass(slots=True)
class Driver:
    """A backend under test, with tasks for it and everything that it has told.

    Attributes
    ----------
    backend : Backend
    folder : Path
        Where outputs and logs go.
    events : list of Event
        All events so far, in their order.
    """

    backend: Backend
    folder: Path
    events: list[Event] = field(default_factory=list)
    _next: int = 0

    @staticmethod
    def step(name: str, *, threads: int = 1, **params: object) -> StepSpec:
        """Describe one of the steps of `batchwork.testing.probes`."""
        found = getattr(probes, name)
        kinds = {argument: _KINDS[argument] for argument in found.arguments}
        given = {p.name: params.get(p.name, p.default) for p in found.parameters}
        return StepSpec(name, probes.__name__, name, given, kinds, found.writes, threads)

    def task(self, step: str, key: str, **limits: float | None) -> TaskSpec:
        """Make a task; limits are `timeout`, `no_progress` and `memory`."""
        self._next += 1
        number, has_output = self._next, "output" in getattr(probes, step).arguments
        outputs = {"": str(self.folder / f".{key}.partial.out")} if has_output else {}
        log = str(self.folder / "logs" / f"{key}.{number}.log")
        made = TaskSpec(number, step, key, {"key": key}, outputs, None, log)
        return replace(made, **limits)  # type: ignore[arg-type]

    def tasks(self, step: str, keys: Sequence[str], **limits: float | None) -> list[TaskSpec]:
        """Make several tasks."""
        return [self.task(step, key, **limits) for key in keys]

    async def until(self, condition: Callable[[], object], seconds: float = 30.0) -> None:
        """Hear events until something is so.

        Raises
        ------
        TimeoutError
            If it is not so in time.
        """
        end = time.monotonic() + seconds
        while not condition():
            left = end - time.monotonic()
            self.events += await asyncio.wait_for(self.backend.events(), max(left, 0.01))

    async def over(self, tasks: Sequence[TaskSpec], seconds: float = 30.0) -> None:
        """Hear events until each of these tasks has finished or ended."""
        wanted = {task.id for task in tasks}
        await self.until(lambda: wanted <= {e.task for e in self.events if isinstance(e, Finished | Ended)}, seconds)

    def of(self, kind: type[E]) -> list[E]:
        """Give the events of one kind so far."""
        return [event for event in self.events if isinstance(event, kind)]

    def report(self, task: TaskSpec) -> dict[str, Any]:
        """Give how a task finished, as the child wrote it; `Any` because it is JSON."""
        return next(dict(e.report) for e in self.of(Finished) if e.task == task.id)

    def end(self, task: TaskSpec) -> Ended:
        """Give how a task was ended."""
        return next(e for e in self.of(Ended) if e.task == task.id)
