"""One runner child as its slot sees it: starting, feeding, hearing, ending."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from batchwork.engine.backends.base import StepSpec, TaskSpec
from batchwork.engine.machine import THREAD_VARIABLES

KILL_AFTER = 2.0
"""Seconds between asking a child's process group to end and ending it."""


class Child:
    """A warm process of a slot, in a session of its own.

    Attributes
    ----------
    pid : int
        Also its process group.
    tasks : deque of TaskSpec
        Submitted and not over; the first is the one that runs.
    since : float
        When the running task began (monotonic seconds).
    alive : float
        Its last sign of life.
    """

    def __init__(
        self, spool: Path, env: Mapping[str, str], hear: Callable[["Child", Mapping[str, object]], None]
    ) -> None:
        self.spool = spool
        self.tasks: deque[TaskSpec] = deque()
        self.since = self.alive = time.monotonic()
        self.ending: str | None = None
        self.eof = False
        self._hear = hear
        self._parts: list[bytes] = []
        self._loop = asyncio.get_running_loop()
        command_read, self._command = os.pipe()
        self._report, report_write = os.pipe()
        try:
            self.process = _start_runner(command_read, report_write, spool, env)
        except OSError:
            os.close(self._report)
            os.close(self._command)
            raise
        finally:
            os.close(command_read)
            os.close(report_write)
        self.pid = self.process.pid
        os.set_blocking(self._report, False)
        os.set_blocking(self._command, False)
        self._outgoing = b""
        self._loop.add_reader(self._report, self._read)

    @property
    def is_over(self) -> bool:
        """Whether the process has ended or is being ended."""
        return self.ending is not None or self.process.poll() is not None

    def send(self, command: Mapping[str, object]) -> None:
        """Write one command; what the pipe does not take now goes out as it empties."""
        self._outgoing += (json.dumps(command, separators=(",", ":")) + "\n").encode()
        self._write()

    def _write(self) -> None:
        try:
            self._outgoing = self._outgoing[os.write(self._command, self._outgoing) :]
        except BlockingIOError:
            pass
        except BrokenPipeError:
            self._outgoing = b""
        if self._outgoing:
            self._loop.add_writer(self._command, self._write)
        else:
            self._loop.remove_writer(self._command)

    def start(self, steps: Mapping[str, StepSpec]) -> None:
        """Tell the child where modules and steps are found."""
        self.send(
            {
                "init": {
                    "path": [p or str(Path.cwd()) for p in sys.path],
                    "steps": {n: asdict(s) for n, s in steps.items()},
                }
            }
        )

    def submit(self, tasks: Sequence[TaskSpec]) -> None:
        """Queue tasks behind those it has."""
        if not self.tasks:
            self.since = self.alive = time.monotonic()
        self.tasks.extend(tasks)
        self.send({"tasks": [_plain(task) for task in tasks]})

    def _read(self) -> bool:
        """Hear what there is; False if there was nothing."""
        try:
            data = os.read(self._report, 1 << 20)
        except BlockingIOError:
            return False
        if not data:
            self.eof = True
            self._loop.remove_reader(self._report)
            return False
        if b"\n" not in data:  # a long line is put together once, at its end
            self._parts.append(data)
            return True
        *lines, rest = b"".join((*self._parts, data)).split(b"\n")
        self._parts = [rest]
        for line in lines:
            self.alive = time.monotonic()
            self._hear(self, json.loads(line))
        return True

    def drain(self) -> None:
        """Hear what a dead child still had said."""
        more = True
        while more and not self.eof:
            more = self._read()

    def terminate(self, why: str, *, grace: float = KILL_AFTER) -> None:
        """Ask the whole process group to end, and end it after a while."""
        if self.ending is None:
            self.ending = why
            self._signal(signal.SIGTERM)
            self._loop.call_later(grace, self._signal, signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self.process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    def kill_group(self) -> None:
        """End at once whatever is left of the process group."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Let go of a child that is over, or end an idle one."""
        self._loop.remove_reader(self._report)
        self._loop.remove_writer(self._command)
        self.kill_group()
        self.process.wait()
        for descriptor in (self._report, self._command):
            os.close(descriptor)

    def keep_log(self, path: str) -> bool:
        """Keep what the running task had printed before it was ended."""
        try:
            text = self.spool.read_bytes()
            if not text:
                return False
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_bytes(text)
        except OSError:
            return False
        return True


def _start_runner(commands: int, reports: int, spool: Path, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a runner on its ends of the two pipes, its output going to an emptied spool."""
    words = [str(commands), str(reports), str(os.getpid()), str(spool)]
    spool.write_bytes(b"")
    with spool.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "batchwork.engine.runner", *words],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(commands, reports),
            env=dict(env),
            start_new_session=True,
        )


def _plain(task: TaskSpec) -> dict[str, object]:
    return {
        "id": task.id,
        "step": task.step,
        "args": task.args,
        "outputs": task.outputs,
        "source": task.source,
        "log": task.log,
        "params": task.params,
    }


def child_environment(gpu: str | None, threads: int) -> dict[str, str]:
    """Give the environment of a child: its GPU, and how many threads libraries may start."""
    env = dict(os.environ)
    env.update(dict.fromkeys(THREAD_VARIABLES, str(threads)))
    env["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
    env["CUDA_VISIBLE_DEVICES"] = gpu or ""
    env["PYTHONUNBUFFERED"] = "1"
    return env


def resident_bytes(pid: int) -> int:
    """Give the memory that a child and all its descendants hold now, bytes."""
    import psutil

    total = 0
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        total = process.memory_info().rss
        for below in process.children(recursive=True):
            with suppress(psutil.Error):
                total += below.memory_info().rss
    return total
