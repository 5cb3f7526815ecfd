"""The runner child: the only place where a step's function is called.

Started as ``python -m batchwork.engine.runner COMMANDS REPORTS PARENT SPOOL``: two
private descriptors that carry JSON lines, the parent's process number, and the file that
standard output and error go to. Whatever the step or a library under it prints becomes
the log of the running attempt.

Commands: ``{"init": …}``, ``{"tasks": […]}``, ``{"recall": true}``. Reports: ``{"id": …,
"state": …}``, ``{"progress": […]}``, ``{"returned": […]}``, ``{"loaded": STEP}``.
"""

import json
import os
import shutil
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from batchwork.engine.guard import attempt
from batchwork.engine.loading import StepRef
from batchwork.engine.parameters import bind
from batchwork.engine.progress import listen
from batchwork.engine.workflow import AnyStep
from batchwork.errors import DiskFull, MissingOutput, Skip, TaskError
from batchwork.io.atomic import discard
from batchwork.io.filesystems import is_disk_full
from batchwork.io.fingerprints import SMALL_BYTES, Fingerprint, content_hash, fingerprint
from batchwork.memory import peak_bytes, reset_peak

_PROGRESS_SECONDS = 0.1


class Runner:
    """One child's work: a queue filled by the reading thread, emptied by the main one."""

    def __init__(self, reports: int, spool: str) -> None:
        self._reports = reports
        self._spool = spool
        self._folder = os.getcwd()  # noqa: PTH109 - steps that change it must not disturb the next task
        self._queue: deque[dict[str, object]] = deque()
        self._ready = threading.Condition()
        self._steps: dict[str, Mapping[str, object]] = {}
        self._loaded: dict[str, AnyStep] = {}
        self._writing = threading.Lock()
        self._last_progress = 0.0
        self._running: object = None

    def tell(self, report: Mapping[str, object]) -> None:
        """Send one line to the parent."""
        data = memoryview((json.dumps(report, separators=(",", ":")) + "\n").encode())
        with self._writing:
            while data:
                data = data[os.write(self._reports, data) :]

    def read(self, commands: int) -> None:
        """Take commands until the parent is gone; then end the whole process group."""
        with os.fdopen(commands, encoding="utf-8") as lines:
            for line in lines:
                self._obey(json.loads(line))
        with suppress(ProcessLookupError):
            os.killpg(0, signal.SIGKILL)

    def _obey(self, command: Mapping[str, object]) -> None:
        if "tasks" in command:
            with self._ready:
                self._queue.extend(command["tasks"])  # type: ignore[arg-type]
                self._ready.notify()
        elif "recall" in command:
            with self._ready:
                returned = [task["id"] for task in self._queue]
                self._queue.clear()
            self.tell({"returned": returned})
        elif "init" in command:
            init: Mapping[str, object] = command["init"]  # type: ignore[assignment]
            sys.path[:] = list(dict.fromkeys([*init["path"], *sys.path]))  # type: ignore[misc]
            self._steps = init["steps"]  # type: ignore[assignment]

    def work(self) -> None:
        """Run tasks for ever; the reading thread ends the process."""
        listen(self._progress)
        while True:
            with self._ready:
                while not self._queue:
                    self._ready.wait()
                task = self._queue.popleft()
            self._running = task["id"]
            report = self.run(task)
            self.tell(report)

    def _progress(self, done: float, total: float | None) -> None:
        now = time.monotonic()
        if now - self._last_progress >= _PROGRESS_SECONDS or done == total:
            self._last_progress = now
            self.tell({"progress": [self._running, float(done), None if total is None else float(total)]})

    def run(self, task: Mapping[str, object]) -> dict[str, object]:
        """Run one task and describe how it ended."""
        _empty_log()
        reset_peak()
        start = time.perf_counter()
        outcome = attempt(lambda: self._call(task))
        os.chdir(self._folder)
        restore_output(self._spool)
        report = outcome.value if outcome.value is not None else _failure(outcome.error)
        if report["state"] != "done":
            for path in _outputs(task).values():
                discard(path.rstrip("/"))
        report.update(
            id=task["id"],
            seconds=time.perf_counter() - start,
            peak=peak_bytes(),
            log=keep_log(self._spool, str(task["log"])),
        )
        return report

    def _call(self, task: Mapping[str, object]) -> dict[str, object]:
        spec = self._steps[str(task["step"])]
        step = self._load(spec)
        source = task["source"]
        before = fingerprint(str(source)) if source else None
        outputs = _outputs(task)
        for path in outputs.values():
            os.makedirs(path if path.endswith("/") else os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
        arguments = _bind(task, spec["kinds"])  # type: ignore[arg-type]
        params = bind(step.function, step.parameters, task.get("params") or spec["params"])  # type: ignore[arg-type]
        given = step.function(**arguments, **params)
        report: dict[str, object] = {
            "state": "done",
            "values": _values(step, given),
            "outputs": _validated(outputs, spec["guests"]),  # type: ignore[arg-type]
        }
        if (
            before is not None
            and 0 <= before.size <= SMALL_BYTES
            and before.files < 0
            and fingerprint(str(source)) == before
        ):
            report.update(digest=content_hash(str(source)), source=[before.size, before.mtime_ns])
        return report

    def _load(self, spec: Mapping[str, object]) -> AnyStep:
        name = str(spec["name"])
        if name not in self._loaded:
            self._loaded[name] = StepRef(str(spec["module"]), str(spec["attribute"])).load()
            self.tell({"loaded": name})
        return self._loaded[name]


def _outputs(task: Mapping[str, object]) -> dict[str, str]:
    found: dict[str, str] = task["outputs"]  # type: ignore[assignment]
    return found


def _bind(task: Mapping[str, object], kinds: Mapping[str, str]) -> dict[str, object]:
    arguments: dict[str, object] = {}
    given: Mapping[str, object] = task["args"]  # type: ignore[assignment]
    for name, kind in kinds.items():
        if kind == "output":
            paths = {key: Path(path) for key, path in _outputs(task).items()}
            arguments[name] = paths.get("", paths)
        else:
            arguments[name] = _as_path(given[name]) if kind in {"source", "sources", "results", "step"} else given[name]
    return arguments


def _as_path(value: object) -> object:
    match value:
        case str():
            return Path(value)
        case list():
            return [_as_path(one) for one in value]
        case dict():
            return {name: _as_path(one) for name, one in value.items()}
    return value


def _values(step: AnyStep, given: object) -> dict[str, object]:
    """Check what a step gave back against what it declares."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise TypeError(
            f"step '{step.name}' gave back {type(given).__name__}; only a dict of values, or None, can be recorded"
        )
    for name in given:
        if name not in step.writes:
            raise TypeError(f"step '{step.name}' gave back '{name}', which is not in its writes=")
    return {name: _plain(step, name, value) for name, value in given.items()}


def _plain(step: AnyStep, name: str, value: object) -> object:
    """Turn numbers of numpy into numbers and errors into texts, and see that what is left can be recorded."""
    if isinstance(value, Mapping):
        plain: object = {key: _number(one) for key, one in value.items()}
    else:
        plain = _number(value)
    try:
        json.dumps(plain, allow_nan=False)
    except (TypeError, ValueError):
        kind = f"{plain}" if isinstance(plain, float) else type(value).__name__
        raise TypeError(
            f"step '{step.name}' gave back '{name}' as {kind}; finite numbers, texts, lists and dicts can be recorded"
        ) from None
    return plain


def _number(value: object) -> object:
    if isinstance(value, Exception):  # why a result is doubtful
        return f"{type(value).__name__}: {value}"
    number: Callable[[], object] | None = getattr(value, "item", None) if getattr(value, "size", 1) == 1 else None
    return value if number is None else number()


def _validated(outputs: Mapping[str, str], guests: Mapping[str, Sequence[str]]) -> dict[str, list[object]]:
    """Look at what was written, and make large files last."""
    found: dict[str, list[object]] = {}
    for name, path in outputs.items():
        seen = fingerprint(path, guests.get(name, ()))
        if seen is None or seen.files == 0:
            what = f"output '{name}'" if name else "its output"
            raise MissingOutput(f"the step ended without writing {what}: {os.path.basename(path.rstrip('/'))}")  # noqa: PTH119
        found[name] = [*seen, _made_to_last(path, seen)]
    return found


def _made_to_last(path: str, seen: Fingerprint) -> str | None:
    if seen.files >= 0:
        return None
    if seen.size <= SMALL_BYTES:
        return content_hash(path)
    with open(path, "rb") as file:  # noqa: PTH123
        os.fsync(file.fileno())
    return None


def _failure(error: BaseException | None) -> dict[str, object]:
    """Describe what a step raised, its traceback to the log."""
    if isinstance(error, Skip):
        return {"state": "skipped", "error": {"class": "Skip", "message": str(error)}}
    with suppress(OSError):  # the log may lie on the disk that is full
        traceback.print_exception(error)
    kind = type(error).__name__
    if isinstance(error, OSError) and is_disk_full(error):
        kind = DiskFull.__name__
    text = (attempt(lambda: str(error)).value or "").strip() or kind
    if not isinstance(error, TaskError):
        text = text.splitlines()[0] if len(text) > 500 else text  # noqa: PLR2004 - a message, not a report
    return {"state": "failed", "error": {"class": kind, "message": text}}


def _empty_log() -> None:
    if os.fstat(2).st_size:
        os.ftruncate(2, 0)


def restore_output(spool: str) -> None:
    """Open standard output and error again if a step has closed them, so that the next task can print."""
    if not (sys.stdout.closed or sys.stderr.closed) and _is_open(1) and _is_open(2):
        return
    file = os.open(spool, os.O_WRONLY | os.O_APPEND)
    for descriptor in (1, 2):
        os.dup2(file, descriptor)
        os.set_inheritable(descriptor, True)  # noqa: FBT003 - programs that a step starts print there too
    if file > 2:  # noqa: PLR2004 - else it has taken the place of one of the two
        os.close(file)
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", closefd=False)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def keep_log(spool: str, path: str) -> bool:
    """Keep what the attempt has printed, if anything, as its log."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
        if not os.stat(spool).st_size:  # noqa: PTH116
            return False
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
        shutil.copyfile(spool, path)
    except OSError:  # a full disk must not turn a finished task into a failed one
        return False
    return True


def _end_with_parent(parent: int) -> None:
    """Linux: have the kernel end this process when its parent's thread ends."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def main() -> None:
    """Serve one slot until the commands end."""
    commands, reports, parent = (int(word) for word in sys.argv[1:4])
    for descriptor in (commands, reports):
        os.set_inheritable(descriptor, False)  # noqa: FBT003
    _end_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    runner = Runner(reports, sys.argv[4])
    threading.Thread(target=runner.read, args=(commands,), daemon=True).start()
    runner.work()


if __name__ == "__main__":
    main()
