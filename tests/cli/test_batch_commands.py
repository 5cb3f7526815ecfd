"""The commands for every batch: what they print, what their JSON holds, how they end."""

import json
from pathlib import Path

import pytest
from tests.commands import program

FLOW = '''
from pathlib import Path
import batchwork as bw

@bw.step(outputs="{stem}.len", version="1", writes=("length",))
def measure(source: Path, output: Path):
    """Count."""
    text = source.read_text()
    print("looking at", source.name)
    if text == "bad":
        raise ValueError("a bad item")
    if text == "skip":
        raise bw.Skip("nothing in it")
    output.write_text(text)
    return {"length": len(text)}

@bw.step(outputs="{stem}.bar", version="1", reads=("length",))
def draw(measure: Path, output: Path, length: float, *, mark: str = "#") -> None:
    """Draw."""
    output.write_text(mark * int(length))

@bw.step(outputs="{group}.sum", version="1", over="series")
def add(draw: list[Path], output: Path) -> None:
    """Sum up."""
    output.write_text(" ".join(p.read_text() for p in draw))

flow = bw.Workflow("bars", steps=[measure, draw, add])
'''


@pytest.fixture
def project(tmp_path):
    (tmp_path / "in").mkdir()
    for name, text in {"a_1": "xxx", "a_2": "xx", "a_3": "bad", "b_1": "skip"}.items():
        (tmp_path / "in" / f"{name}.txt").write_text(text)
    (tmp_path / "flow.py").write_text(FLOW)
    (tmp_path / "batch.yml").write_text(
        "workflow: flow.py:flow\nitems: in/*.txt\nout: results\nrun: {workers: 2, gpus: none}\n"
    )
    return tmp_path


def call(project, *words, code=0):
    return program(*words, code=code, cwd=project)


def call_json(project, *words, code=0):
    return json.loads(call(project, *words, "--json", code=code).stdout)


def test_plan_and_dry_run_are_the_same_and_write_nothing(project):
    plan = call_json(project, "plan", "batch.yml")
    assert plan == call_json(project, "run", "batch.yml", "--dry-run")
    assert set(plan) == {"tasks", "up_to_date"}
    assert {(t["item"], t["step"]) for t in plan["tasks"]} >= {("a_1.txt", "measure"), ("a", "add")}
    assert all(set(t) == {"item", "step", "reason"} and t["reason"] for t in plan["tasks"])
    assert not (project / "results").exists()
    assert "has not run yet" in call(project, "plan", "batch.yml").stdout


def test_run_ends_with_the_status(project):
    found = call_json(project, "run", "batch.yml", code=1)
    assert found == call_json(project, "status", "results")
    assert found["workflow"] == "bars"
    assert found["counts"] == {"done": 2, "skipped": 1, "failed": 1}
    items = {item["key"]: item for item in found["items"]}
    good, bad, skipped = items["a_1.txt"], items["a_3.txt"], items["b_1.txt"]
    assert (good["status"], good["series"], good["values"]) == ("done", "a", {"length": 3})
    assert good["steps"] == {"measure": "done", "draw": "done"}
    assert good["origins"]["length"]["by"] == "measure"
    assert {"class": "ValueError", "message": "a bad item"}.items() <= bad["error"].items()
    assert Path(bad["error"]["log"]).read_text().startswith("looking at a_3.txt")
    assert bad["steps"] == {"measure": "failed", "draw": "blocked"}
    assert (skipped["status"], skipped["message"]) == ("skipped", "nothing in it")
    groups = {group["key"]: group for group in found["groups"]}
    assert (groups["a"]["step"], groups["a"]["status"]) == ("add", "done")
    assert [out["key"] for out in groups["a"]["left_out"]] == ["a_3.txt"]


def test_text_is_for_people(project):
    done = call(project, "run", "batch.yml", code=1)
    assert "Batch execution" in done.stdout
    assert f"Results saved to {project / 'results'}" in done.stdout
    assert "a bad item" in done.stderr
    text = call(project, "status", "results").stdout
    assert "ValueError (1):" in text
    assert "2 done" in text
    assert "looking at a_3.txt" in call(project, "log", "results", "a_3.txt").stdout


def test_explain_gives_the_reason_of_the_plan(project):
    call(project, "run", "batch.yml", code=1)
    assert "up to date" in call(project, "explain", "results", "a_1.txt").stdout
    call(project, "set", "results", "a_1.txt", "length=1")
    reason = next(t["reason"] for t in call_json(project, "plan", "batch.yml")["tasks"] if t["item"] == "a_1.txt")
    assert reason == "value length changed: 3 → 1"
    told = call(project, "explain", "results", "a_1.txt").stdout
    assert reason in told
    assert "by hand" in told
    call(project, "set", "results", "a_1.txt", "--undo")
    assert "a_1.txt" not in {t["item"] for t in call_json(project, "plan", "results")["tasks"]}


def test_edited_values_say_where_they_come_from(project):
    call(project, "run", "batch.yml", code=1)
    call(project, "set", "results", "a_1.txt", "length=5")
    item = next(i for i in call_json(project, "status", "results")["items"] if i["key"] == "a_1.txt")
    assert item["values"] == {"length": 5}
    assert item["status"] == "stale"
    origin = item["origins"]["length"]
    assert (origin["by"], origin["previous"]) == ("hand", 3)
    assert origin["when"]
    call(project, "set", "results", "a_1.txt", "length=")
    item = next(i for i in call_json(project, "status", "results")["items"] if i["key"] == "a_1.txt")
    assert item["values"] == {}


def test_remove_and_retry(project):
    call(project, "run", "batch.yml", code=1)
    call(project, "remove", "results", "a_3.txt")
    call(project, "run", "batch.yml")
    call(project, "remove", "results", "--undo")
    call(project, "retry", "results", code=1)
    (project / "in" / "a_3.txt").write_text("xxxx")
    call(project, "retry", "results", "--class", "ValueError")
    assert (project / "results" / "a.sum").read_text() == "### ## ####"


def test_parameters_on_the_command_line(project):
    call(project, "run", "batch.yml", "--items", "a_1.txt", "-p", "draw.mark=*")
    assert (project / "results" / "a_1.bar").read_text() == "***"
    wrong = call(project, "run", "batch.yml", "-p", "draw.marc=*", code=2)
    assert "did you mean 'mark'" in wrong.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("run", "nowhere.yml"), "nowhere.yml"),
        (("status", "in"), "is not a batch"),
        (("set", "results", "a_9.txt", "length=1"), "no item 'a_9.txt'"),
        (("set", "results", "a_1.txt", "lenght=1"), "did you mean 'length'"),
        (("set", "results", "a_1.txt", "length=long"), "is a number"),
        (("explain", "results", "a_9.txt"), "a_9.txt"),
        (("run", "batch.yml", "--steps", "drow"), "did you mean 'draw'"),
        (("run", "batch.yml", "--workers", "0"), "workers"),
        (("run", "batch.yml", "--backend", "loacl"), "did you mean 'local'"),
        (("run", "batch.yml", "--timeout", "soon"), "soon"),
    ],
)
def test_wrong_usage_ends_with_2(project, words, told):
    call(project, "run", "batch.yml", code=1)
    assert told in call(project, *words, code=2).stderr


def test_cancel_and_follow_without_a_run(project):
    call(project, "run", "batch.yml", code=1)
    assert "no run is on" in call(project, "cancel", "results").stderr
    assert "no run is on" in call(project, "follow", "results").stderr
