"""The coordinator: feeds slots, publishes and records results, obeys the user.

One per running batch. It alone writes the ledger and renames outputs; it never calls a
step. What it records is committed in groups, at least twenty times a second.
"""

import asyncio
import platform
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from batchwork.engine.backends.base import (
    Backend,
    Ended,
    Event,
    Finished,
    Lost,
    Progress,
    Returned,
    Spawned,
    TaskSpec,
)
from batchwork.engine.definition import Definition
from batchwork.engine.events import Listener, RunEvent
from batchwork.engine.judging import closed_by_members
from batchwork.engine.ledger import rows
from batchwork.engine.ledger.ledger import Ledger
from batchwork.engine.ledger.rows import TaskRow
from batchwork.engine.planner import Planner
from batchwork.engine.plans import ASKED_AGAIN, Plan
from batchwork.engine.preparing import Prepared, Preparer
from batchwork.engine.queue import ReadyQueue
from batchwork.engine.scheduling import Scheduler, SlotState
from batchwork.engine.settling import Settled, Settler
from batchwork.engine.unlocking import Unlocker
from batchwork.errors import DiskFull, MissingValue, ParameterError

COMMIT_SECONDS = 0.05
_COMMIT_EVENTS = 1000

Stopping = Literal["", "drain", "stop"]


@dataclass(slots=True)
class Coordinator:
    """One run of one batch.

    Attributes
    ----------
    ledger, definition, backend
    planner : Planner
        That has made `plan`; its groups are followed here.
    plan : Plan
    run_id : int
    tell : callable
        Gets every event.
    watching : bool
        Whether to wait for more when nothing is left to do.
    """

    ledger: Ledger
    definition: Definition
    backend: Backend
    planner: Planner
    plan: Plan
    run_id: int
    tell: Listener
    stopping: Stopping = ""
    watching: bool = False
    _outdated: bool = False
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _done: int = 0
    _flight: dict[int, Prepared] = field(default_factory=dict)
    _queue: ReadyQueue = field(init=False)
    _unlocker: Unlocker = field(init=False)
    _preparer: Preparer = field(init=False)
    _settler: Settler = field(init=False)
    _scheduler: Scheduler = field(init=False)

    def __post_init__(self) -> None:
        self._queue = ReadyQueue(self.ledger)
        self._preparer = Preparer(self.ledger, self.definition, self.run_id, self.planner.book)
        self._settler = Settler(self.ledger, str(self.definition.out), platform.node())
        self._scheduler = Scheduler(self.definition.workflow, self.definition.options)
        self._unlocker = Unlocker(
            self.ledger, self.definition.workflow, self._preparer.needs, self.planner.book, self._queue
        )

    async def work(self) -> None:
        """Run until nothing is left to do, or until it is stopped."""
        await self.backend.start(self._preparer.step_specs())
        flusher = asyncio.create_task(self._flush())
        try:
            self._scheduler.offer(self.backend.slots())
            self._scheduler.check()
            self._feed()
            while self._flight or self._has_more():
                for number, event in enumerate(await self._events()):
                    self._hear(event)
                    if number % _COMMIT_EVENTS == _COMMIT_EVENTS - 1:
                        self.ledger.commit()
                self._feed()
        finally:
            flusher.cancel()
            await self.backend.close()
            with suppress(asyncio.CancelledError):
                await flusher
            self.ledger.commit()

    def _has_more(self) -> bool:
        """Nothing is in flight: see whether edits or added work ask for another planning."""
        if self.stopping:
            return False
        if self._outdated:
            going_on = self.planner.selection.going_on()
            self._plan_again(Planner(self.ledger, self.definition, going_on, collect=False))
            self._feed()
        return bool(self._flight) or self.watching

    async def _events(self) -> Sequence[Event]:
        if self._flight:
            return await self.backend.events()
        await self._wake.wait()
        self._wake.clear()
        return []

    def request_planning(self, planner: Planner) -> None:
        """Plan again, now or as soon as the slots are idle: values or items have changed."""
        self._plan_again(planner)
        self._feed()
        self._wake.set()

    def _plan_again(self, planner: Planner) -> None:
        self._outdated = False
        plan = planner.make()
        self.ledger.commit()
        self.planner = planner
        self.plan.count = self._done + plan.count
        self._queue.reset()
        self._preparer.book = self._unlocker.book = planner.book
        self._tell_plan()

    def _tell_plan(self) -> None:
        self.tell(RunEvent("plan", {"to_run": self.plan.count, "up_to_date": self.plan.up_to_date}))

    async def _flush(self) -> None:
        while True:
            await asyncio.sleep(COMMIT_SECONDS)
            self.ledger.commit()

    def stop(self, *, drain: bool) -> None:
        """Start nothing new; unless draining, end what runs after the grace time."""
        self.stopping = "drain" if drain else "stop"
        self._wake.set()
        for slot, state in self._scheduler.states.items():
            if len(state.tasks) > 1:
                self.backend.recall(slot)
        if not drain:
            asyncio.get_running_loop().call_later(self.definition.options.grace, self.stop_now)

    def wake(self) -> None:
        """Look again whether there is anything to wait for."""
        self._wake.set()

    @property
    def idle(self) -> bool:
        """Whether nothing runs."""
        return not self._flight

    def stop_now(self) -> None:
        """End what runs."""
        self.stopping = "stop"
        self._wake.set()
        for slot, state in self._scheduler.states.items():
            if state.tasks:
                self.backend.cancel(slot, grace=0.5)

    def _feed(self) -> None:
        """Give every slot what it can take."""
        if self.stopping:
            return
        before = -1
        while before != self._done:  # a task that is over without running may unlock others
            before = self._done
            for state in self._scheduler.states.values():
                self._feed_slot(state)
        idle = any(not state.tasks for state in self._scheduler.states.values())
        busy = self._scheduler.worth_recalling() if idle else None
        if busy is not None:
            busy.recalled = True
            self.backend.recall(busy.slot.id)

    def _feed_slot(self, state: SlotState) -> None:
        while self._feed_once(state):
            pass

    def _feed_once(self, state: SlotState) -> bool:
        """Give a slot some tasks; say whether they were over without running, which may have unlocked later ones."""
        for step in self._scheduler.candidates(state):
            if self.stopping or not self._queue.has(step.name):
                continue
            remaining = self.plan.count - self._done - len(self._flight) + len(state.tasks)
            count = self._scheduler.how_many(state, step, remaining)
            if count <= 0:
                return False
            specs = self._prepare(self._queue.take(step.name, count))
            if specs:
                self._submit(state, specs)
            return not specs
        return False

    def _prepare(self, tasks: Sequence[TaskRow]) -> list[TaskSpec]:
        ids = [row.item for row in tasks if row.item is not None]
        items = rows.items_by_id(self.ledger.db, ids)
        specs = []
        for row in tasks:
            prepared = self._prepared(row, items)
            if prepared is not None:
                self._flight[row.id] = prepared
                specs.append(prepared.spec)
        return specs

    def _prepared(self, row: TaskRow, items: dict[int, rows.ItemRow]) -> Prepared | None:
        if row.item is None:
            prepared = self._preparer.group_task(row)
            return None if self._lacks_members(prepared) or self._is_unchanged(prepared) else prepared
        item = items[row.item]
        try:
            prepared = self._preparer.item_task(row, item)
            return None if self._is_unchanged(prepared) else prepared
        except (MissingValue, ParameterError) as error:
            prepared = self._preparer.bare(row, item)
            settled = self._settler.refused(prepared, type(error).__name__, str(error))
            self._over(prepared, settled)
            return None

    def _lacks_members(self, prepared: Prepared) -> bool:
        """See whether a group has anybody left to run over."""
        step = self.definition.workflow[prepared.spec.step]
        closed = closed_by_members(step, prepared.left_out, has_members=prepared.has_members)
        if closed is not None:
            self._close_group(prepared, *closed)
        return closed is not None

    def _is_unchanged(self, prepared: Prepared) -> bool:
        """See whether a task that had to wait finds everything as it was when it ran last."""
        row = prepared.row
        if row.ready or row.parts != prepared.parts or row.result != "done" or row.error or row.reason == ASKED_AGAIN:
            return False
        if not self.planner.stands(row):
            return False
        self.plan.spared += 1
        self._over(prepared, self._settler.unchanged(prepared))
        return True

    def _close_group(self, prepared: Prepared, state: str, reason: str) -> None:
        self._queue.in_flight.discard(prepared.row.id)
        before = self._unlocker.closed
        self._unlocker.close_group(prepared.row, state, reason)
        self._done += self._unlocker.closed - before

    def _submit(self, state: SlotState, specs: list[TaskSpec]) -> None:
        self.ledger.begin()
        ids = [(spec.id,) for spec in specs]
        self.ledger.db.executemany("UPDATE task SET state = 'running', ready = 0 WHERE id = ?", ids)
        now = time.time()
        self._settler.began.update((spec.id, now) for spec in specs)
        state.step = self.definition.workflow[specs[0].step]
        state.tasks.extend(spec.id for spec in specs)
        self.backend.submit(state.slot.id, specs)

    def _hear(self, event: Event) -> None:
        match event:
            case Finished() | Ended():
                self._finish(event)
            case Progress():
                self._progress(event)
            case Returned(slot, tasks) | Lost(slot, tasks):
                self._take_back(slot, tasks)
            case Spawned():
                self.ledger.begin()
                values = (event.pid, event.created, self._settler.host)
                self.ledger.db.execute("INSERT OR REPLACE INTO child VALUES (?, ?, ?)", values)

    def _take_back(self, slot: str, tasks: Sequence[int]) -> None:
        state = self._scheduler.states[slot]
        state.recalled = False
        for number in tasks:
            prepared = self._flight.pop(number)
            state.tasks.remove(number)
            self._queue.in_flight.discard(number)
            self._queue.push(prepared.spec.step, number)
        self.ledger.begin()
        ids = [(number,) for number in tasks]
        self.ledger.db.executemany("UPDATE task SET state = 'pending', ready = 0 WHERE id = ?", ids)

    def _finish(self, event: Finished | Ended) -> None:
        prepared = self._flight.pop(event.task)
        self._queue.in_flight.discard(event.task)
        self._scheduler.states[event.slot].tasks.remove(event.task)
        if isinstance(event, Finished):
            settled = self._settler.finished(prepared, event)
            self._scheduler.learn(prepared.spec.step, float(event.report["seconds"]))  # type: ignore[arg-type]
        else:
            settled = self._settler.ended(prepared, event)
        self._settler.began.pop(event.task, None)
        self._over(prepared, settled)

    def _over(self, prepared: Prepared, settled: Settled) -> None:
        """A task is over, or (ended with the run) pending again."""
        self._queue.in_flight.discard(prepared.row.id)
        if settled.state == "pending":
            return
        self._done += 1
        before = self._unlocker.closed
        if settled.changed_values:
            self._reconsider_readers(prepared)
        if prepared.row.item is not None:
            self._unlocker.item_over(prepared.spec.step, prepared.row.item)
        else:
            self._unlocker.group_over(prepared.spec.step, prepared.spec.key)
        self._done += self._unlocker.closed - before
        self._tell_over(prepared, settled)
        if settled.state == "failed":
            self._note_failure(settled)

    def _tell_over(self, prepared: Prepared, settled: Settled) -> None:
        detail = {"key": prepared.spec.key, "step": prepared.spec.step, "state": settled.state, "class": settled.kind}
        self.tell(RunEvent("task", {**detail, "message": settled.message, "done": self._done, "of": self.plan.count}))

    def _note_failure(self, settled: Settled) -> None:
        """Let what runs finish and start nothing new, if the user wants that or the disk is full."""
        if self.stopping:
            return
        full = settled.kind == DiskFull.__name__
        if full:
            where = f"{self.definition.out}: the disk is full ({settled.message})"
            told = f"{where}; nothing more is started: free some space and run again"
            self.tell(RunEvent("note", {"text": told}))
        if full or self.definition.options.on_error == "stop":
            self.stop(drain=True)

    def _reconsider_readers(self, prepared: Prepared) -> None:
        """A step has changed a value: later steps of the item that were up to date may not be."""
        if self._outdated:
            return
        step = self.definition.workflow[prepared.spec.step]
        own = rows.tasks_of_item(self.ledger.db, prepared.row.item or 0)
        readers = [s for s in self.definition.workflow.steps if set(s.reads) & set(step.writes)]
        if any(s.is_group or (s.name in own and own[s.name].state in {"done", "skipped"}) for s in readers):
            self._outdated = True

    def _progress(self, event: Progress) -> None:
        prepared = self._flight.get(event.task)
        if prepared is not None:
            detail = {
                "key": prepared.spec.key,
                "step": prepared.spec.step,
                "done": event.done,
                "of": event.total,
            }
            self.tell(RunEvent("progress", detail))

    def doing(self) -> list[dict[str, object]]:
        """Say what each slot does now."""
        found: list[dict[str, object]] = []
        for state in self._scheduler.states.values():
            task = self._flight.get(state.tasks[0]) if state.tasks else None
            found.append(
                {
                    "slot": state.slot.id,
                    "key": task.spec.key if task else "",
                    "step": task.spec.step if task else "",
                }
            )
        return found
