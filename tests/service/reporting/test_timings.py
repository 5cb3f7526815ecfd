"""Sums of times, and the layout of the timeline, from ledgers written by hand."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from batchwork.engine.ledger.schema import TABLES
from batchwork.service.reporting.runs import runs
from batchwork.service.reporting.timings import WIDTH, step_timings, timeline


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    """An empty ledger in memory."""
    with closing(sqlite3.connect(":memory:")) as made:
        made.executescript(TABLES)
        yield made


def add_run(db: sqlite3.Connection, started: float, ended: float | None) -> None:
    db.execute("INSERT INTO run(started, ended, outcome, options) VALUES (?, ?, 'done', '{}')", (started, ended))


def add_tasks(db: sqlite3.Connection, step: str, spans: list[tuple[float, float]], slot: str = "cpu:0") -> None:
    """Add a task for each span of time."""
    for number, (started, ended) in enumerate(spans):
        task = db.execute(
            "INSERT INTO task(step, grp, state) VALUES (?, ?, 'done')", (step, f"{slot}{number}{started}")
        )
        db.execute(
            "INSERT INTO attempt(task, n, state, slot, host, started, ended, peak_bytes) "
            "VALUES (?, 1, 'done', ?, 'h', ?, ?, ?)",
            (task.lastrowid, slot, started, ended, 100 + number),
        )


def test_sums_of_times(db):
    add_tasks(db, "a", [(0, n) for n in range(1, 11)])
    (found,) = step_timings(db, ["a", "b"])
    assert (found.count, found.median, found.high, found.total, found.peak) == (10, 5.5, 10, 55, 109)


def test_pauses_between_runs_are_left_out(db):
    add_run(db, 0, 10)
    add_run(db, 1000, 1010)
    add_tasks(db, "a", [(0, 5), (1000, 1010)])
    found = timeline(db, runs(db), ["a"])
    assert found is not None
    assert found.seconds == 20
    assert list(found.marks) == [0, WIDTH / 2]
    assert [(bar.x, bar.width) for bar in found.lanes[0].bars] == [(0, WIDTH / 4), (WIDTH / 2, WIDTH / 2)]


def test_many_short_tasks_become_one_bar(db):
    add_run(db, 0, 1000)
    add_tasks(db, "a", [(n / 10, n / 10 + 0.05) for n in range(5000)])
    add_tasks(db, "b", [(600, 700)])
    found = timeline(db, runs(db), ["a", "b"])
    assert found is not None
    first, second = found.lanes[0].bars
    assert (first.tasks, first.title, first.look) == (5000, "5000 tasks, a", "0")
    assert first.width == pytest.approx(500, abs=0.1)
    assert (second.x, second.width, second.look) == (600, 100, "1")


def test_a_run_that_is_on_counts_to_its_last_task(db):
    add_run(db, 0, None)
    add_tasks(db, "a", [(0, 4)])
    found = timeline(db, runs(db), ["a"])
    assert found is not None
    assert found.seconds == 4


def test_hosts_are_named_where_there_are_several(db):
    add_run(db, 0, 10)
    add_tasks(db, "a", [(0, 5)])
    db.execute("UPDATE attempt SET host = 'g'")
    add_tasks(db, "a", [(0, 5)], slot="gpu:0:0")
    found = timeline(db, runs(db), ["a"])
    assert found is not None
    assert [lane.slot for lane in found.lanes] == ["g/cpu:0", "h/gpu:0:0"]


def test_nothing_has_run(db):
    assert timeline(db, runs(db), ["a"]) is None
    assert step_timings(db, ["a"]) == []
