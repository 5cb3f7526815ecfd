"""What a run takes on: parts of a batch, force, retry, what was set aside; edits while it runs."""

import json

import pytest

from batchwork.errors import DeclarationError
from batchwork.service.status import status

FLOW = '''
@bw.step(outputs="{stem}.one", writes=("n",))
def first(source: Path, output: Path):
    """Copy, slowly if asked."""
    text = source.read_text()
    note("first:" + source.stem)
    if "slow" in text:
        time.sleep(0.3)
    if "bad" in text:
        raise ValueError("bad input: " + text)
    if "die" in text:
        os.kill(os.getpid(), signal.SIGKILL)
    output.write_text(text)
    return {"n": len(text)}

@bw.step(outputs="{stem}.two", reads=("n",))
def second(first: Path, output: Path, n: float) -> None:
    """Copy again."""
    note("second:" + first.stem)
    output.write_text(first.read_text() + f" {n:g}")

flow = bw.Workflow("two", steps=[first, second])
'''


def test_steps_and_items_choose_a_part(folder):
    folder.put(a_1="x", a_2="y", b_1="z")
    batch = folder.batch(FLOW)
    batch.run(items="a_*")
    assert set(folder.outputs()) == {"a_1.one", "a_1.two", "a_2.one", "a_2.two"}
    batch.run(steps=["first"])
    assert set(folder.outputs()) == {"a_1.one", "a_1.two", "a_2.one", "a_2.two", "b_1.one"}
    assert [(t.item, t.step) for t in batch.plan().tasks] == [("b_1.txt", "second")]
    with pytest.raises(DeclarationError, match="did you mean 'second'"):
        batch.run(steps=["secund"])


def test_force_runs_everything_again_once(folder):
    folder.put(a="x", b="y")
    batch = folder.batch(FLOW)
    batch.run()
    assert {t.reason for t in batch.plan(force=True).tasks} == {"asked for again"}
    assert batch.run(force=True).ran == 4
    assert set(folder.ran().values()) == {2}
    assert not batch.plan().tasks
    batch.run(force=True, items="a*", steps=["second"])
    assert folder.ran() == {"first:a": 2, "second:a": 3, "first:b": 2, "second:b": 2}


def test_what_a_stopped_run_left_open_is_not_taken_on_by_a_chosen_part(folder):
    folder.put(**{f"a_{i:02}": "slow" for i in range(12)})
    folder.put(a_00="bad")
    batch = folder.batch(FLOW)
    report = batch.run(on_error="stop")
    assert report.outcome == "stopped"
    assert report.exit_code == 1
    before = set(folder.ran())
    batch.run(items="a_11.txt")
    assert set(folder.ran()) - before == {"first:a_11", "second:a_11"}


def test_a_missing_value_stops_too_if_asked(folder):
    folder.put(a="x", b="slow")
    code = FLOW.replace('writes=("n",)', "writes=()").replace('return {"n": len(text)}', "")
    report = folder.batch(code, workers=1).run(on_error="stop")
    assert report.outcome == "stopped"
    assert report.failures[0].kind == "MissingValue"


def test_retry_takes_failures_only_and_by_class(folder):
    folder.put(a="bad", b="die", c="x")
    batch = folder.batch(FLOW)
    assert batch.run().counts == {"done": 1, "failed": 2}
    folder.put(d="new", c="changed")
    before = folder.ran()
    batch.retry("ValueError")
    assert folder.ran() - before == {"first:a": 1}
    batch.retry()
    assert folder.ran() - before == {"first:a": 2, "first:b": 1}
    folder.put(a="fine")
    batch.retry()
    assert folder.outputs()["a.two"] == "fine 4"
    assert "d.one" not in folder.outputs()


def test_three_deaths_set_an_item_aside_until_it_is_retried(folder):
    folder.put(a="die", b="x")
    batch = folder.batch(FLOW)
    for _ in range(3):
        report = batch.run()
        assert {(f.key, f.step, f.kind) for f in report.failures} >= {("a.txt", "first", "ChildDied")}
    assert folder.ran()["first:a"] == 3
    assert batch.run().exit_code == 1
    assert folder.ran()["first:a"] == 3, "set aside"
    assert not batch.plan().tasks
    batch.retry()
    assert folder.ran()["first:a"] == 4
    folder.put(a="fine")
    assert batch.run().exit_code == 0


def test_an_edit_while_it_runs_counts_at_once_and_repeats_nothing(folder):
    folder.put(**{f"a_{i:02}": "slow" for i in range(10)})
    folder.put(a_00="bad", a_01="fast")
    batch = folder.batch(FLOW)
    batch.run(items="a_01.txt")
    run = folder.start_run()
    folder.until(lambda: folder.ran()["first:a_04"])
    batch.edit({"kind": "set", "items": {"a_01.txt": {"n": 9}}})
    assert folder.told(run)[:3] == ("failed", 1, {"done": 9, "failed": 1})
    assert folder.outputs()["a_01.two"] == "fast 9"
    ran = folder.ran()
    assert {name: n for name, n in ran.items() if n > 1} == {"second:a_01": 2}, (
        "a failure is not tried twice in one run"
    )


def test_an_edit_during_a_forced_run_forces_nothing_twice(folder):
    folder.put(**{f"a_{i:02}": "slow" for i in range(8)})
    batch = folder.batch(FLOW)
    batch.run(workers=8)
    run = folder.start_run(force=True)
    folder.until(lambda: folder.ran()["first:a_02"] == 2)
    batch.edit({"kind": "set", "items": {"a_00.txt": {"n": 9}}})
    folder.told(run)
    ran = folder.ran()
    assert {ran[f"first:a_{i:02}"] for i in range(8)} == {2}
    assert {ran[f"second:a_{i:02}"] for i in range(1, 8)} == {2}
    assert folder.outputs()["a_00.two"] == "slow 9"


def test_an_edit_during_a_retry_keeps_the_rest_of_it(folder):
    folder.put(**{f"a_{i:02}": "slow bad" for i in range(8)})
    folder.put(b="x")
    batch = folder.batch(FLOW)
    batch.run(workers=8)
    run = folder.program("import batchwork as bw; bw.Batch.open('results').retry()")
    folder.until(lambda: folder.ran()["first:a_01"] == 2)
    batch.edit({"kind": "set", "items": {"b.txt": {"n": 9}}})
    run.communicate(timeout=60)
    ran = folder.ran()
    assert {ran[f"first:a_{i:02}"] for i in range(8)} == {2}


def test_items_removed_while_it_runs_do_not_start(folder):
    folder.put(**{f"a_{i:02}": "slow" for i in range(12)})
    run = folder.batch(FLOW).with_options(workers=1)
    run.run(items="a_00.txt")
    process = folder.start_run()
    folder.until(lambda: folder.ran()["first:a_02"])
    run.edit({"kind": "remove", "items": ["a_10.txt", "a_11.txt"]})
    assert folder.told(process)[2] == {"done": 10}
    assert "first:a_11" not in folder.ran()
    run.edit({"kind": "undo_remove"})
    assert run.run().counts == {"done": 12}


def test_followers_see_every_task_and_the_end(folder):
    folder.put(**{f"a_{i:02}": "slow" for i in range(4)})
    folder.batch(FLOW).run(items="none")
    run = folder.start_run()
    with folder.control() as live:
        live.call("follow")
        seen = list(live.events())
    assert [e["kind"] for e in seen][-1] == "end"
    assert seen[-1]["counts"] == {"done": 4}
    assert {e["key"] for e in seen if e["kind"] == "task" and e["step"] == "second"} == {
        f"a_{i:02}.txt" for i in range(4)
    }
    folder.told(run)
    assert json.dumps(seen)


ON_REQUEST = '''
@bw.step(outputs="{stem}.one")
def first(source: Path, output: Path):
    """Copy."""
    output.write_text(source.read_text())

@bw.step(outputs="{stem}.sent", on_request=True, words={"done": "Sent"})
def send(first: Path, output: Path) -> None:
    """Send."""
    output.write_text("sent")

flow = bw.Workflow("sending", steps=[first, send])
'''


def test_a_step_on_request_runs_only_where_it_is_named(folder):
    folder.put(a="x")
    batch = folder.batch(ON_REQUEST)
    assert [task.step for task in batch.plan().tasks] == ["first"]
    batch.run()
    assert set(folder.outputs()) == {"a.one"}
    batch.run(steps=["send"])
    assert set(folder.outputs()) == {"a.one", "a.sent"}
    assert status(folder.out)["words"] == {"send": {"done": "Sent"}}
