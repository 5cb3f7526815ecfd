"""One run from beginning to end: lock, intake, plan, work, report; or joining one that is on."""

import asyncio
import json
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path

from batchwork.engine import edits
from batchwork.engine.definition import Definition
from batchwork.engine.events import Listener, RunEvent
from batchwork.engine.graph import Graph
from batchwork.engine.intake import take_in
from batchwork.engine.ledger import schema
from batchwork.engine.ledger.ledger import Ledger, create_home, open_writer
from batchwork.engine.ledger.rows import item_by_key
from batchwork.engine.locking import BatchLock
from batchwork.engine.planner import Planner
from batchwork.engine.plans import Plan, Selection
from batchwork.engine.recovery import disk_shortage, sweep_leftovers, take_over
from batchwork.engine.summary import Failure, Report, count_items, failures
from batchwork.errors import BatchBusyError, ConfigError, DiskSpaceError
from batchwork.io.filesystems import is_network

_WAIT_SECONDS = 0.05
_INTERRUPTED = 130


def _ignore(event: RunEvent) -> None:
    """Listen to nothing."""


def plan_batch(definition: Definition, selection: Selection) -> Plan:
    """Work out what a run would do, on a copy of the ledger in memory; writes nothing."""
    home = definition.out / ".batchwork" / definition.workflow.name
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
        ledger = open_writer(home)
        with closing(ledger):
            _take_stock(ledger, definition)
    finally:
        lock.release()
    return home


def _take_stock(ledger: Ledger, definition: Definition) -> None:
    """Bring the ledger's description and items up to date."""
    Graph.of(definition.workflow).save(ledger)
    take_in(ledger, definition.source, definition.out)
    ledger.commit()
    definition.save(ledger.home)


def run_batch(definition: Definition, selection: Selection, listener: Listener | None = None) -> Report:
    """Run what is not up to date; if another run is on, join it; if it crashes, take over.

    Raises
    ------
    BatchworkError
        Before anything runs: configuration, lock, disk. Failures of tasks do not raise.
    """
    tell = listener or _ignore
    home = create_home(definition.out, definition.workflow.name)
    lock = BatchLock(home, is_network(home))
    while True:
        if lock.acquire():
            try:
                return _Run(definition, selection, tell).go(home)
            finally:
                lock.release()
        report = _join(home, definition, selection, tell)
        if report is not None:
            return report
        holder = lock.holder()
        if holder is not None and not holder.is_here:
            raise lock.busy()
        time.sleep(_WAIT_SECONDS)


@dataclass(slots=True)
class _Run:
    """A run that holds the lock."""

    definition: Definition
    selection: Selection
    tell: Listener
    interrupts: int = 0
    _ledger: Ledger = field(init=False)

    def go(self, home: Path) -> Report:
        self._ledger = open_writer(home)
        try:
            with closing(self._ledger):
                return self._go()
        except sqlite3.OperationalError as error:
            if "full" in str(error):
                raise DiskSpaceError(
                    f"{home}: the disk is full; nothing that was recorded is lost: free some space and run again"
                ) from None
            raise

    def _go(self) -> Report:
        ledger = self._ledger
        if ledger.network:
            self.tell(RunEvent("note", {"text": f"{ledger.home} is on a network file system: using a rollback journal"}))
        crashed = ledger.has_crashed()
        if crashed:
            take_over(ledger)
            sweep_leftovers(ledger, self.definition)
        _take_stock(ledger, self.definition)
        planner = Planner(ledger, self.definition, self.selection, collect=False)
        plan = planner.make()
        ledger.commit()
        self.tell(RunEvent("plan", {"to_run": plan.count, "up_to_date": plan.up_to_date}))
        outcome = self._work(planner, plan) if plan.count else "done"
        return self._report(outcome, plan)

    def _work(self, planner: Planner, plan: Plan) -> str:
        short = disk_shortage(self._ledger, self.definition)
        if short:
            raise DiskSpaceError(f"not started: {short}; free some space, or choose a part with --items")
        run = self._ledger.start_run(asdict(self.definition.options), version("batchwork"))
        self._ledger.commit()
        outcome = "crashed"
        try:
            outcome = _in_a_loop(self, planner, plan, run)
        finally:
            with suppress(sqlite3.OperationalError):  # a full disk is told by the error under way
                self._ledger.end_run(run, outcome)
                self._ledger.commit()
        return outcome

    def _report(self, outcome: str, plan: Plan) -> Report:
        found = failures(self._ledger.db, self.selection)
        if outcome == "done" and found:
            outcome = "failed"
        code = {"done": 0, "interrupted": _INTERRUPTED}.get(outcome, 1)
        report = Report(count_items(self._ledger.db), code, outcome, found, plan.count)
        self.tell(RunEvent("end", {"outcome": outcome, "exit_code": code, "counts": report.counts}))
        return report


def _in_a_loop(run: _Run, planner: Planner, plan: Plan, run_id: int) -> str:
    """Work in an event loop of our own; in a thread, where the caller is in one already (a notebook)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(_session(run, planner, plan, run_id))
    outcome: list[str] = []
    thread = threading.Thread(target=lambda: outcome.append(asyncio.run(_session(run, planner, plan, run_id))))
    thread.start()
    thread.join()
    return outcome[0] if outcome else "crashed"


async def _session(run: _Run, planner: Planner, plan: Plan, run_id: int) -> str:
    from batchwork.engine.backends.registry import make_backend
    from batchwork.engine.control import ControlServer
    from batchwork.engine.coordinator import Coordinator

    ledger = run._ledger  # noqa: SLF001 - its own class
    server: ControlServer | None = None

    def tell(event: RunEvent) -> None:
        run.tell(event)
        if server is not None:
            server.tell(event)

    backend = make_backend(run.definition, ledger.home)
    coordinator = Coordinator(ledger, run.definition, backend, planner, plan, run_id, tell)
    desk = Desk(run.definition, ledger, coordinator, run.selection)
    server = ControlServer(ledger.home, desk.answer)
    await server.start()
    with _signals(desk):
        try:
            await coordinator.work()
            outcome = desk.outcome
            found = failures(ledger.db, desk.selection)
            code = {"interrupted": _INTERRUPTED, "done": int(bool(found))}.get(outcome, 1)
            server.tell(RunEvent("end", {"outcome": outcome, "exit_code": code, "counts": count_items(ledger.db)}))
        finally:
            await server.close()
    run.selection = desk.selection
    return outcome


class _signals:  # noqa: N801 - used as a statement
    """Ctrl-C and SIGTERM stop the run instead of the program; a second one at once."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk
        self._main = threading.current_thread() is threading.main_thread()

    def __enter__(self) -> None:
        if self._main:
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, self._desk.interrupt)

    def __exit__(self, *_: object) -> None:
        if self._main:
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().remove_signal_handler(number)


@dataclass(slots=True)
class Desk:
    """Where others' requests to a live run are answered."""

    definition: Definition
    ledger: Ledger
    coordinator: "object"
    selection: Selection
    interrupts: int = 0

    @property
    def outcome(self) -> str:
        """How the run ended, apart from failures of tasks."""
        if self.interrupts:
            return "interrupted"
        return "stopped" if self._run.stopping else "done"

    @property
    def _run(self) -> "object":
        return self.coordinator

    def interrupt(self) -> None:
        """Stop: running tasks get their grace time the first time, none the second."""
        self.interrupts += 1
        if self.interrupts == 1:
            self._run.stop(drain=False)
        else:
            self._run.stop_now()

    def answer(self, request: Mapping[str, object]) -> Mapping[str, object]:
        """Do what another process asks for."""
        match request["call"]:
            case "follow":
                return self._follow(request)
            case "edit":
                done = edits.apply(self.ledger, request["edit"])  # type: ignore[arg-type]
                self._plan_again()
                return done
            case "cancel":
                self._run.stop(drain=bool(request.get("drain")))
                return {}
            case "doing":
                return {"slots": self._run.doing(), "pid": os.getpid()}
        raise ConfigError(f"a run cannot '{request['call']}'")

    def _follow(self, request: Mapping[str, object]) -> Mapping[str, object]:
        plain, wanted = request.get("definition"), request.get("selection")
        if plain is None or wanted is None:
            return {"pid": os.getpid()}
        if not self.definition.same_work(plain):  # type: ignore[arg-type]
            raise BatchBusyError(
                f"{self.definition.out} is being run with other items or parameters; wait for it, or stop it with cancel"
            )
        selection = selection_from(wanted)  # type: ignore[arg-type]
        if selection.force or selection.failed_only:
            raise BatchBusyError(f"{self.definition.out} is being run; --force and retry have to wait for its end")
        self.selection = self.selection.union(selection)
        self._plan_again()
        return {"pid": os.getpid()}

    def _plan_again(self) -> None:
        take_in(self.ledger, self.definition.source, self.definition.out)
        self._run.request_planning(Planner(self.ledger, self.definition, self.selection, collect=False))


def selection_from(plain: Mapping[str, object]) -> Selection:
    """Make a selection again from its JSON data."""
    steps, globs = plain.get("steps"), plain.get("items")
    return Selection(
        steps=None if steps is None else frozenset(map(str, steps)),  # type: ignore[call-overload]
        items=None if globs is None else tuple(map(str, globs)),  # type: ignore[call-overload]
        force=bool(plain.get("force")),
        failed_only=bool(plain.get("failed_only")),
    )


def selection_plain(selection: Selection) -> dict[str, object]:
    """Give a selection as JSON data."""
    return {
        "steps": None if selection.steps is None else sorted(selection.steps),
        "items": selection.items,
        "force": selection.force,
        "failed_only": selection.failed_only,
    }


def _join(home: Path, definition: Definition, selection: Selection, tell: Listener) -> Report | None:
    """Follow the run that is on to its end, our own work added; None if there is none, or it crashed."""
    from batchwork.engine.control import Control

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
            kind = plain.pop("kind")
            tell(RunEvent(kind, plain, float(str(plain.pop("at")))))  # type: ignore[arg-type]
            if kind == "end":
                return _told_report(home, selection, plain)
    return None


def _told_report(home: Path, selection: Selection, end: Mapping[str, object]) -> Report:
    with schema.open_for_reading(home / schema.FILE_NAME) as db:
        found: list[Failure] = failures(db, selection)
        outcome = str(end["outcome"])
        code = _INTERRUPTED if outcome == "interrupted" else int(bool(found) or outcome != "done")
        counts: dict[str, int] = end["counts"]  # type: ignore[assignment]
        return Report(counts, code, "failed" if outcome == "done" and found else outcome, found)


__all__ = ["Desk", "item_by_key", "json", "plan_batch", "prepare_batch", "run_batch"]
