"""Values: written, corrected, proposed, undone; what they make stale."""

import pytest

from batchwork.engine.batch import Batch
from batchwork.engine.ledger.ledger import home_of, open_reader
from batchwork.engine.ledger.rows import item_by_key
from batchwork.engine.ledger.values import current_values, history
from batchwork.engine.repair import Member, repair_values
from batchwork.errors import BatchError, DeclarationError, ParameterError, UnknownItemError

FLOW = '''
@bw.step(outputs="{stem}.len", writes=("length",))
def measure(source: Path, output: Path):
    """Count."""
    note("measure:" + source.stem)
    output.write_text(source.read_text())
    return {"length": len(source.read_text())}

@bw.step(outputs="{stem}.bar", reads=("length",))
def draw(measure: Path, output: Path, length: float) -> None:
    """Draw a bar."""
    note("draw:" + measure.stem)
    if not length:
        raise bw.Skip("empty")
    output.write_text("#" * int(length))

flow = bw.Workflow("bars", steps=[measure, draw])
'''

ONLY_READS = '''
@bw.step(writes=("length",))
def measure(source: Path):
    """Count."""
    return {"length": len(source.read_text())}

@bw.step(outputs="{key}.bar", reads=("length",))
def draw(output: Path, length: float) -> None:
    """Takes the value alone."""
    if not length:
        raise bw.Skip("empty")
    output.write_text("#" * int(length))

flow = bw.Workflow("reads", steps=[measure, draw])
'''


def planned(batch: Batch) -> set[tuple[str, str]]:
    return {(t.item, t.step) for t in batch.plan().tasks}


def rows(batch: Batch, key: str) -> list[tuple[object, str, str]]:
    with open_reader(home_of(batch.definition.out, None)) as ledger:
        return [(r.value, r.by, r.state) for r in history(ledger.db, item_by_key(ledger.db, key).id)]


def current(batch: Batch, key: str) -> dict[str, object]:
    with open_reader(home_of(batch.definition.out, None)) as ledger:
        return current_values(ledger.db, item_by_key(ledger.db, key).id)


def test_an_edit_makes_stale_what_reads_it_never_its_writer(folder):
    folder.put(a_1="xxx", a_2="yy")
    batch = folder.batch(FLOW)
    batch.run()
    batch.set("a_1.txt", length=1)
    assert planned(batch) == {("a_1.txt", "draw")}
    assert batch.plan().tasks[0].reason == "value length changed: 3 → 1"
    batch.run()
    assert folder.outputs()["a_1.bar"] == "#"
    assert folder.ran() == {"measure:a_1": 1, "measure:a_2": 1, "draw:a_1": 2, "draw:a_2": 1}


def test_undo_restores_and_what_was_made_before_counts_again_only_if_it_stands(folder):
    folder.put(a_1="xxx")
    batch = folder.batch(FLOW)
    batch.run()
    batch.set("a_1.txt", length=1)
    batch.edit({"kind": "undo_set", "item": "a_1.txt"})
    assert not planned(batch)
    batch.set("a_1.txt", length=1)
    batch.run()
    batch.edit({"kind": "undo_set", "item": "a_1.txt"})
    assert planned(batch) == {("a_1.txt", "draw")}
    with pytest.raises(BatchError, match="no edit to undo"):
        batch.edit({"kind": "undo_set", "item": "a_1.txt"})


def test_the_first_result_replaces_what_was_entered_before_it(folder):
    folder.put(a_1="xxx")
    batch = folder.batch(FLOW)
    batch.set("a_1.txt", length=9)
    batch.run()
    assert current(batch, "a_1.txt") == {"length": 3}
    assert rows(batch, "a_1.txt") == [(9, "hand", "past"), (3, "measure", "current")]
    assert folder.outputs()["a_1.bar"] == "###"


def test_a_correction_stays_and_the_new_result_is_a_proposal(folder):
    folder.put(a_1="xxx")
    batch = folder.batch(FLOW)
    batch.run()
    batch.set("a_1.txt", length=9)
    folder.put(a_1="xxxx")
    batch.run()
    assert current(batch, "a_1.txt") == {"length": 9}
    assert rows(batch, "a_1.txt")[-1] == (4, "measure", "proposed")
    assert folder.outputs()["a_1.bar"] == "#" * 9
    batch.edit({"kind": "accept", "item": "a_1.txt"})
    assert planned(batch) == {("a_1.txt", "draw")}
    batch.run()
    assert folder.outputs()["a_1.bar"] == "####"
    with pytest.raises(BatchError, match="no proposed value"):
        batch.edit({"kind": "accept", "item": "a_1.txt"})


def test_undoing_a_correction_gives_the_newest_result(folder):
    folder.put(a_1="xxx")
    batch = folder.batch(FLOW)
    batch.run()
    batch.set("a_1.txt", length=9)
    folder.put(a_1="xxxx")
    batch.run()
    batch.edit({"kind": "undo_set", "item": "a_1.txt"})
    assert current(batch, "a_1.txt") == {"length": 4}
    batch.run()
    assert folder.outputs()["a_1.bar"] == "####"


def test_undoing_an_accepted_proposal_gives_the_correction_back(folder):
    folder.put(a_1="xxx")
    batch = folder.batch(FLOW)
    batch.run()
    batch.set("a_1.txt", length=9)
    folder.put(a_1="xxxx")
    batch.run()
    batch.edit({"kind": "accept", "item": "a_1.txt"})
    batch.edit({"kind": "undo_set", "item": "a_1.txt"})
    assert current(batch, "a_1.txt") == {"length": 9}
    batch.edit({"kind": "accept", "item": "a_1.txt"})
    assert current(batch, "a_1.txt") == {"length": 4}


def test_a_cleared_value_stays_cleared_and_fails_what_needs_it(folder):
    folder.put(a_1="xxx", a_2="y")
    batch = folder.batch(FLOW)
    batch.run()
    batch.set("a_1.txt", length=None)
    report = batch.run()
    assert report.exit_code == 1
    assert [(f.key, f.step, f.kind) for f in report.failures] == [("a_1.txt", "draw", "MissingValue")]
    batch.set("a_1.txt", length=2)
    assert batch.run().exit_code == 0


def test_edits_name_what_is_unknown(folder):
    folder.put(a_1="x")
    batch = folder.batch(FLOW)
    with pytest.raises(UnknownItemError, match=r"did you mean 'a_1\.txt'"):
        batch.set("a_2.txt", length=1)
    with pytest.raises(ParameterError, match="did you mean 'length'"):
        batch.set("a_1.txt", lenght=1)
    with pytest.raises(ParameterError, match="is a number"):
        batch.set("a_1.txt", length="long")
    with pytest.raises(ParameterError, match="is a number"):
        batch.set("a_1.txt", length=float("nan"))


def test_a_skip_skips_what_comes_after_and_a_new_input_ends_it(folder):
    folder.put(a_1="", a_2="xx")
    batch = folder.batch(FLOW)
    assert batch.run().counts == {"done": 1, "skipped": 1}
    assert not planned(batch)
    folder.put(a_1="x")
    assert batch.run().counts == {"done": 2}


@pytest.mark.parametrize("before", ["", "yyy"])
def test_a_reader_of_the_value_alone_runs_when_its_writer_changes_it(folder, before):
    folder.put(a_1=before)
    batch = folder.batch(ONLY_READS)
    batch.run()
    folder.put(a_1="xx")
    batch.run()
    assert folder.outputs() == {"a_1.txt.bar": "##"}
    assert not planned(batch)


def test_optional_values_may_be_missing(folder):
    code = '''
@bw.step(outputs="{key}.out", reads=("cor",))
def use(output: Path, cor: float | None) -> None:
    """Take it or leave it."""
    output.write_text(str(cor))

flow = bw.Workflow("optional", steps=[use])
'''
    folder.put(a="x")
    batch = folder.batch(code)
    batch.run()
    assert folder.outputs() == {"a.txt.out": "None"}
    batch.set("a.txt", cor=2.5)
    batch.run()
    assert folder.outputs() == {"a.txt.out": "2.5"}


def test_a_missing_value_in_the_only_slot_still_lets_groups_run(folder):
    code = '''
@bw.step(outputs="{key}.out", reads=("cor",))
def use(output: Path, cor: float) -> None:
    """Needs it."""
    output.write_text(str(cor))

@bw.step(outputs="all.out", over="batch")
def gather(use: list[Path], output: Path) -> None:
    """Those that are done."""
    output.write_text(" ".join(p.read_text() for p in use))

flow = bw.Workflow("needs", steps=[use, gather])
'''
    folder.put(a_1="x", a_2="y")
    batch = folder.batch(code, workers=1)
    batch.set("a_1.txt", cor=1.5)
    batch.run()
    folder.put(a_3="z")
    report = batch.run()
    assert folder.outputs()["all.out"] == "1.5"
    assert report.counts == {"done": 1, "failed": 2}
    assert {(f.key, f.kind) for f in report.failures} == {("a_2.txt", "MissingValue"), ("a_3.txt", "MissingValue")}


def test_a_step_cannot_write_what_it_reads(folder):
    code = '''
@bw.step(reads=("cor",), writes=("cor",))
def refine(cor: float):
    """It would make itself stale."""
    return {"cor": cor + 1}

flow = bw.Workflow("refine", steps=[refine])
'''
    from batchwork.errors import WorkflowImportError

    with pytest.raises((DeclarationError, WorkflowImportError), match="reads and writes 'cor'"):
        folder.flow(code)


def test_repair_shows_does_and_is_undone_as_a_whole(folder):
    folder.put(a_1="x" * 100, a_2="x" * 101, a_3="x" * 200, a_4="x" * 103, b_1="x" * 500)
    batch = folder.batch(FLOW)
    batch.run()
    done = batch.edit({"kind": "repair", "name": "length", "max_delta": 50})
    assert done["changed"] == ["a_3.txt"]
    assert current(batch, "a_3.txt") == {"length": 102.0}
    assert planned(batch) == {("a_3.txt", "draw")}
    batch.edit({"kind": "undo_repair", "name": "length"})
    assert current(batch, "a_3.txt") == {"length": 200}
    assert not planned(batch)
    with pytest.raises(BatchError, match="no repair"):
        batch.edit({"kind": "undo_repair", "name": "length"})


def test_repair_at_an_end_and_of_gaps():
    series = [1500.0, 1001.0, 1002.0, None, 1004.0]
    members = [Member(f"s_{i}", "s", i, v) for i, v in enumerate(series)]
    changes, orphans = repair_values([*members, Member("t", "t", 0, None)], 50)
    assert [(c.key, c.after) for c in changes] == [("s_0", 1001.5), ("s_3", (1001.5 + 1001 + 1002 + 1004) / 4)]
    assert orphans == ["t"]


def test_what_a_step_gives_back_is_checked(folder):
    code = '''
@bw.step(writes=("n",))
def give(source: Path):
    """Whatever the file says."""
    return eval(source.read_text())

flow = bw.Workflow("give", steps=[give])
'''
    folder.put(good="{'n': 1}", other="{'m': 1}", number="3", none="None", odd="{'n': object()}")
    report = folder.batch(code).run()
    assert {f.key: f.kind for f in report.failures} == {
        "other.txt": "TypeError",
        "number.txt": "TypeError",
        "odd.txt": "TypeError",
    }


def test_numbers_of_numpy_are_numbers(folder):
    code = '''
import numpy as np

@bw.step(writes=("n", "many"))
def give(source: Path):
    """A scalar, and what has more than one."""
    return {"n": np.float32(1.5)} if source.stem == "one" else {"many": np.zeros(3)}

flow = bw.Workflow("numpy", steps=[give])
'''
    folder.put(one="", three="")
    batch = folder.batch(code)
    report = batch.run()
    assert current(batch, "one.txt") == {"n": 1.5}
    assert [(f.key, f.kind) for f in report.failures] == [("three.txt", "TypeError")]
