"""One run from beginning to end: lock, intake, plan, work, report; or joining one that is on."""

import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from batchwork.engine.control import Control
from batchwork.engine.definition import Definition
from batchwork.engine.events import Listener, RunEvent
from batchwork.engine.graph import Graph
from batchwork.engine.intake import take_in
from batchwork.engine.ledger import schema
from batchwork.engine.ledger.ledger import FOLDER, Ledger, create_home, writing
from batchwork.engine.locking import BatchLock
from batchwork.engine.planner import Planner
from batchwork.engine.plans import Plan, Selection
from batchwork.engine.programs import versions
from batchwork.engine.recovery import forecast_disk, sweep_leftovers, take_over
from batchwork.engine.session import Session, selection_plain
from batchwork.engine.summary import Report
from batchwork.errors import DiskSpaceError
from batchwork.io.filesystems import is_network

_WAIT_SECONDS = 0.05
_STRANGER_SECONDS = 10.0
"""A lock whose holder does not say who it is, is waited for so long: it may just be taking it."""


def _ignore(event: RunEvent) -> None:
    """Listen to nothing."""


def plan_batch(definition: Definition, selection: Selection) -> Plan:
    """Work out what a run would do, on a copy of the ledger in memory; writes nothing."""
    home = definition.out / FOLDER / definition.workflow.name
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as scratch:
        if (home / schema.FILE_NAME).exists():
            with schema.open_for_reading(home / schema.FILE_NAME) as db:
                db.backup(scratch)
        else:
            scratch.executescript(schema.TABLES)
        ledger = Ledger(scratch, home)
        take_in(ledger, definition.source, definition.out)
        return Planner(ledger, definition, selection).make()


def prepare_batch(definition: Definition) -> Path:
    """Make the batch and take its items in, without running anything, so that values can be entered."""
    home = create_home(definition.out, definition.workflow.name)
    lock = BatchLock(home, is_network(home))
    if not lock.acquire():
        return home
    try:
        with writing(home) as ledger:
            _take_stock(ledger, definition)
    finally:
        lock.release()
    return home


def _take_stock(ledger: Ledger, definition: Definition, *, may_be_empty: bool = False) -> None:
    """Bring the ledger's description and items up to date."""
    Graph.of(definition.workflow).save(ledger)
    take_in(ledger, definition.source, definition.out, may_be_empty=may_be_empty)
    ledger.commit()
    definition.save(ledger.home)


def run_batch(
    definition: Definition,
    selection: Selection,
    listener: Listener | None = None,
    *,
    watch: float | None = None,
) -> Report:
    """Run what is not up to date; if another run is on, join it; if it crashes, take over.

    Parameters
    ----------
    definition : Definition
    selection : Selection
    listener : callable, optional
        Gets every event.
    watch : float, optional
        Go on with items as they arrive, looking every so many seconds, until interrupted.

    Raises
    ------
    BatchworkError
        Before anything runs: configuration, lock, disk. Failures of tasks do not raise.
    """
    tell = listener or _ignore
    home = create_home(definition.out, definition.workflow.name)
    lock, since = BatchLock(home, is_network(home)), time.monotonic()
    while True:
        if lock.acquire():
            try:
                return _Run(definition, selection, tell, watch).go(home)
            finally:
                lock.release()
        report = _join(home, definition, selection, tell)
        if report is not None:
            return report
        holder = lock.holder()
        is_run = holder is not None and holder.is_here
        if not is_run and (holder is not None or time.monotonic() - since > _STRANGER_SECONDS):
            raise lock.busy()
        time.sleep(_WAIT_SECONDS)


@dataclass(slots=True)
class _Run:
    """A run that holds the lock."""

    definition: Definition
    selection: Selection
    tell: Listener
    watch: float | None = None
    _ledger: Ledger = field(init=False)

    def go(self, home: Path) -> Report:
        with writing(home) as self._ledger:
            return self._go()

    def _go(self) -> Report:
        ledger = self._ledger
        if ledger.network:
            self.tell(
                RunEvent("note", {"text": f"{ledger.home} is on a network file system: using a rollback journal"})
            )
        crashed = ledger.has_crashed()
        if crashed:
            take_over(ledger)
            sweep_leftovers(ledger, self.definition)
        _take_stock(ledger, self.definition, may_be_empty=self.watch is not None)
        planner = Planner(ledger, self.definition, self.selection, collect=False)
        plan = planner.make()
        ledger.commit()
        for warning in plan.warnings:
            self.tell(RunEvent("note", {"text": f"warning: {warning}"}))
        self.tell(RunEvent("plan", {"to_run": plan.count, "up_to_date": plan.up_to_date}))
        outcome = self._work(planner, plan) if plan.count or self.watch else "done"
        return self._report(outcome, plan)

    def _work(self, planner: Planner, plan: Plan) -> str:
        disk = forecast_disk(self._ledger, self.definition)
        if short := disk.shortage():
            raise DiskSpaceError(f"not started: {short}; free some space, or choose a part with --items")
        if warning := disk.warning():
            self.tell(RunEvent("note", {"text": f"warning: {warning}"}))
        run = self._ledger.start_run(asdict(self.definition.options), versions())
        self._ledger.commit()
        outcome = "crashed"
        try:
            session = Session(self._ledger, self.definition, self.selection, self.tell, planner, plan, run, self.watch)
            outcome = session.run()
            self.selection = session.selection
        finally:
            with suppress(sqlite3.OperationalError):  # a full disk is told by the error under way
                self._ledger.end_run(run, outcome)
                self._ledger.commit()
        return outcome

    def _report(self, outcome: str, plan: Plan) -> Report:
        report = Report.of(self._ledger.db, self.selection, outcome, plan.count - plan.spared)
        told = {"outcome": report.outcome, "exit_code": report.exit_code, "counts": report.counts}
        self.tell(RunEvent("end", told))
        return report


def _join(home: Path, definition: Definition, selection: Selection, tell: Listener) -> Report | None:
    """Follow the run that is on to its end, our own work added; None if there is none, or it crashed."""
    control = Control.connect(home)
    if control is None:
        return None
    with closing(control):
        try:
            answer = control.call("follow", definition=definition.plain(), selection=selection_plain(selection))
        except ConnectionError:
            return None
        tell(RunEvent("note", {"text": f"joined the run of process {answer['pid']}"}))
        for plain in control.events():
            event = RunEvent.from_plain(plain)
            tell(event)
            if event.kind == "end":
                return _told_report(home, selection, event.detail)
    return None


def _told_report(home: Path, selection: Selection, end: Mapping[str, object]) -> Report:
    with schema.open_for_reading(home / schema.FILE_NAME) as db:
        report = Report.of(db, selection, str(end["outcome"]))
    counts: dict[str, int] = end["counts"]  # type: ignore[assignment]
    return replace(report, counts=counts)
