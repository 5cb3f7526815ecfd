"""Around a running batch: watch a folder, follow a run, stop it."""

import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest
from tests.commands import PROGRAM

FLOW = '''
import time
from pathlib import Path
import batchwork as bw

@bw.step(outputs="{stem}.out", version="1")
def work(source: Path, output: Path, *, pause: float = 0.0) -> None:
    """Copy a text."""
    text = source.read_text()
    with open(Path(__file__).with_name("ran.log"), "a") as log:
        print(source.name, file=log)
    time.sleep(pause)
    if text == "bad":
        raise ValueError("bad text")
    output.write_text(text)

flow = bw.Workflow("copy", steps=[work])
'''


class Project:
    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "in").mkdir()
        (root / "flow.py").write_text(FLOW)
        (root / "batch.yml").write_text("workflow: flow.py:flow\nitems: in/*.txt\nout: results\nrun: {workers: 2}\n")
        self.started: list[subprocess.Popen[str]] = []

    def put(self, name: str, text: str) -> None:
        (self.root / "in" / name).write_text(text)

    def start(self, *words: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [*PROGRAM, *words], cwd=self.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.started.append(process)
        return process

    def call(self, *words: str) -> "subprocess.CompletedProcess[str]":
        process = self.start(*words)
        out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def outputs(self) -> set[str]:
        return {path.name for path in (self.root / "results").glob("[!.]*.out")}

    def ran(self) -> list[str]:
        log = self.root / "ran.log"
        return log.read_text().split() if log.exists() else []

    def until(self, true, seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, (self.outputs(), self.ran())
            time.sleep(0.05)


@pytest.fixture
def project(tmp_path):
    made = Project(tmp_path)
    yield made
    for process in made.started:
        with suppress(ProcessLookupError):
            process.kill()
        process.communicate()


def test_watch_takes_items_as_they_arrive_once_they_are_complete(project):
    project.put("a.txt", "first")
    project.put("b.txt", "bad")
    watch = project.start("watch", "batch.yml", "--poll", "0.1", "--quiet-for", "0.5")
    project.until(lambda: project.outputs() == {"a.out"})
    growing = (project.root / "in" / "c.txt").open("w")
    project.put("d.txt", "late")
    for part in ("one ", "two ", "three"):
        growing.write(part)
        growing.flush()
        time.sleep(0.3)
    project.until(lambda: "d.out" in project.outputs())
    assert "c.txt" not in project.ran()
    growing.close()
    project.until(lambda: "c.out" in project.outputs())
    assert (project.root / "results" / "c.out").read_text() == "one two three"
    assert project.ran().count("b.txt") == 1, "what has failed is not run again by watching"
    project.put("b.txt", "mended")
    project.until(lambda: "b.out" in project.outputs())
    watch.send_signal(signal.SIGINT)
    out, _ = watch.communicate(timeout=120)
    assert watch.returncode == 0
    assert "4 done" in out
    assert sorted(set(project.ran())) == ["a.txt", "b.txt", "c.txt", "d.txt"]
    assert len(project.ran()) == 5


def test_watch_says_at_the_end_that_something_has_failed(project):
    project.put("b.txt", "bad")
    watch = project.start("watch", "batch.yml", "--poll", "0.1", "--quiet-for", "0")
    project.until(lambda: project.ran() == ["b.txt"])
    time.sleep(0.5)
    watch.send_signal(signal.SIGINT)
    out, err = watch.communicate(timeout=120)
    assert watch.returncode == 1
    assert "ValueError" in out
    assert "Traceback" not in err


def test_follow_tells_every_task_until_the_run_ends(project):
    for i in range(12):
        project.put(f"x_{i}.txt", "bad" if i == 11 else "text")
    run = project.start("run", "batch.yml", "-p", "work.pause=0.5")
    project.until(lambda: bool(project.ran()))
    follow = project.call("follow", "results", "--json")
    events = [json.loads(line) for line in follow.stdout.splitlines()]
    run.communicate(timeout=120)
    assert events[-1]["kind"] == "end"
    assert events[-1]["counts"] == {"done": 11, "failed": 1}
    assert follow.returncode == run.returncode == 1
    assert any(event["kind"] == "task" and event["state"] == "failed" for event in events)


def test_cancel_stops_and_drain_lets_running_tasks_finish(project):
    for i in range(20):
        project.put(f"x_{i}.txt", "text")
    run = project.start("run", "batch.yml", "-p", "work.pause=1.5")
    project.until(lambda: bool(project.ran()))
    assert "draining" in project.call("cancel", "results", "--drain").stdout
    run.communicate(timeout=120)
    assert run.returncode == 1
    assert len(project.outputs()) == len(project.ran()), "what had begun was finished"
    assert 0 < len(project.outputs()) < 20
    assert project.call("run", "results", "-p", "work.pause=0").returncode == 0
    assert len(project.outputs()) == 20


def test_without_a_run_follow_and_cancel_say_so(project):
    project.put("a.txt", "text")
    project.call("run", "batch.yml")
    for words in (("follow", "results"), ("cancel", "results")):
        done = project.call(*words)
        assert done.returncode == 0
        assert "no run is on" in done.stderr
    assert not list(Path(os.environ["XDG_RUNTIME_DIR"]).glob("*/*.sock"))
