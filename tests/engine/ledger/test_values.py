"""The history of values, as a property: what counts is what the last action left."""

import sqlite3
from contextlib import closing

import hypothesis.strategies as st
import pytest
from hypothesis import given

from batchwork.engine.ledger import schema, values
from batchwork.engine.ledger.values import HAND, NewValue


@pytest.fixture
def db():
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as made:
        made.executescript(schema.TABLES)
        yield made


def by_hand(db, value, name="cor"):
    return values.record_edit(db, "set", "k", [NewValue(1, name, value, HAND)], "me")


def result(db, value, step="infer", name="cor", by=None):
    return values.record_result(db, NewValue(1, name, value, by or step), step)


def now(db):
    return values.current_values(db, 1)


def test_who_when_and_from_what_is_kept(db):
    by_hand(db, 1.0)
    values.record_result(db, NewValue(1, "cor", 2.0, "infer:net", "sharpest", 0.93), "infer")
    first, second = values.history(db, 1)
    assert (first.value, first.by, first.state) == (1.0, "hand", "past")
    assert (second.by, second.note, second.confidence, second.replaces) == ("infer:net", "sharpest", 0.93, first.id)
    assert second.at >= first.at


def test_a_result_says_whether_it_changed_what_counts(db):
    assert result(db, 1)
    assert not result(db, 1)
    assert result(db, 2)
    by_hand(db, 5)
    assert not result(db, 3)
    assert now(db) == {"cor": 5}


def test_results_of_two_steps_replace_each_other(db):
    result(db, 1, "infer")
    result(db, 2, "refine")
    assert result(db, 3, "infer")
    assert now(db) == {"cor": 3}


def test_undo_of_several_corrections_one_by_one(db):
    result(db, 1)
    edits = [by_hand(db, 10), by_hand(db, 20)]
    result(db, 2)
    values.undo_edit(db, edits[1])
    assert now(db) == {"cor": 10}
    values.undo_edit(db, edits[0])
    assert now(db) == {"cor": 2}


def test_undo_out_of_order_passes_over_what_was_undone(db):
    result(db, 1)
    edits = [by_hand(db, 10), by_hand(db, 20)]
    values.undo_edit(db, edits[0])
    assert now(db) == {"cor": 20}
    values.undo_edit(db, edits[1])
    assert now(db) == {"cor": 1}


def test_an_edit_of_several_values_is_undone_as_a_whole(db):
    result(db, 1, name="a")
    edit = values.record_edit(db, "set", "k", [NewValue(1, "a", 2, HAND), NewValue(1, "b", 3, HAND)], "me")
    assert now(db) == {"a": 2, "b": 3}
    assert values.last_edit(db, "set", "k") == edit
    values.undo_edit(db, edit)
    assert now(db) == {"a": 1}
    assert values.last_edit(db, "set", "k") is None


@given(st.lists(st.one_of(st.integers(0, 9), st.none()), max_size=12), st.integers(0, 12))
def test_undoing_everything_leads_back_to_the_result(entered, undone):
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.executescript(schema.TABLES)
        result(db, 100)
        stack = [100, *entered]
        for value in entered:
            by_hand(db, value)
        for _ in range(min(undone, len(entered))):
            number = values.last_edit(db, "set", "k")
            assert number is not None
            values.undo_edit(db, number)
            stack.pop()
        assert now(db).get("cor") == stack[-1]
