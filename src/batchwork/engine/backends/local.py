"""Slots on this machine: warm children, watched for death, time and memory."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from batchwork.engine import guardian
from batchwork.engine.backends.base import (
    Ended,
    Event,
    Finished,
    Progress,
    Returned,
    Slot,
    Spawned,
    StepSpec,
    TaskSpec,
)
from batchwork.engine.backends.child import Child, child_environment, resident_bytes
from batchwork.engine.definition import RunOptions
from batchwork.engine.machine import cores, gpus
from batchwork.io.filesystems import free_bytes

_WATCH_SECONDS = 0.05
_CRASHES = {signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT}
_LITTLE_BYTES = 16 << 20
"""With less room than this, a library that crashes (HDF5 does, and mapped files) has found the disk full."""

_MESSAGES = {
    "timeout": "took longer than its timeout of {0.timeout:g} s and was ended",
    "no_progress": "gave no sign of life for {0.no_progress:g} s and was ended",
    "memory": "used more than its memory limit of {0.memory} bytes and was ended",
    "cancelled": "was ended with the run",
}


class LocalBackend:
    """CPU slots, GPU slots and lanes of this machine.

    Parameters
    ----------
    options : RunOptions
    spools : Path
        Folder for what running tasks print.
    lanes : mapping of str to int
        Lane → how many of its tasks run at once.
    """

    def __init__(self, options: RunOptions, spools: Path, lanes: Mapping[str, int] | None = None) -> None:
        self._spools = spools
        self._steps: Mapping[str, StepSpec] = {}
        self._slots = _make_slots(options, lanes or {})
        self._by_id = {slot.id: slot for slot in self._slots}
        self._children: dict[str, Child] = {}
        self._threads: dict[str, int] = {}
        self._events: list[Event] = []
        self._happened = asyncio.Event()
        self._watcher: asyncio.Task[None] | None = None
        self._guardian: subprocess.Popen[str] | None = None

    async def start(self, steps: Mapping[str, StepSpec]) -> None:
        """Get ready; children start with their slot's first task."""
        self._steps = steps
        self._spools.mkdir(parents=True, exist_ok=True)
        self._guardian = subprocess.Popen(  # noqa: ASYNC220 - starts in a millisecond, once per run
            [sys.executable, "-I", "-S", str(guardian.__file__)],
            stdin=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,
        )
        self._watcher = asyncio.create_task(self._watch())

    def slots(self) -> Sequence[Slot]:
        """Give all slots; on one machine they stay."""
        return self._slots

    def submit(self, slot: str, tasks: Sequence[TaskSpec]) -> None:
        """Queue tasks on a slot, with a child that has the right number of threads."""
        threads = self._steps[tasks[0].step].threads
        child = self._children.get(slot)
        if child is not None and not child.tasks and (self._threads[slot] != threads or child.is_over):
            self._drop(slot, child)
            child = None
        if child is None:
            child = self._spawn(slot, threads)
        child.submit(tasks)

    def _spawn(self, slot: str, threads: int) -> Child:
        env = child_environment(self._by_id[slot].gpu, threads)
        child = Child(
            self._spools / f"{slot.replace(':', '-')}.log",
            env,
            lambda child, line: self._hear(slot, child, line),
        )
        self._children[slot], self._threads[slot] = child, threads
        self._tell_guardian(f"+{child.pid}")
        child.start(self._steps)
        self._post(Spawned(slot, child.pid, time.time()))
        return child

    def _tell_guardian(self, word: str) -> None:
        if self._guardian is not None and self._guardian.stdin is not None:
            with suppress(BrokenPipeError):
                self._guardian.stdin.write(word + "\n")

    def recall(self, slot: str) -> None:
        """Ask a slot's child for what it has not begun."""
        if slot in self._children:
            self._children[slot].send({"recall": True})

    def cancel(self, slot: str, *, grace: float) -> None:
        """End what a slot runs."""
        child = self._children.get(slot)
        if child is not None and child.tasks:
            child.terminate("cancelled", grace=grace)

    async def events(self) -> Sequence[Event]:
        """Wait for something to happen."""
        await self._happened.wait()
        self._happened.clear()
        events, self._events = self._events, []
        return events

    def _post(self, event: Event) -> None:
        self._events.append(event)
        self._happened.set()

    def _hear(self, slot: str, child: Child, line: Mapping[str, object]) -> None:
        match line:
            case {"progress": [int(task), int(done) | float(done), int() | float() | None as total]}:
                self._post(Progress(task, done, total))
            case {"returned": list(ids)}:
                gone = set(ids)
                child.tasks = deque(task for task in child.tasks if task.id not in gone)
                self._post(Returned(slot, ids))
            case {"loaded": _}:  # the time that imports take is not the task's
                child.since = time.monotonic()
            case {"id": int(task)}:
                child.tasks.popleft()
                child.since = time.monotonic()
                self._post(Finished(task, slot, line))

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            for slot, child in list(self._children.items()):
                if child.eof or child.process.poll() is not None:
                    self._buried(slot, child)
                elif child.tasks and child.ending is None:
                    self._check_limits(child, child.tasks[0])

    def _check_limits(self, child: Child, task: TaskSpec) -> None:
        now = time.monotonic()
        if task.timeout is not None and now - child.since > task.timeout:
            child.terminate("timeout")
        elif task.no_progress is not None and now - max(child.alive, child.since) > task.no_progress:
            child.terminate("no_progress")
        elif task.memory is not None and resident_bytes(child.pid) > task.memory:
            child.terminate("memory", grace=0)

    def _buried(self, slot: str, child: Child) -> None:
        """A child is dead: its running task ends with it, the others come back."""
        code = child.process.poll()
        if code is None:
            child.kill_group()
            code = child.process.wait()
        child.kill_group()
        child.drain()
        del self._children[slot]
        self._tell_guardian(f"-{child.pid}")
        if child.tasks:
            running, *rest = child.tasks
            self._post(self._ended(slot, child, running, code))
            if rest:
                self._post(Returned(slot, [task.id for task in rest]))
        child.close()

    @staticmethod
    def _ended(slot: str, child: Child, task: TaskSpec, code: int) -> Ended:
        log = child.keep_log(task.log)
        cause = child.ending
        if cause is None and -code in _CRASHES and (left := _least_free(task)) < _LITTLE_BYTES:
            message = f"its process {_told(code)} with {left >> 10} kB free on the disk that it writes to"
            return Ended(task.id, slot, "disk", message, log)
        if cause is None:
            return Ended(task.id, slot, "died", f"its process {_told(code)}", log)
        return Ended(task.id, slot, cause, _MESSAGES[cause].format(task), log)  # type: ignore[arg-type]

    def _drop(self, slot: str, child: Child) -> None:
        del self._children[slot]
        child.close()
        self._tell_guardian(f"-{child.pid}")

    async def close(self) -> None:
        """End all children, the guardian last."""
        if self._watcher is not None:
            self._watcher.cancel()
            with suppress(asyncio.CancelledError):
                await self._watcher
        for slot, child in list(self._children.items()):
            self._drop(slot, child)
        if self._guardian is not None and self._guardian.stdin is not None:
            self._guardian.stdin.close()
            self._guardian.wait()
        for path in self._spools.glob("*.log"):
            path.unlink(missing_ok=True)
        with suppress(OSError):
            self._spools.rmdir()


def _least_free(task: TaskSpec) -> int:
    return min((free_bytes(Path(path).parent) for path in task.outputs.values()), default=_LITTLE_BYTES)


def _told(code: int) -> str:
    if code >= 0:
        return f"ended by itself with exit code {code}"
    with suppress(ValueError):
        name = signal.Signals(-code).name
        hint = "; the system may have run out of memory" if name == "SIGKILL" else ""
        return f"was ended by {name}{hint}"
    return f"was ended by signal {-code}"


def _make_slots(options: RunOptions, lanes: Mapping[str, int]) -> list[Slot]:
    host = os.uname().nodename
    workers = options.workers or cores()
    slots = [Slot(f"cpu:{i}", "cpu", host=host) for i in range(workers)]
    for gpu in gpus(options.gpus):
        slots += [Slot(f"gpu:{gpu}:{i}", "gpu", gpu=gpu, host=host) for i in range(options.per_gpu)]
    for lane, limit in lanes.items():
        slots += [Slot(f"lane:{lane}:{i}", "lane", lane=lane, host=host) for i in range(limit)]
    return slots
