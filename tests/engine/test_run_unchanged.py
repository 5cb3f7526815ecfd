"""Steps whose inputs were made anew and came out as they were: nothing of theirs runs."""

import sqlite3
from contextlib import closing

import pytest

from batchwork.engine.ledger import schema
from batchwork.engine.ledger.ledger import home_of
from batchwork.engine.signatures import same_outputs
from batchwork.service.calls import explain
from batchwork.service.status import status

FLOW = '''
@bw.step(outputs="{stem}.words")
def words(source: Path, output: Path, *, lower: bool = False) -> None:
    """Words, one a line: spaces between them do not count."""
    note("words")
    text = source.read_text()
    output.write_text("\\n".join((text.lower() if lower else text).split()))

@bw.step(outputs="{stem}.size")
def size(source: Path, output: Path) -> None:
    """Letters and spaces."""
    note("size")
    output.write_text(str(len(source.read_text())))

@bw.step(outputs="{stem}.count")
def count(words: Path, output: Path) -> None:
    """Count the words."""
    note("count")
    wait = Path(__file__).with_name("wait")
    while wait.exists():
        time.sleep(0.01)
    output.write_text(str(len(words.read_text().split())))

@bw.step(outputs="{stem}.both")
def both(words: Path, size: Path, output: Path) -> None:
    """Words and size."""
    note("both")
    output.write_text(words.read_text() + "/" + size.read_text())

@bw.step(outputs="total.txt", over="batch")
def total(count: list[Path], output: Path) -> None:
    """All words."""
    note("total")
    output.write_text(str(sum(int(p.read_text()) for p in count)))

@bw.step(outputs="loud.txt", over="batch")
def loud(total: Path, output: Path) -> None:
    """Say it again."""
    note("loud")
    output.write_text(total.read_text() + "!")

@bw.step(outputs="{stem}.share")
def share(count: Path, total: Path, output: Path) -> None:
    """Of all words."""
    note("share")
    output.write_text(count.read_text() + " of " + total.read_text())

flow = bw.Workflow("words", steps=[words, size, count, both, total, loud, share])
'''


def ran(folder, **options):
    """Run, and count what was called."""
    before = folder.ran()
    assert folder.batch(FLOW, params=options.pop("params", None)).run(**options).outcome == "done"
    return dict(folder.ran() - before)


@pytest.fixture
def made(folder):
    """Give a batch of two items that is up to date."""
    folder.put(a="one two", b="three")
    folder.batch(FLOW).run()
    assert folder.outputs()["a.share"] == "2 of 3"
    return folder


def test_equal_words_leave_what_counts_them(made):
    made.put(a="one   two")
    assert ran(made) == {"words": 1, "size": 1, "both": 1}, "of both's inputs one has changed"
    assert made.outputs()["a.both"] == "one\ntwo/9"
    assert not made.batch(FLOW).plan().tasks
    assert ran(made) == {}


def test_other_words_run_what_counts_them_as_far_as_it_matters(made):
    made.put(a="four five")
    assert ran(made) == {"words": 1, "size": 1, "count": 1, "both": 1}, "as many as before: no total"
    made.put(a="four five six")
    assert ran(made) == {"words": 1, "size": 1, "count": 1, "both": 1, "total": 1, "loud": 1, "share": 2}
    assert (made.outputs()["b.share"], made.outputs()["loud.txt"]) == ("1 of 4", "4!")
    assert not made.batch(FLOW).plan().tasks


def test_an_item_more_that_changes_no_total(made):
    made.put(c=" ")
    assert ran(made) == {"words": 1, "size": 1, "count": 1, "both": 1, "total": 1, "share": 1}
    made.put(d="five")
    assert ran(made)["loud"] == 1
    assert made.outputs()["loud.txt"] == "4!"
    assert not made.batch(FLOW).plan().tasks


def test_equal_again_and_again_then_other(made):
    for text in ("one  two", "one   two", "one    two"):
        made.put(a=text)
        assert "count" not in ran(made)
    made.put(a="six")
    assert ran(made)["count"] == 1
    made.put(a="one two")
    assert ran(made)["count"] == 1
    assert made.outputs()["a.share"] == "2 of 3"
    assert not made.batch(FLOW).plan().tasks


def test_a_parameter_that_makes_no_difference(made):
    lower = {"words": {"lower": True}}
    assert ran(made, params=lower) == {"words": 2}
    assert ran(made, params=lower) == {}
    made.put(a="One two")
    assert ran(made, params=lower) == {"words": 1, "size": 1}, "as long as before, and lower case"
    assert ran(made, params={"words": {"lower": False}}) == {"words": 2, "count": 1, "both": 1}


def test_the_plan_promises_nothing_that_may_not_happen(made):
    made.put(a="one  two")
    told = {(t.item, t.step): t.reason for t in made.batch(FLOW).plan().tasks}
    assert told["a.txt", "words"].endswith("a.txt changed")
    assert told["a.txt", "count"] == "input from step 'words' may change"
    assert told["*", "total"] == "a member of the group may change"
    assert told["b.txt", "share"] == "input from step 'total' may change"
    made.batch(FLOW).run(steps=["words"])
    told = {(t.item, t.step): t.reason for t in made.batch(FLOW).plan().tasks}
    assert told == {
        ("a.txt", "size"): told["a.txt", "size"],
        ("a.txt", "both"): "input from step 'size' may change",
    }
    made.put(a="one")
    made.batch(FLOW).run(steps=["words"])
    assert explain(made.out, "a.txt")["steps"]["count"]["reason"] == "input from step 'words' changed"


def test_what_is_forced_runs_all_the_same(made):
    made.put(a="one  two")
    assert ran(made, items="a.txt", force=True) == {
        "words": 1,
        "size": 1,
        "count": 1,
        "both": 1,
        "total": 1,
        "loud": 1,
        "share": 1,
    }
    assert ran(made) == {}


def test_an_output_that_was_edited_by_hand_is_made_again(made):
    made.put(a="one  two")
    (made.out / "a.count").write_text("77")
    assert ran(made)["count"] == 1
    (made.out / "a.words").write_text("none of them")
    assert ran(made) == {"words": 1}
    assert made.outputs()["a.share"] == "2 of 3"
    assert not made.batch(FLOW).plan().tasks


def test_an_output_that_is_missing_is_made_again_below_an_equal_one(made):
    made.put(a="one  two")
    assert ran(made)["words"] == 1
    (made.out / "a.words").unlink()
    (made.out / "a.share").unlink()
    assert ran(made) == {"words": 1, "share": 1}
    assert not made.batch(FLOW).plan().tasks


def test_killed_between_two_steps(made):
    made.put(a="one  two", b="three four")
    (made.root / "wait").touch()
    run = made.start_run()
    made.until(lambda: made.ran()["count"] == 3)
    made.kill(run)
    (made.root / "wait").unlink()
    rest = ran(made)
    assert (rest["count"], rest["total"], rest["share"]) == (1, 1, 2), "a's count stands, b's was cut off"
    assert (made.outputs()["a.share"], made.outputs()["b.share"]) == ("2 of 4", "2 of 4")
    assert not made.batch(FLOW).plan().tasks


def test_a_failure_between_keeps_what_was_known(made):
    good = made.root / "flow.py"
    made.batch(FLOW)
    good.write_text(good.read_text().replace('note("words")', 'raise ValueError("no")'))
    made.put(a="one  two")
    made.batch(FLOW.replace('note("words")', 'raise ValueError("no")')).run()
    assert status(made.out)["counts"]["failed"] == 1
    assert "count" not in ran(made)
    assert made.outputs()["a.share"] == "2 of 3"
    assert not made.batch(FLOW).plan().tasks


def test_large_outputs_are_not_compared(made):
    before, now = '{"": ["a.h5", 1, 5, -1, null]}', {"": ["a.h5", 1, 6, -1, None]}
    assert not same_outputs(before, now)
    assert not same_outputs(None, {})
    small = {"": ["a.h5", 1, 6, -1, "f0"], "x": ["b.h5", 1, 6, -1, "f1"]}
    assert same_outputs('{"": ["a.h5", 1, 5, -1, "f0"], "x": ["b.h5", 1, 5, -1, "f1"]}', small)
    assert not same_outputs('{"": ["c.h5", 1, 5, -1, "f0"], "x": ["b.h5", 1, 5, -1, "f1"]}', small)
    assert not same_outputs('{"": ["a.h5", 1, 5, -1, "f0"]}', small)


def test_a_ledger_of_the_version_before_is_read_and_goes_on(made):
    path = home_of(made.out, None) / schema.FILE_NAME
    with closing(sqlite3.connect(path)) as db:
        db.executescript("ALTER TABLE task DROP COLUMN same_as; PRAGMA user_version = 2;")
    before = path.read_bytes()
    assert not made.batch(FLOW).plan().tasks
    assert status(made.out)["counts"] == {"done": 2}
    assert path.read_bytes() == before, "looking has left it as it was"
    made.put(a="one  two")
    assert "count" not in ran(made)
    assert ran(made) == {}
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (schema.SCHEMA_VERSION,)
