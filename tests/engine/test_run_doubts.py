"""Results that a person has to decide on, values that only guide, files in another step's folder, undersized items."""

import json

import pytest

from batchwork.engine.batch import Batch
from batchwork.engine.running import prepare_batch
from batchwork.errors import OutputCollisionError, ParameterError, WorkflowImportError
from batchwork.service.status import status

FLOW = '''
from batchwork.errors import TaskError

class DoubtfulPeak(TaskError):
    """Not sure."""

@bw.step(outputs="tried/{stem}/", guides=("peak",))
def look(source: Path, output: Path, peak: float | None):
    """Look around a first guess."""
    note(f"look:{source.stem}:{peak}")
    (output / "seen.txt").write_text(source.read_text())

@bw.step(outputs="tried/{stem}/peak.txt", writes=("peak",), version="1")
def find(look: Path, output: Path, *, bold: bool = False):
    """Find the peak; a question mark is a doubt."""
    text = (look / "seen.txt").read_text()
    note("find")
    output.write_text(text)
    if text == "none":
        raise ValueError("no peak")
    value = {"value": float(text.strip("?")), "by": "eye", "confidence": 0.5}
    if "?" in text and not bold:
        value["doubt"] = DoubtfulPeak(f"it may be {text}")
    return {"peak": value}

@bw.step(outputs="{stem}.txt", reads=("peak",), fallbacks={"peak": "fallback"})
def draw(source: Path, output: Path, peak: float | None, *, fallback: float | None = None):
    """Use it."""
    if peak is None:
        raise ValueError("no peak")
    output.write_text(f"{peak:g}")

flow = bw.Workflow("peaks", steps=[look, find, draw])
'''


def item(batch: Batch, key: str) -> dict[str, object]:
    return next(i for i in status(batch.definition.out)["items"] if i["key"] == key)


def test_a_doubtful_result_blocks_what_reads_it_until_a_person_decides(folder):
    folder.put(sure="1", unsure="2?")
    batch = folder.batch(FLOW)
    report = batch.run()
    assert (report.exit_code, report.counts) == (1, {"done": 1, "blocked": 1})
    assert [(f.key, f.kind, f.message) for f in report.failures] == [("unsure.txt", "DoubtfulPeak", "it may be 2?")]
    unsure = item(batch, "unsure.txt")
    assert (unsure["values"], unsure["proposed"], unsure["flags"]) == ({}, {"peak": 2.0}, ["needs review"])
    assert unsure["error"]["class"] == "DoubtfulPeak"
    assert "2" not in folder.outputs().get("unsure.txt", "")
    assert batch.run().ran == 0
    assert folder.ran()["find"] == 2
    batch.edit({"kind": "accept", "item": "unsure.txt"})
    batch.edit({"kind": "undo_set", "item": "unsure.txt"})
    undone = item(batch, "unsure.txt")
    assert (undone["values"], undone["proposed"], undone["flags"]) == ({}, {"peak": 2.0}, ["needs review"])
    assert batch.run().counts == {"done": 1, "blocked": 1}
    batch.edit({"kind": "accept", "item": "unsure.txt"})
    assert "flags" not in item(batch, "unsure.txt")
    assert item(batch, "unsure.txt")["status"] == "pending"
    assert batch.run().exit_code == 0
    assert folder.outputs()["unsure.txt"] == "2"


def test_a_fallback_does_not_hide_a_doubt_or_a_failure(folder):
    folder.put(unsure="2?", bad="none", sure="1")
    batch = folder.batch(FLOW, params={"draw": {"fallback": 9.0}})
    batch.run()
    assert [item(batch, f"{k}.txt")["status"] for k in ("sure", "unsure", "bad")] == ["done", "blocked", "failed"]
    assert item(batch, "bad.txt")["steps"]["draw"] == "blocked"
    batch.run(steps=["draw"])
    assert item(batch, "bad.txt")["steps"]["draw"] == "done"
    assert folder.outputs()["bad.txt"] == "9"


def test_what_a_person_entered_is_used_in_spite_of_a_doubt(folder):
    folder.put(a="2?")
    batch = folder.batch(FLOW)
    prepare_batch(batch.definition)
    batch.set("a.txt", peak=5)
    assert batch.run().exit_code == 0
    assert folder.outputs()["a.txt"] == "5"
    assert item(batch, "a.txt")["flags"] == ["needs review"]
    batch.set("a.txt", peak=6)
    assert "flags" not in item(batch, "a.txt")
    batch.edit({"kind": "undo_set", "item": "a.txt"})
    batch.edit({"kind": "undo_set", "item": "a.txt"})
    batch.run()
    assert item(batch, "a.txt")["status"] == "blocked"


def test_a_new_result_decides_a_doubt_and_a_new_doubt_takes_a_result_back(folder):
    folder.put(a="2?")
    batch = folder.batch(FLOW)
    batch.run()
    folder.put(a="33")
    assert batch.run().exit_code == 0
    assert folder.outputs()["a.txt"] == "33"
    folder.put(a="4?")
    assert batch.run().exit_code == 1
    assert item(batch, "a.txt")["values"] == {}
    bold = folder.batch(FLOW, params={"find": {"bold": True}})
    assert bold.run().exit_code == 0
    assert folder.outputs()["a.txt"] == "4"


def test_values_that_guide_make_nothing_stale(folder):
    folder.put(a="1")
    batch = folder.batch(FLOW)
    prepare_batch(batch.definition)
    batch.set("a.txt", peak=7)
    batch.run()
    assert folder.ran()["look:a:7"] == 1
    batch.set("a.txt", peak=8)
    assert {(t.item, t.step) for t in batch.plan().tasks} == {("a.txt", "draw")}
    batch.edit({"kind": "undo_set", "item": "a.txt"})
    batch.run(steps=["look"], force=True)
    assert folder.ran()["look:a:None"] == 1, "a step's own result is no guide"


def test_a_file_in_the_folder_of_an_earlier_step_does_not_change_that(folder):
    folder.put(a="1")
    batch = folder.batch(FLOW)
    batch.run()
    assert folder.outputs()["tried/a/peak.txt"] == "1"
    assert batch.plan().tasks == []
    (folder.out / "tried" / "a" / ".left.partial").write_text("of a killed run")
    assert batch.plan().tasks == []
    (folder.out / "tried" / "a" / "other.txt").write_text("by somebody")
    assert {t.step for t in batch.plan().tasks} >= {"look"}
    (folder.out / "tried" / "a" / "other.txt").unlink()
    (folder.out / "tried" / "a" / "peak.txt").write_text("edited")
    assert "find" in {t.step for t in batch.plan().tasks}


def test_a_file_in_the_folder_of_another_item_or_of_no_input_is_refused(folder):
    folder.put(a="1")
    code = FLOW.replace('"tried/{stem}/peak.txt"', '"tried/a/peak.txt"')
    with pytest.raises(OutputCollisionError):
        folder.batch(code).run()


@pytest.mark.parametrize(
    "change",
    [('peak: float | None):\n    """Look', 'peak: float):\n    """Look'), ('guides=("peak",)', 'guides=("pea",)')],
)
def test_wrong_guides_are_refused(folder, change):
    with pytest.raises(WorkflowImportError, match=r"guides|none of its arguments"):
        folder.flow(FLOW.replace(*change))


WEIGHED = '''
def weigh(path):
    """Count letters."""
    text = path.read_text()
    if text == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    return None if text == "unknown" else len(text)

@bw.step(outputs="{stem}.txt")
def copy(source: Path, output: Path):
    """Copy."""
    output.write_text(source.read_text())

@bw.step(outputs="{group}.sum", over="series")
def add(copy: list[Path], output: Path):
    """Sum up."""
    output.write_text("".join(p.read_text() for p in copy))

flow = bw.Workflow("weighed", steps=[copy, add], weigh=f"{__file__}:weigh")
'''


@pytest.fixture
def weighed(folder):
    folder.put(a_1="xxxx", a_2="xxxx", a_3="x", a_4="crash", a_5="unknown", b_1="x", c_1="x" * 10, c_2="xxxxx")
    return folder.flow(WEIGHED)


def states(batch: Batch) -> dict[str, str]:
    return {i["key"]: i["status"] for i in status(batch.definition.out)["items"]}


def test_undersized_members_of_a_series_are_skipped_and_can_be_taken_back(folder, weighed):
    batch = folder.batch(weighed)
    assert batch.run().exit_code == 0
    assert {key for key, state in states(batch).items() if state == "skipped"} == {"a_3.txt"}
    assert "undersized" in item(batch, "a_3.txt")["message"]
    assert folder.outputs()["a.sum"] == "xxxxxxxx" + "crash" + "unknown"
    assert batch.plan().tasks == []
    batch.set("a_3.txt", skip="no")
    assert {(t.item, t.step) for t in batch.plan().tasks} == {("a_3.txt", "copy"), ("a", "add")}
    batch.run()
    assert set(states(batch).values()) == {"done"}
    batch.set("c_2.txt", skip="yes")
    batch.run()
    assert item(batch, "c_2.txt")["message"] == "left out by hand"
    batch.edit({"kind": "undo_set", "item": "c_2.txt"})
    batch.edit({"kind": "undo_set", "item": "a_3.txt"})
    batch.run()
    assert {key for key, state in states(batch).items() if state == "skipped"} == {"a_3.txt"}
    with pytest.raises(ParameterError, match="yes or no"):
        batch.set("a_3.txt", skip="perhaps")


def test_the_share_is_an_option_and_0_skips_none(folder, weighed):
    folder.batch(weighed, undersized=0.0).run()
    batch = folder.batch(weighed, undersized=0.8)
    assert "a_3.txt" not in json.dumps([t.item for t in batch.plan().tasks])
    batch.run()
    assert {key for key, state in states(batch).items() if state == "skipped"} == {"a_3.txt", "c_2.txt"}


def test_a_file_that_has_grown_is_weighed_again(folder, weighed):
    batch = folder.batch(weighed)
    batch.run()
    folder.put(a_3="xxxx")
    batch.run()
    assert states(batch)["a_3.txt"] == "done"
