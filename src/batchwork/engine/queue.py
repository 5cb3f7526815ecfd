"""Tasks that could start now: a window of them, the rest waits in the ledger."""

from collections import deque
from dataclasses import dataclass, field

from batchwork.engine.ledger import rows
from batchwork.engine.ledger.ledger import Ledger
from batchwork.engine.ledger.rows import TaskRow

_PAGE = 1000


@dataclass(slots=True)
class _Lane:
    """The tasks of one step."""

    unlocked: deque[int] = field(default_factory=deque)
    page: deque[TaskRow] = field(default_factory=deque)
    after: int = 0
    exhausted: bool = False


@dataclass(slots=True)
class ReadyQueue:
    """Hands out tasks step by step; those unlocked by others come first.

    Attributes
    ----------
    ledger : Ledger
    in_flight : set of int
        Tasks that were handed out and are not over; never handed out twice.
    """

    ledger: Ledger
    in_flight: set[int] = field(default_factory=set)
    _lanes: dict[str, _Lane] = field(default_factory=dict)

    def reset(self) -> None:
        """Start again after a new planning."""
        self._lanes.clear()

    def push(self, step: str, task: int) -> None:
        """Add a task that waits for nothing more."""
        self._lanes.setdefault(step, _Lane()).unlocked.append(task)

    def has(self, step: str) -> bool:
        """Say whether a task of the step can start."""
        lane = self._lanes.setdefault(step, _Lane())
        return bool(lane.unlocked) or self._filled(step, lane)

    def _filled(self, step: str, lane: _Lane) -> bool:
        while not lane.page and not lane.exhausted:
            found = rows.ready_tasks(self.ledger.db, step, lane.after, _PAGE)
            if not found:
                lane.exhausted = True
                break
            lane.after = found[-1].id
            lane.page.extend(row for row in found if row.id not in self.in_flight)
        return bool(lane.page)

    def take(self, step: str, count: int) -> list[TaskRow]:
        """Hand out up to `count` tasks of a step."""
        lane = self._lanes.setdefault(step, _Lane())
        taken: list[TaskRow] = []
        while len(taken) < count:
            if lane.unlocked:
                row = rows.task_by_id(self.ledger.db, lane.unlocked.popleft())
            elif self._filled(step, lane):
                row = lane.page.popleft()
            else:
                break
            if row.id not in self.in_flight:
                self.in_flight.add(row.id)
                taken.append(row)
        return taken
