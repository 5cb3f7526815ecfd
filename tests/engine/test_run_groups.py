"""Groups: members, what is left out, several levels."""

import json

from batchwork.engine.ledger.ledger import home_of, open_reader
from batchwork.engine.ledger.rows import group_tasks

LEVELS = '''
@bw.step(outputs="{stem}.up")
def upper(source: Path, output: Path) -> None:
    """Capitals."""
    text = source.read_text()
    note("upper:" + source.stem)
    if text == "bad":
        raise ValueError("bad")
    if text == "skip":
        raise bw.Skip("nothing in it")
    output.write_text(text.upper())

@bw.step(outputs="{group}.series", over="series"MISSING)
def join(upper: list[Path], output: Path, series: str) -> None:
    """One series."""
    note("join:" + series)
    output.write_text(series + "=" + "+".join(p.read_text() for p in upper))

@bw.step(outputs="all.txt", over="batch")
def collect(join: list[Path], output: Path) -> None:
    """All series."""
    note("collect")
    output.write_text(" ".join(p.read_text() for p in join))

@bw.step(outputs="{stem}.share")
def share(upper: Path, join: Path, collect: Path, output: Path) -> None:
    """One item beside its series and the batch."""
    output.write_text(f"{upper.read_text()} of {join.read_text()} in {collect.read_text()}")

flow = bw.Workflow("levels", steps=[upper, join, collect, share])
'''
LEAVE, BLOCK = LEVELS.replace("MISSING", ""), LEVELS.replace("MISSING", ', missing="block"')


def left_out(out):
    with open_reader(home_of(out, None)) as ledger:
        return {key: json.loads(row.left_out or "[]") for key, row in group_tasks(ledger.db).items()}


def test_items_series_batch_and_items_again(folder):
    folder.put(a_1="x", a_2="y", a_10="z", b_1="u")
    assert folder.batch(LEAVE).run().counts == {"done": 4}
    made = folder.outputs()
    assert made["a.series"] == "a=X+Y+Z"  # natural order
    assert made["all.txt"] == "a=X+Y+Z b=U"
    assert made["b_1.share"] == "U of b=U in a=X+Y+Z b=U"
    assert not folder.batch(LEAVE).plan().tasks


def test_an_added_member_runs_with_its_groups_only(folder):
    folder.put(a_1="x", b_1="u")
    folder.batch(LEAVE).run()
    before = folder.ran()
    folder.put(b_2="v")
    batch = folder.batch(LEAVE)
    planned = [(t.item, t.step) for t in batch.plan().tasks]
    assert set(planned) == {
        ("b_2.txt", "upper"), ("b", "join"), ("*", "collect"),
        ("a_1.txt", "share"), ("b_1.txt", "share"), ("b_2.txt", "share"),
    }  # fmt: skip
    batch.run()
    assert folder.outputs()["all.txt"] == "a=X b=U+V"
    assert folder.ran() - before == {"upper:b_2": 1, "join:b": 1, "collect": 1}


def test_failed_and_skipped_members_are_left_out_and_told(folder):
    folder.put(a_1="x", a_2="bad", a_3="skip", b_1="skip")
    report = folder.batch(LEAVE).run()
    assert report.exit_code == 1
    assert folder.outputs()["a.series"] == "a=X"
    assert folder.outputs()["all.txt"] == "a=X"
    noted = left_out(folder.out)
    assert noted["join", "a"] == [["a_2.txt", "failed"], ["a_3.txt", "skipped"]]
    assert noted["collect", "*"] == [["b", "skipped"]]


def test_a_failed_member_does_not_make_its_group_run_again(folder):
    folder.put(a_1="x", a_2="bad")
    folder.batch(LEAVE).run()
    before = folder.ran()
    folder.batch(LEAVE).run()
    assert folder.ran() - before == {"upper:a_2": 1}


def test_mending_a_member_makes_its_group_stale(folder):
    folder.put(a_1="x", a_2="bad", b_1="u")
    folder.batch(LEAVE).run()
    folder.put(a_2="y")
    assert folder.batch(LEAVE).run().exit_code == 0
    assert folder.outputs()["a.series"] == "a=X+Y"
    assert folder.ran()["join:b"] == 1


def test_missing_block(folder):
    folder.put(a_1="x", a_2="bad", b_1="u")
    report = folder.batch(BLOCK).run()
    assert report.exit_code == 1
    assert {(f.key, f.step, f.state) for f in report.failures} >= {
        ("a_2.txt", "upper", "failed"),
        ("a", "join", "blocked"),
    }
    assert "a.series" not in folder.outputs()
    assert folder.outputs()["all.txt"] == "b=U"
    folder.put(a_2="y")
    assert folder.batch(BLOCK).run().exit_code == 0
    assert folder.outputs()["all.txt"] == "a=X+Y b=U"


def test_a_blocked_group_whose_members_were_removed_is_no_failure(folder):
    folder.put(a_1="bad", b_1="u")
    assert folder.batch(BLOCK).run().exit_code == 1
    folder.batch(BLOCK).edit({"kind": "remove", "items": ["a_1.txt"]})
    report = folder.batch(BLOCK).run()
    assert report.exit_code == 0, report.failures
    assert folder.outputs()["all.txt"] == "b=U"


def test_a_group_of_failures_only_is_blocked(folder):
    folder.put(a_1="bad", b_1="u")
    report = folder.batch(LEAVE).run()
    assert ("a", "join", "blocked") in {(f.key, f.step, f.state) for f in report.failures}


VALUES = '''
@bw.step(writes=("n",))
def count(source: Path):
    """Count."""
    time.sleep(0.1)
    return {"n": len(source.read_text())}

@bw.step(outputs="{group}.table", over="series", reads=("n",))
def table(n: list[float], output: Path) -> None:
    """List the values."""
    output.write_text(",".join(map(str, n)))

flow = bw.Workflow("values", steps=[count, table])
'''


def test_a_group_reads_values_once_their_writers_are_over(folder):
    folder.put(a_1="x", a_2="yy", a_3="zzz")
    batch = folder.batch(VALUES)
    batch.run()
    assert folder.outputs() == {"a.table": "1,2,3"}
    batch.set("a_2.txt", n=7)
    assert [(t.item, t.step) for t in batch.plan().tasks] == [("a", "table")]
    batch.run()
    assert folder.outputs() == {"a.table": "1,7,3"}
    folder.put(a_3="zzzz")
    batch.run()
    assert folder.outputs() == {"a.table": "1,7,4"}
    assert not batch.plan().tasks


SOURCES = '''
@bw.step(outputs="{group}.cat", over="well")
def cat(sources: list[Path], output: Path, well: str) -> None:
    """All files of a well."""
    output.write_text(well + ":" + "".join(p.read_text() for p in sources))

@bw.step(outputs="{stem}.out")
def last(source: Path, cat: Path, output: Path) -> None:
    """Needs its group."""
    output.write_text(source.read_text() + cat.read_text())

flow = bw.Workflow("sources", steps=[cat, last])
'''


def test_a_group_may_come_first(folder):
    from batchwork import files

    folder.put(A01_1="x", A01_2="y", B02_1="z")
    source = files(folder.inputs / "*.txt", attrs=r"^(?P<well>[A-H]\d\d)_")
    assert folder.batch(SOURCES, source).run().counts == {"done": 3}
    assert folder.outputs()["A01.cat"] == "A01:xy"
    assert folder.outputs()["B02_1.out"] == "zB02:z"
    folder.put(A01_2="w")
    assert {(t.item, t.step) for t in folder.batch(SOURCES, source).plan().tasks} == {
        ("A01", "cat"), ("A01_1.txt", "last"), ("A01_2.txt", "last"),
    }  # fmt: skip
