"""The live part of a run: the event loop, the socket, signals, requests of others."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field

from batchwork.engine import edits
from batchwork.engine.backends.registry import make_backend
from batchwork.engine.control import ControlServer
from batchwork.engine.coordinator import Coordinator
from batchwork.engine.definition import Definition
from batchwork.engine.events import Listener, RunEvent
from batchwork.engine.intake import take_in
from batchwork.engine.ledger.ledger import Ledger
from batchwork.engine.planner import Planner
from batchwork.engine.plans import Plan, Selection
from batchwork.engine.summary import Report
from batchwork.errors import BatchBusyError, ConfigError


@dataclass(slots=True)
class Session:
    """One run's coordinator with everything that can reach it.

    Attributes
    ----------
    ledger, definition, tell, planner, plan, run_id
        As the coordinator has them.
    selection : Selection
        Grows when others add work.
    watch : float or None
        Look for new items every so many seconds.
    """

    ledger: Ledger
    definition: Definition
    selection: Selection
    tell: Listener
    planner: Planner
    plan: Plan
    run_id: int
    watch: float | None = None
    _interrupts: int = 0
    _coordinator: Coordinator = field(init=False)
    _server: ControlServer = field(init=False)
    _loop: asyncio.AbstractEventLoop = field(init=False)

    def run(self) -> str:
        """Work in an event loop of our own; in a thread, where the caller is in one already (a notebook)."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(self._go())
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(lambda: asyncio.run(self._go()))
            while True:
                try:
                    return running.result()
                except KeyboardInterrupt:
                    self._loop.call_soon_threadsafe(self._interrupt)

    async def _go(self) -> str:
        self._loop = asyncio.get_running_loop()
        backend = make_backend(self.definition, self.ledger.home)
        self._coordinator = Coordinator(
            self.ledger,
            self.definition,
            backend,
            self.planner,
            self.plan,
            self.run_id,
            self._tell,
            watching=self.watch is not None,
        )
        self._server = ControlServer(self.ledger.home, self._answer)
        await self._server.start()
        poller = asyncio.create_task(self._poll())
        with ExitStack() as stack:
            if threading.current_thread() is threading.main_thread():
                stack.callback(_handle_signals(self._interrupt))
            try:
                await self._coordinator.work()
                self._tell_end()
            finally:
                poller.cancel()
                try:
                    with suppress(asyncio.CancelledError):
                        await poller
                finally:
                    await self._server.close()
        return self._outcome

    def _tell(self, event: RunEvent) -> None:
        self.tell(event)
        self._server.tell(event)

    def _tell_end(self) -> None:
        """Tell the followers; our own listener is told once everything is recorded."""
        report = Report.of(self.ledger.db, self.selection, self._outcome)
        told = {"outcome": self._outcome, "exit_code": report.exit_code, "counts": report.counts}
        self._server.tell(RunEvent("end", told))

    @property
    def _outcome(self) -> str:
        """How the run ended, apart from failures of tasks."""
        if self._interrupts:
            return "interrupted"
        return "stopped" if self._coordinator.stopping else "done"

    def _interrupt(self) -> None:
        """Stop: running tasks get their grace time the first time, none the second."""
        if self.watch is not None and self._coordinator.idle:
            self._coordinator.watching = False
            self._coordinator.wake()
            return
        self._interrupts += 1
        if self._interrupts == 1:
            self._coordinator.stop(drain=False)
        else:
            self._coordinator.stop_now()

    async def _poll(self) -> None:
        """Look for items that have arrived."""
        if self.watch is None:
            return
        try:
            while True:
                await asyncio.sleep(self.watch)
                before = self.ledger.db.total_changes
                self._take_in()
                if self.ledger.db.total_changes != before:
                    self._plan_again()
        finally:  # an error ends the run once its tasks are over, and is raised then
            self._coordinator.watching = False
            self._coordinator.wake()

    def _take_in(self) -> None:
        take_in(self.ledger, self.definition.source, self.definition.out, may_be_empty=self.watch is not None)

    def _plan_again(self) -> None:
        self._coordinator.request_planning(
            Planner(self.ledger, self.definition, self.selection.going_on(), collect=False)
        )

    def _answer(self, request: Mapping[str, object]) -> Mapping[str, object]:
        """Do what another process asks for."""
        match request["call"]:
            case "follow":
                return self._follow(request)
            case "edit":
                done = edits.apply(self.ledger, request["edit"])  # type: ignore[arg-type]
                self._plan_again()
                return done
            case "cancel":
                self._coordinator.stop(drain=bool(request.get("drain")))
                return {}
            case "doing":
                return {"slots": self._coordinator.doing(), "pid": os.getpid()}
        raise ConfigError(f"a run cannot '{request['call']}'")

    def _follow(self, request: Mapping[str, object]) -> Mapping[str, object]:
        """Let another process follow; one that came to run the same batch adds its work."""
        plain, wanted = request.get("definition"), request.get("selection")
        if plain is None or wanted is None:
            return {"pid": os.getpid()}
        if not self.definition.same_work(plain):  # type: ignore[arg-type]
            raise BatchBusyError(
                f"{self.definition.out} is being run with other items or parameters; "
                "wait for it, or stop it with cancel"
            )
        selection = selection_from(wanted)  # type: ignore[arg-type]
        if selection.force or selection.failed_only:
            raise BatchBusyError(f"{self.definition.out} is being run; --force and retry have to wait for its end")
        self.selection = self.selection.union(selection)
        self._take_in()
        self._plan_again()
        return {"pid": os.getpid()}


def _handle_signals(interrupt: Callable[[], None]) -> Callable[[], None]:
    """Have Ctrl-C, SIGTERM and a terminal that closes stop the run instead of the program; give what takes that back.

    Under ``nohup`` the closing terminal stays ignored.
    """
    loop = asyncio.get_running_loop()
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, interrupt)

    def restore() -> None:
        for number in numbers:
            loop.remove_signal_handler(number)

    return restore


def selection_from(plain: Mapping[str, object]) -> Selection:
    """Make a selection again from its JSON data."""
    steps, globs, keys = plain.get("steps"), plain.get("items"), plain.get("keys")
    return Selection(
        steps=frozenset(map(str, steps)) if isinstance(steps, list) else None,
        items=tuple(map(str, globs)) if isinstance(globs, list) else None,
        force=bool(plain.get("force")),
        failed_only=bool(plain.get("failed_only")),
        keys=frozenset(map(str, keys)) if isinstance(keys, list) else None,
    )


def selection_plain(selection: Selection) -> dict[str, object]:
    """Give a selection as JSON data."""
    return {
        "steps": None if selection.steps is None else sorted(selection.steps),
        "items": selection.items,
        "force": selection.force,
        "failed_only": selection.failed_only,
        "keys": None if selection.keys is None else sorted(selection.keys),
    }
