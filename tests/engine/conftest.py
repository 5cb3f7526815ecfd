"""A folder with inputs and a workflow of the user's own, for tests that run batches."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from batchwork.engine.batch import Batch
from batchwork.engine.control import Control
from batchwork.engine.definition import RunOptions
from batchwork.engine.items import FileItems, ItemSource
from batchwork.engine.ledger.ledger import home_of
from batchwork.engine.loading import load_module
from batchwork.engine.workflow import Workflow

HEADER = '''
import os, signal, subprocess, time
from pathlib import Path
import batchwork as bw

def note(word):
    """Say that a step was called, for tests that count calls."""
    with open(Path(__file__).with_name("ran.log"), "a") as log:
        print(word, file=log)

'''


class Folder:
    """A project folder of a user: ``in/*.txt``, ``flow.py``, ``results``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.inputs = root / "in"
        self.out = root / "results"
        self.inputs.mkdir(parents=True)
        self.started: list[subprocess.Popen[str]] = []

    def put(self, **texts: str) -> None:
        """Write inputs; the names get ``.txt``."""
        for name, text in texts.items():
            (self.inputs / f"{name}.txt").write_text(text)

    def write_flow(self, code: str, name: str = "flow.py") -> Path:
        """Write a workflow's module."""
        path = self.root / name
        path.write_text(HEADER + code)
        return path

    def flow(self, code: str, name: str = "flow.py") -> Workflow:
        """Write a workflow's module and load its `flow`."""
        path = self.write_flow(code, name)
        load_module.cache_clear()
        found = load_module(str(path)).flow
        assert isinstance(found, Workflow)
        return found

    def batch(
        self,
        code: str | Workflow,
        items: ItemSource | None = None,
        params: dict[str, dict[str, object]] | None = None,
        **options: object,
    ) -> Batch:
        """Describe a batch over the inputs."""
        flow = self.flow(code) if isinstance(code, str) else code
        source = items or FileItems((str(self.inputs / "*.txt"),))
        made = RunOptions(**{"workers": 2, "gpus": "none", **options})  # type: ignore[arg-type]
        return Batch.create(self.out, flow, items=source, params=params, options=made)

    def outputs(self) -> dict[str, str]:
        """Give the texts of all outputs by name, as a reader sees them: without what is hidden.

        Hidden folders are not entered: while a run is on, they come and go.
        """
        found = []
        for folder, below, names in os.walk(self.out):
            below[:] = [name for name in below if name[0] != "."]
            found += [Path(folder, name) for name in names if name[0] != "."]
        return {str(p.relative_to(self.out)): p.read_text() for p in sorted(found)}

    def ran(self) -> Counter[str]:
        """Count the words that steps have noted."""
        log = self.root / "ran.log"
        return Counter(log.read_text().split()) if log.exists() else Counter()

    def tree(self) -> dict[str, tuple[int, int]]:
        """Give size and time of everything in the results, directories included."""
        return {str(p): (p.lstat().st_size, p.lstat().st_mtime_ns) for p in [self.out, *self.out.rglob("*")]}

    def program(self, text: str, *words: str, **kwargs: object) -> "subprocess.Popen[str]":
        """Start a Python program in the folder, in a session of its own."""
        command = [sys.executable, "-c", text, *words]
        pipe = subprocess.PIPE
        made: subprocess.Popen[str] = subprocess.Popen(  # type: ignore[call-overload]
            command, cwd=self.root, stdout=pipe, stderr=pipe, text=True, start_new_session=True, **kwargs
        )
        self.started.append(made)
        return made

    def start_run(self, **kwargs: object) -> "subprocess.Popen[str]":
        """Start a run of the batch in ``results`` in a process of its own; prints its report as JSON."""
        words = repr({key: value for key, value in kwargs.items() if key != "env"})
        env = {**os.environ, **kwargs.get("env", {})}  # type: ignore[dict-item]
        return self.program(RUN.format(words=words), env=env)

    @staticmethod
    def told(run: "subprocess.Popen[str]", timeout: float = 60) -> tuple[str, int, dict[str, int], int]:
        """Give what a run started by `start_run` has reported: outcome, exit code, counts, tasks run."""
        out, err = run.communicate(timeout=timeout)
        assert run.returncode == 0, err
        outcome, code, counts, ran = json.loads(out.splitlines()[-1])
        return outcome, code, counts, ran

    @staticmethod
    def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
        """Wait for something to become true."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it did not happen in time"
            time.sleep(0.01)

    @contextmanager
    def control(self) -> Iterator[Control]:
        """Reach the run that is on, as soon as it can be reached."""
        found: list[Control | None] = []
        self.until(lambda: found.append(Control.connect(home_of(self.out, None))) or found[-1])
        live = found[-1]
        assert live is not None
        with closing(live):
            yield live

    @staticmethod
    def kill(run: "subprocess.Popen[str]") -> None:
        """End a run as a crash does."""
        run.send_signal(signal.SIGKILL)
        run.communicate()


RUN = """
import json, batchwork as bw
report = bw.Batch.open("results").run(**{words})
print(json.dumps([report.outcome, report.exit_code, report.counts, report.ran]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    """Give an empty project folder."""
    made = Folder(tmp_path / "project")
    yield made
    for process in made.started:
        if process.poll() is None:
            made.kill(process)
