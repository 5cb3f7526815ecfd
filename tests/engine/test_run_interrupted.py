"""Runs that are cut off, stopped, joined, taken over."""

import os
import signal
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from batchwork.engine.batch import Batch
from batchwork.engine.control import Control
from batchwork.engine.ledger import schema
from batchwork.engine.ledger.ledger import home_of, open_reader
from batchwork.errors import BatchBusyError
from batchwork.service.status import status

FLOW = '''
@bw.step(outputs="{stem}.out")
def work(source: Path, output: Path, *, times: int = 1) -> None:
    """Copy in two halves, with a pause between."""
    note(source.stem)
    text = source.read_text()
    half = len(text) // 2
    if text == "orphan":
        child = subprocess.Popen(["sleep", "1000"])
        Path(__file__).with_name("orphan.pid").write_text(str(child.pid))
        time.sleep(1000)
    with open(output, "w") as file:
        file.write(text[:half])
        file.flush()
        time.sleep(5 if text.startswith("slowest") else 0.2 if text.startswith("slow") else 0)
        file.write(text[half:] * times)

@bw.step(outputs="{stem}_parts/", name="parts")
def parts(work: Path, output: Path) -> None:
    """A folder."""
    (output / "deep").mkdir()
    (output / "deep" / "copy.txt").write_text(work.read_text())

flow = bw.Workflow("work", steps=[work, parts])
'''


def fill(folder, count: int) -> Batch:
    folder.put(**{f"a_{i:02}": f"slow text {i}" for i in range(count)})
    batch = folder.batch(FLOW)
    batch.run(items="none")
    return batch


def right(count: int) -> dict[str, str]:
    whole = {f"a_{i:02}.out": f"slow text {i}" for i in range(count)}
    return {**whole, **{f"a_{i:02}_parts/deep/copy.txt": f"slow text {i}" for i in range(count)}}


def partials(folder) -> list[str]:
    return [p.name for p in folder.out.iterdir() if "partial" in p.name]


def test_after_a_crash_nothing_acknowledged_is_lost_or_repeated(folder):
    batch = fill(folder, 16)
    acknowledged: set[str] = set()
    for _ in range(3):
        goal = len(folder.outputs()) + 5
        run = folder.start_run()
        folder.until(lambda: len(folder.outputs()) >= goal)  # noqa: B023
        folder.kill(run)
        found = {item["key"] for item in status(folder.out)["items"] if item["steps"].get("work") == "done"}
        assert acknowledged <= found
        acknowledged = found
    assert folder.outputs().items() <= right(16).items(), "somebody could see half a file"
    assert batch.run().counts == {"done": 16}
    assert folder.outputs() == right(16)
    assert not partials(folder)
    assert sum(folder.ran().values()) <= 16 + 3 * 2 * 2
    with open_reader(home_of(folder.out, None)) as ledger:
        outcomes = [outcome for (outcome,) in ledger.db.execute("SELECT outcome FROM run ORDER BY id")]
    assert outcomes == ["crashed"] * 3 + ["done"]


def test_reading_during_a_run_and_after_a_crash_leaves_no_trace(folder):
    batch = fill(folder, 6)
    run = folder.start_run()
    folder.until(lambda: any(name.endswith("copy.txt") for name in folder.outputs()))
    assert status(folder.out)["counts"]
    folder.until(lambda: status(folder.out)["counts"].get("done"))
    folder.kill(run)
    before = folder.tree()
    assert status(folder.out)["counts"]["done"] >= 1
    assert Batch.open(folder.out).plan().tasks
    shared = str(home_of(folder.out, None) / f"{schema.FILE_NAME}-shm")  # SQLite's own notes on who reads
    assert {**folder.tree(), shared: None} == {**before, shared: None}
    batch.run()


def test_a_crash_ends_the_children_and_what_they_had_started(folder):
    folder.put(a="orphan")
    batch = folder.batch(FLOW)
    batch.run(items="none")
    run = folder.start_run()
    pid_file = folder.root / "orphan.pid"
    folder.until(lambda: pid_file.exists() and pid_file.read_text())
    folder.kill(run)
    folder.until(lambda: not psutil.pid_exists(int(pid_file.read_text())), seconds=5)
    folder.put(a="fine")
    assert batch.run().counts == {"done": 1}


def test_ctrl_c_waits_a_while_and_what_it_cut_off_is_no_failure(folder):
    folder.put(**{f"a_{i:02}": "slow" for i in range(40)}, b="orphan")
    batch = folder.batch(FLOW, workers=2, grace=0.5)
    batch.run(items="none")
    run = folder.start_run(workers=3)
    folder.until(lambda: (len(folder.outputs()) > 4 and folder.ran()["b"]) or folder.ran()["a_39"])
    run.send_signal(signal.SIGINT)
    outcome, code, counts, _ = folder.told(run, timeout=15)
    assert (outcome, code) == ("interrupted", 130)
    assert not counts.get("failed")
    assert not partials(folder)
    folder.put(b="fine")
    assert batch.run().counts == {"done": 41}


def test_running_tasks_are_given_their_grace_time(folder):
    fill(folder, 20)
    run = folder.start_run()
    folder.until(lambda: len(folder.ran()) >= 5)
    begun = len(folder.ran())
    run.send_signal(signal.SIGINT)
    assert folder.told(run)[:2] == ("interrupted", 130)
    done = sum(item["steps"].get("work") == "done" for item in status(folder.out)["items"])
    assert begun <= done <= begun + 2, "those that ran were finished, and none was begun"


def test_a_second_ctrl_c_ends_at_once(folder):
    folder.put(a="orphan", b="fine")
    batch = folder.batch(FLOW, grace=600.0)
    batch.run(items="none")
    run = folder.start_run()
    folder.until((folder.root / "orphan.pid").exists)
    run.send_signal(signal.SIGINT)
    with pytest.raises(Exception, match="timed out"):
        run.communicate(timeout=0.5)
    run.send_signal(signal.SIGINT)
    assert folder.told(run, timeout=10)[:2] == ("interrupted", 130)
    steps = {item["key"]: item["steps"] for item in status(folder.out)["items"]}
    assert steps["a.txt"]["work"] == "pending"
    assert steps["b.txt"]["work"] == "done"


def test_drain_lets_running_tasks_finish(folder):
    fill(folder, 20)
    run = folder.start_run()
    folder.until(lambda: len(folder.ran()) >= 4)
    with folder.control() as live:
        live.call("cancel", drain=True)
    outcome, _, counts, _ = folder.told(run)
    assert outcome == "stopped"
    assert not counts.get("failed")
    assert 0 < counts["pending"] < 20
    assert not partials(folder)


def test_a_second_run_joins_the_first(folder):
    fill(folder, 12)
    runs = [folder.start_run() for _ in range(3)]
    reports = [folder.told(run) for run in runs]
    assert [(outcome, code, counts) for outcome, code, counts, _ in reports] == [("done", 0, {"done": 12})] * 3
    assert set(folder.ran().values()) == {1}


def test_a_second_run_adds_the_files_that_have_come(folder):
    fill(folder, 8)
    folder.put(a_03="slowest, so that the first run is still on when the second one comes")
    first = folder.start_run(items="a_0[0-3]*")
    folder.until(lambda: len(folder.ran()) >= 2)
    folder.put(z_1="added")
    second = folder.start_run()
    assert folder.told(second)[2] == {"done": 9}
    assert folder.told(first)[2] == {"done": 9}
    assert set(folder.ran().values()) == {1}


def test_a_second_run_takes_over_when_the_first_crashes(folder):
    fill(folder, 10)
    first = folder.start_run()
    folder.until(lambda: len(folder.ran()) >= 3)
    second = folder.start_run()
    with folder.control() as live:
        live.call("doing")
    folder.until(lambda: len(folder.ran()) >= 5)
    folder.kill(first)
    assert folder.told(second)[:3] == ("done", 0, {"done": 10})
    assert folder.outputs() == right(10)


def test_a_run_with_other_parameters_cannot_join(folder):
    batch = fill(folder, 6)
    run = folder.start_run()
    folder.until(folder.ran)
    other = folder.batch(batch.definition.workflow, params={"work": {"times": 2}})
    with pytest.raises(BatchBusyError, match="other items or parameters"):
        other.run()
    with pytest.raises(BatchBusyError, match="--force and retry"):
        batch.run(force=True)
    folder.told(run)


def test_different_folders_and_workflows_do_not_wait_for_each_other(folder):
    folder.put(**{f"a_{i:02}": "slow" for i in range(4)})
    folder.batch(FLOW).run(items="none")
    run = folder.start_run()
    folder.until(folder.ran)
    code = '''
@bw.step(outputs="{stem}.other")
def other(source: Path, output: Path) -> None:
    """Beside it."""
    output.write_text("other")

flow = bw.Workflow("other", steps=[other])
'''
    beside = folder.batch(folder.flow(code, "other.py"))
    assert beside.run().counts == {"done": 4}
    assert run.poll() is None
    folder.told(run)
    assert status(folder.out, "work")["counts"] == status(folder.out, "other")["counts"] == {"done": 4}
    assert status(folder.out)["workflow"] in {"work", "other"}
    assert Batch.open(folder.out, "work").plan().count == Batch.open(folder.out, "other").plan().count == 0


def test_the_run_of_another_machine_is_respected_on_a_network_file_system(folder, monkeypatch):
    monkeypatch.setenv("BATCHWORK_NETWORK_FS", "1")
    folder.put(a="x")
    batch = folder.batch(FLOW)
    notes: list[str] = []
    batch.run(listener=lambda event: notes.append(str(event.detail.get("text", ""))))
    assert any("rollback journal" in note for note in notes)
    home = home_of(folder.out, None)
    with closing(schema.open_for_writing(home / schema.FILE_NAME)[0]) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    (home / "lock").write_text('{"host": "elsewhere", "pid": 1, "since": 0}')
    with pytest.raises(BatchBusyError, match="process 1 on elsewhere"):
        batch.run()
    with pytest.raises(BatchBusyError, match="process 1 on elsewhere"):
        batch.edit({"kind": "remove", "items": ["a.txt"]})
    os.utime(home / "lock", (0, 0))
    assert batch.run().counts == {"done": 1}


def test_the_socket_is_gone_after_the_run_and_a_stale_one_is_no_run(folder):
    folder.put(a="x")
    batch = folder.batch(FLOW)
    batch.run()
    assert Control.connect(home_of(folder.out, None)) is None
    assert not list(Path(os.environ["XDG_RUNTIME_DIR"]).rglob("*.sock"))


def test_inside_a_running_event_loop(folder):
    """As in a notebook."""
    import asyncio

    folder.put(a="x", b="y")
    batch = folder.batch(FLOW)

    async def cell() -> dict[str, int]:
        return batch.run().counts

    assert asyncio.run(cell()) == {"done": 2}


def test_errors_reach_a_notebook(folder):
    import asyncio

    from batchwork.errors import ConfigError

    code = FLOW.replace(
        '@bw.step(outputs="{stem}.out")', '@bw.step(outputs="{stem}.out", resources=bw.Resources(gpu="required"))'
    )
    folder.put(a="x")
    batch = folder.batch(code)

    async def cell() -> None:
        batch.run()

    with pytest.raises(ConfigError, match="needs a GPU"):
        asyncio.run(cell())
