"""Parameters of single items."""

import pytest

from batchwork.engine.batch import Batch
from batchwork.errors import ConfigError, UnknownItemError
from batchwork.service import calls
from batchwork.service.status import status

FLOW = '''
def naming(params):
    return "{stem}." + params["suffix"]

@bw.step(outputs=naming, neutral=("loud",))
def repeat(source: Path, output: Path, *, times: int = 1, suffix: str = "out", loud: bool = False) -> None:
    """Repeat a text.

    Parameters
    ----------
    times : int
        How often.
    """
    note(f"{source.stem}{'!' * loud}")
    output.write_text(source.read_text() * times)

@bw.step(outputs="all.txt", over="batch")
def join(repeat: list[Path], output: Path, *, between: str = "+") -> None:
    """Join all."""
    output.write_text(between.join(path.read_text() for path in repeat))

flow = bw.Workflow("repeats", steps=[repeat, join])
'''


@pytest.fixture
def batch(folder):
    folder.put(a_1="x", a_2="y", b_1="z")
    made = folder.batch(FLOW, params={"repeat": {"times": 2}})
    made.run()
    return made


def planned(batch):
    return {(task.item, task.step): task.reason for task in Batch.open(batch.definition.out).plan().tasks}


def give(batch, *items, **params):
    return calls.set_params(batch.definition.out, items, {"repeat": params})


def test_it_counts_for_its_item_alone(folder, batch):
    assert give(batch, "a_2.txt", times=3) == ["a_2.txt"]
    assert planned(batch)["a_2.txt", "repeat"] == "its own parameter times changed: none → 3"
    assert set(planned(batch)) == {("a_2.txt", "repeat"), ("*", "join")}
    batch.run()
    assert folder.outputs() == {"a_1.out": "xx", "a_2.out": "yyy", "b_1.out": "zz", "all.txt": "xx+yyy+zz"}
    assert not planned(batch)


def test_patterns_name_several_items(folder, batch):
    assert give(batch, "a_*", times=1) == ["a_1.txt", "a_2.txt"]
    batch.run()
    assert folder.outputs()["all.txt"] == "x+y+zz"


def test_a_change_of_the_batch_leaves_what_an_item_has_of_its_own(folder, batch):
    give(batch, "a_1.txt", times=5)
    batch.run()
    wider = folder.batch(FLOW, params={"repeat": {"times": 3}})
    wider.run()
    assert folder.outputs()["all.txt"] == "xxxxx+yyy+zzz"


def test_it_is_cleared_and_taken_back(folder, batch):
    give(batch, "a_1.txt", times=5)
    batch.run()
    assert calls.clear_params(batch.definition.out, ["*"]) == ["a_1.txt"]
    assert planned(batch)["a_1.txt", "repeat"] == "its own parameter times changed: 5 → none"
    calls.undo(batch.definition.out, "a_1.txt")
    assert not planned(batch)
    calls.undo(batch.definition.out, "a_1.txt")
    batch.run()
    assert folder.outputs()["a_1.out"] == "xx"


def test_status_knows_at_once_what_is_stale(batch):
    give(batch, "a_1.txt", times=5)
    states = {item["key"]: item["status"] for item in status(batch.definition.out)["items"]}
    assert states == {"a_1.txt": "stale", "a_2.txt": "done", "b_1.txt": "done"}
    give(batch, "a_1.txt", times=None)
    assert {item["status"] for item in status(batch.definition.out)["items"]} == {"done"}


def test_what_no_result_depends_on_makes_nothing_stale(batch, folder):
    give(batch, "a_1.txt", loud=True)
    assert not planned(batch)
    assert status(batch.definition.out)["counts"] == {"done": 3}
    batch.run(force=True, items="a_1.txt", steps=["repeat"])
    assert folder.ran()["a_1!"] == 1


@pytest.mark.parametrize(
    ("step", "name", "value", "message"),
    [
        ("repeat", "tims", 2, r"has no parameter 'tims'.*'times'"),
        ("repaet", "times", 2, r"'repaet'.*'repeat'"),
        ("repeat", "times", "many", "times"),
        ("repeat", "suffix", "txt2", "suffix decides where the results go"),
        ("join", "between", "-", "runs over groups"),
    ],
)
def test_what_does_not_fit_is_refused(batch, step, name, value, message):
    with pytest.raises(ConfigError, match=message):
        calls.set_params(batch.definition.out, ["a_1.txt"], {step: {name: value}})
    assert not planned(batch)


def test_items_that_are_not_there(batch):
    with pytest.raises(UnknownItemError, match="no item 'c_1'"):
        give(batch, "c_1", times=2)


def test_a_value_that_no_longer_fits_fails_its_item_alone(folder, batch):
    give(batch, "a_1.txt", times=5)
    changed = folder.batch(FLOW.replace("times: int = 1", "times: str = '1'").replace("* times", "* int(times)"))
    report = changed.run()
    assert report.counts == {"done": 2, "failed": 1}
    assert "a_1.txt" in {failure.key for failure in report.failures}
