"""The table of items, the groups, and what the user has changed."""

import heapq
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from batchwork.engine.graph import Graph
from batchwork.engine.ledger import rows
from batchwork.engine.ledger.rows import ItemRow, TaskRow
from batchwork.engine.ledger.values import ValueRow, history
from batchwork.engine.summary import RANKS
from batchwork.service.reporting import words

MAX_ITEMS = 2000
MAX_EDITS = 500


@dataclass(frozen=True, slots=True)
class Cell:
    """A value of an item, who set it, and what is proposed instead."""

    text: str
    by: str = ""
    title: str = ""
    proposed: str = ""


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One row of the table; `steps` has each step's state, "" where it has no task."""

    key: str
    status: str
    cells: Sequence[Cell]
    steps: Sequence[str]
    seconds: float | None
    note: str


def item_lines(db: sqlite3.Connection, graph: Graph, columns: Sequence[str]) -> list[ItemLine]:
    """Give the first rows of the table of items, in natural order or the worst first.

    `columns` are values and attributes.
    """
    steps = [shape.name for shape in graph.steps if shape.over == "item"]
    first = _worst(db, graph.worst) if graph.worst else list(islice(_listed(db), MAX_ITEMS))
    seconds = _seconds(db, [item.id for item, _ in first])
    return [_line(db, item, tasks, columns, steps, seconds.get(item.id)) for item, tasks in first]


def _worst(db: sqlite3.Connection, name: str) -> list[tuple[ItemRow, Mapping[str, TaskRow]]]:
    """Give the items that failed, then those where a value is largest, then those that have none."""
    query = "SELECT item, value FROM value WHERE name = ? AND state = 'current' AND value IS NOT NULL"
    found = {item: json.loads(text) for item, text in db.execute(query, (name,))}
    numbers = {item: value for item, value in found.items() if isinstance(value, int | float)}

    def order(line: tuple[ItemRow, Mapping[str, TaskRow]]) -> tuple[bool, bool, float]:
        item, tasks = line
        failed = any(row.state == "failed" for row in tasks.values())
        return not failed, item.id not in numbers, -numbers.get(item.id, 0.0)

    return heapq.nsmallest(MAX_ITEMS, _listed(db), key=order)


def _listed(db: sqlite3.Connection) -> Iterator[tuple[ItemRow, Mapping[str, TaskRow]]]:
    for page in rows.item_pages(db, MAX_ITEMS):
        tasks = rows.tasks_between(db, page[0], page[-1])
        for item in page:
            if item.listed:
                yield item, tasks.get(item.id, {})


def _seconds(db: sqlite3.Connection, ids: Sequence[int]) -> dict[int, float]:
    """Sum up what the newest attempts of each item took."""
    found: dict[int, float] = {}
    for start in range(0, len(ids), 500):
        some = tuple(ids[start : start + 500])
        marks = ",".join("?" * len(some))
        query = (
            "SELECT item, sum(attempt.ended - started) FROM task "  # noqa: S608 - only marks
            "JOIN attempt ON attempt.task = task.id AND n = task.attempt "
            f"WHERE item IN ({marks}) AND started IS NOT NULL GROUP BY item"
        )
        found.update(db.execute(query, some).fetchall())
    return found


def _line(
    db: sqlite3.Connection,
    item: ItemRow,
    tasks: Mapping[str, TaskRow],
    columns: Sequence[str],
    steps: Sequence[str],
    seconds: float | None,
) -> ItemLine:
    states = [row.state for row in tasks.values()]
    status = max(states, key=RANKS.index) if states else "pending"
    attrs, past = json.loads(item.attrs), history(db, item.id)
    cells = [_cell(name, past, attrs) for name in columns]
    in_order = [tasks[name] for name in steps if name in tasks]
    states_shown = [tasks[name].state if name in tasks else "" for name in steps]
    return ItemLine(item.key, status, cells, states_shown, seconds, _note(item, in_order))


def _cell(name: str, past: Sequence[ValueRow], attrs: Mapping[str, object]) -> Cell:
    row = next((r for r in past if r.name == name and r.state == "current" and r.value is not None), None)
    proposed = next((words.value(r.value) for r in reversed(past) if r.name == name and r.state == "proposed"), "")
    if row is None:
        return Cell(words.value(attrs.get(name)), proposed=proposed)
    sure = "" if row.confidence is None else f", confidence {row.confidence:.2f}"
    note = f", {row.note}" if row.note else ""
    return Cell(words.value(row.value), row.by, f"{words.when(row.at)}{sure}{note}", proposed)


def _note(item: ItemRow, tasks: Sequence[TaskRow]) -> str:
    vanished = [] if item.present else ["its file has vanished"]
    failed = next((row for row in tasks if row.state == "failed" and row.error), None)
    if failed is not None:
        told = json.loads(failed.error or "{}")
        return "; ".join([f"{told['class']}: {told['message']}", *vanished])
    reasons = [row.reason for row in tasks if row.state in {"skipped", "blocked", "stale"} and row.reason]
    return "; ".join([*reasons[:1], *vanished])


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One task over a group."""

    step: str
    key: str
    status: str
    left_out: Sequence[tuple[str, str]]
    note: str


def group_lines(db: sqlite3.Connection) -> list[GroupLine]:
    """List the tasks over groups."""
    found = []
    for row in rows.group_tasks(db).values():
        told = json.loads(row.error) if row.error and row.state == "failed" else None
        note = f"{told['class']}: {told['message']}" if told else row.reason or ""
        left_out = [(key, why) for key, why in json.loads(row.left_out or "[]")]
        found.append(GroupLine(row.step, row.grp or "", row.state, left_out, note))
    return found


@dataclass(frozen=True, slots=True)
class EditLine:
    """One action of a user."""

    at: float
    by: str
    text: str
    undone: bool


def edit_lines(db: sqlite3.Connection) -> list[EditLine]:
    """List what users have changed, the newest first."""
    edits = db.execute(
        "SELECT id, at, by, kind, subject, undone FROM edit ORDER BY id DESC LIMIT ?", (MAX_EDITS,)
    ).fetchall()
    return [
        EditLine(at, by, _edit_text(db, number, kind, subject), bool(undone))
        for number, at, by, kind, subject, undone in edits
    ]


def _edit_text(db: sqlite3.Connection, number: int, kind: str, subject: str) -> str:
    if kind == "remove":
        found = rows.items_by_id(db, json.loads(subject))
        return "took off the list: " + ", ".join(item.key for item in found.values())
    changes = db.execute(
        "SELECT key, new.name, new.value, old.value, new.note FROM value new JOIN item ON item.id = new.item "
        "LEFT JOIN value old ON old.id = new.replaces WHERE new.edit = ? ORDER BY new.id",
        (number,),
    )
    told = [_change(*row) for row in changes]
    return ("repaired " if kind == "repair" else "") + "; ".join(told)


def _change(key: str, name: str, new: str | None, old: str | None, note: str) -> str:
    before, after = (words.value(None if text is None else json.loads(text)) or "nothing" for text in (old, new))
    return f"{key}: {name} {before} → {after}" + (f" ({note})" if note else "")
