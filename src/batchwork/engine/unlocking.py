"""What a task's end means for those that wait for it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from batchwork.engine.graph import BATCH_KEY
from batchwork.engine.groups import Group, GroupBook, group_value
from batchwork.engine.ledger import rows
from batchwork.engine.ledger.ledger import Ledger
from batchwork.engine.ledger.rows import OPEN_STATES, TaskRow
from batchwork.engine.ledger.values import current_values, doubts_of_items
from batchwork.engine.queue import ReadyQueue
from batchwork.engine.signatures import StepNeeds
from batchwork.engine.workflow import AnyStep, Workflow

_BAD = frozenset({"failed", "blocked", "cancelled"})


@dataclass(slots=True)
class Unlocker:
    """Follows the graph downwards from tasks that are over.

    Attributes
    ----------
    closed : int
        Tasks that came to an end without running, because an input failed or was skipped.
    """

    ledger: Ledger
    workflow: Workflow
    needs: Mapping[str, StepNeeds]
    book: GroupBook
    queue: ReadyQueue
    closed: int = 0
    _waiting_items: dict[str, list[AnyStep]] = field(init=False)
    _waiting_groups: dict[str, list[AnyStep]] = field(init=False)

    def __post_init__(self) -> None:
        steps = self.workflow.steps
        waits = {step.name: self.workflow.waits_for(step.name) for step in steps}
        self._waiting_items = {s.name: [t for t in steps if not t.is_group and s.name in waits[t.name]] for s in steps}
        self._waiting_groups = {s.name: [t for t in steps if t.is_group and s.name in waits[t.name]] for s in steps}

    def item_over(self, step: str, item: int) -> None:
        """An item's task is over."""
        if not self._waiting_items[step] and not self._waiting_groups[step]:
            return
        own = rows.tasks_of_item(self.ledger.db, item)
        for later in self._waiting_items[step]:
            row = own.get(later.name)
            if row is not None and row.state == "pending":
                self._consider_item(later, item, row)
        for later in self._waiting_groups[step]:
            self._member_over(later, item)

    def _member_over(self, later: AnyStep, item: int) -> None:
        row = rows.item_by_id(self.ledger.db, item)
        group = self.book.find(later.name, group_value(later, json.loads(row.attrs), row.key))
        if group is not None:
            group.open -= 1
            self._consider_group(later, group)

    def _consider_item(self, step: AnyStep, item: int, row: TaskRow) -> None:
        tasks = rows.tasks_of_item(self.ledger.db, item)
        above: dict[str, TaskRow | None] = {}
        for name in self.workflow.waits_for(step.name):
            if self.workflow[name].is_group:
                found = rows.item_by_id(self.ledger.db, item)
                key = group_value(self.workflow[name], json.loads(found.attrs), found.key)
                above[name] = rows.task_by_group(self.ledger.db, name, key)
            else:
                above[name] = tasks.get(name)
        if any(task is None or task.state in OPEN_STATES for task in above.values()):
            return
        own = current_values(self.ledger.db, item) if step.reads else {}
        values = self.needs[step.name].with_stand_ins(own)
        inputs = [(name, above[name]) for name in self.workflow.needed_by(step.name, values)]
        inputs += [
            (n, t) for n in self.workflow.writers_of_missing(step.name, own) if (t := above[n]) and t.state in _BAD
        ]
        if self._closes(row, inputs) or (step.reads and self._doubted(step, item, row)):
            self.item_over(step.name, item)
        else:
            self.queue.push(step.name, row.id)

    def _closes(self, row: TaskRow, inputs: Iterable[tuple[str, TaskRow | None]]) -> bool:
        """Block or skip a task whose input failed or was skipped."""
        for name, task in inputs:
            if task is not None and task.state in _BAD:
                self._close(row, "blocked", f"step '{name}' failed")
                return True
            if task is not None and task.state == "skipped":
                self._close(row, "skipped", f"step '{name}' was skipped")
                return True
        return False

    def _doubted(self, step: AnyStep, item: int, row: TaskRow) -> bool:
        """Block a task that reads a result which waits for a person's decision."""
        doubts = doubts_of_items(self.ledger.db, item, item).get(item, {})
        why = next((doubts[name] for name in step.reads if name in doubts), None)
        if why is not None:
            self._close(row, "blocked", why)
        return why is not None

    def _close(self, row: TaskRow, state: str, reason: str) -> None:
        self.ledger.begin()
        self.ledger.db.execute("UPDATE task SET state = ?, ready = 0, reason = ? WHERE id = ?", (state, reason, row.id))
        self.closed += 1

    def _consider_group(self, step: AnyStep, group: Group) -> None:
        row = rows.task_by_group(self.ledger.db, step.name, group.key)
        if group.open > 0 or row is None or row.state != "pending":
            return
        whole = [b.ref for b in self.workflow.bindings[step.name] if b.kind == "step" and not b.many]
        inputs = []
        for name in whole:
            key = BATCH_KEY if self.workflow[name].over == "batch" else group.key
            inputs.append((name, rows.task_by_group(self.ledger.db, name, key)))
        if any(task is None or task.state in OPEN_STATES for _, task in inputs):
            return
        if self._closes(row, inputs):
            self.group_over(step.name, group.key)
        else:
            self.queue.push(step.name, row.id)

    def close_group(self, row: TaskRow, state: str, reason: str) -> None:
        """A group turned out to have no members that could take part."""
        self._close(row, state, reason)
        self.group_over(row.step, row.grp or BATCH_KEY)

    def group_over(self, step: str, key: str) -> None:
        """A group's task is over."""
        for later in self._waiting_groups[step]:
            many = any(b.ref == step and b.many for b in self.workflow.bindings[later.name])
            for group in self.book.groups_of(later.name):
                if many:
                    group.open -= 1
                if many or group.key == key or self.workflow[step].over == "batch":
                    self._consider_group(later, group)
        mine = self.book.find(step, key)
        for later in self._waiting_items[step]:
            for item in mine.ids if mine is not None else ():
                row = rows.tasks_of_item(self.ledger.db, item).get(later.name)
                if row is not None and row.state == "pending":
                    self._consider_item(later, item, row)
