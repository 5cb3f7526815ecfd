"""Items and tasks as the ledger holds them, read in pages and written in groups."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from batchwork.errors import UnknownItemError
from batchwork.io.fingerprints import Fingerprint
from batchwork.io.naming import nearest

ITEM_COLUMNS = "id, key, sort, source, attrs, size, mtime, count, token, digest, listed, present"
TASK_COLUMNS = (
    "id, step, item, grp, state, ready, reason, parts, outputs, error, log, attempt, deaths, result, left_out, same_as"
)

OPEN_STATES = frozenset({"pending", "running"})
"""States of tasks that the current run still has to do."""


class ItemRow(NamedTuple):
    """One item; `attrs` is JSON text, `token` stands for its file's content in signatures."""

    id: int
    key: str
    sort: str
    source: str | None
    attrs: str
    size: int | None
    mtime: int | None
    files: int | None
    token: str | None
    digest: str | None
    listed: int
    present: int

    @property
    def print(self) -> Fingerprint | None:
        """The recorded fingerprint of its file."""
        if self.size is None or self.mtime is None:
            return None
        return Fingerprint(self.size, self.mtime, -1 if self.files is None else self.files)


class TaskRow(NamedTuple):
    """One task: a step for an item or a group.

    `parts` is what the signature of its last `result` ("done" or "skipped") is made of. `same_as` is
    the signature of earlier parts whose outputs were the same, byte for byte; None if there are none.
    """

    id: int
    step: str
    item: int | None
    grp: str | None
    state: str
    ready: int
    reason: str | None
    parts: str | None
    outputs: str | None
    error: str | None
    log: str | None
    attempt: int
    deaths: int
    result: str | None
    left_out: str | None
    same_as: str | None


def item_by_key(db: sqlite3.Connection, key: str) -> ItemRow:
    """Find an item by its key, or by the end of its path if that is unambiguous.

    Raises
    ------
    UnknownItemError
    """
    row = db.execute(f"SELECT {ITEM_COLUMNS} FROM item WHERE key = ?", (key,)).fetchone()  # noqa: S608 - constants
    if row is None:
        rows = db.execute(
            f"SELECT {ITEM_COLUMNS} FROM item WHERE source = ? OR key LIKE ? ESCAPE '\\' LIMIT 2",  # noqa: S608
            (key, _escaped(key) + ".%"),
        ).fetchall()
        row = rows[0] if len(rows) == 1 else None
    if row is None:
        known = [k for (k,) in db.execute("SELECT key FROM item ORDER BY sort LIMIT 10000")]
        raise UnknownItemError(f"no item '{key}' in this batch; {nearest(key, known)}")
    return ItemRow(*row)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def item_pages(db: sqlite3.Connection, size: int = 4000) -> Iterator[list[ItemRow]]:
    """Give all items in natural order, a page at a time; no cursor stays open between pages."""
    last = ("", "")
    while True:
        rows = db.execute(
            f"SELECT {ITEM_COLUMNS} FROM item WHERE (sort, key) > (?, ?) ORDER BY sort, key LIMIT ?",  # noqa: S608
            (*last, size),
        ).fetchall()
        if not rows:
            return
        yield [ItemRow._make(row) for row in rows]
        last = (rows[-1][2], rows[-1][1])


def tasks_between(db: sqlite3.Connection, first: ItemRow, last: ItemRow) -> dict[int, dict[str, TaskRow]]:
    """Give the tasks of the items from `first` to `last`: item → step → row."""
    columns = ", ".join("t." + name for name in TASK_COLUMNS.split(", "))
    found: dict[int, dict[str, TaskRow]] = {}
    query = f"SELECT {columns} FROM item i JOIN task t ON t.item = i.id WHERE (i.sort, i.key) >= (?, ?) AND (i.sort, i.key) <= (?, ?)"  # noqa: S608, E501
    for row in db.execute(query, (first.sort, first.key, last.sort, last.key)):
        found.setdefault(row[2], {})[row[1]] = TaskRow._make(row)
    return found


def keys_like(db: sqlite3.Connection, glob: str) -> list[str]:
    """Give the key that a text names, or those on the list that it matches as a pattern.

    Raises
    ------
    UnknownItemError
        If there is none.
    """
    exact = db.execute("SELECT key FROM item WHERE key = ?", (glob,)).fetchall()
    found = exact or db.execute("SELECT key FROM item WHERE listed AND key GLOB ? ORDER BY sort", (glob,)).fetchall()
    return [str(key) for (key,) in found] or [item_by_key(db, glob).key]


def any_item_like(db: sqlite3.Connection, glob: str) -> bool:
    """Say whether an item on the list has this key, or one that matches."""
    keys = (row[0] for row in db.execute("SELECT key FROM item WHERE listed = 1"))
    return any(key == glob or fnmatchcase(key, glob) for key in keys)


def group_tasks(db: sqlite3.Connection) -> dict[tuple[str, str], TaskRow]:
    """Give all group tasks by step and group."""
    rows = db.execute(f"SELECT {TASK_COLUMNS} FROM task WHERE grp IS NOT NULL")  # noqa: S608
    return {(row[1], row[3]): TaskRow._make(row) for row in rows}


def task_by_id(db: sqlite3.Connection, task: int) -> TaskRow:
    """Give one task."""
    row = db.execute(f"SELECT {TASK_COLUMNS} FROM task WHERE id = ?", (task,)).fetchone()  # noqa: S608
    return TaskRow(*row)


def item_by_id(db: sqlite3.Connection, item: int) -> ItemRow:
    """Give one item."""
    row = db.execute(f"SELECT {ITEM_COLUMNS} FROM item WHERE id = ?", (item,)).fetchone()  # noqa: S608
    return ItemRow(*row)


def tasks_of_item(db: sqlite3.Connection, item: int) -> dict[str, TaskRow]:
    """Give the tasks of one item by step."""
    rows = db.execute(f"SELECT {TASK_COLUMNS} FROM task WHERE item = ?", (item,))  # noqa: S608
    return {row[1]: TaskRow._make(row) for row in rows}


def task_by_group(db: sqlite3.Connection, step: str, group: str) -> TaskRow | None:
    """Give the task of a step for a group."""
    row = db.execute(f"SELECT {TASK_COLUMNS} FROM task WHERE step = ? AND grp = ?", (step, group)).fetchone()  # noqa: S608
    return TaskRow(*row) if row else None


def ready_tasks(db: sqlite3.Connection, step: str, after: int, count: int) -> list[TaskRow]:
    """Give the next tasks of a step that wait for nothing, by rising id."""
    rows = db.execute(
        f"SELECT {TASK_COLUMNS} FROM task WHERE step = ? AND state = 'pending' AND ready = 1 AND id > ? ORDER BY id LIMIT ?",  # noqa: S608, E501
        (step, after, count),
    )
    return [TaskRow._make(row) for row in rows]


def forget_ready(db: sqlite3.Connection) -> None:
    """Take back that tasks are ready: a run that was cut off, or another selection, had said so."""
    if db.execute("SELECT 1 FROM task WHERE state = 'pending' AND ready = 1 LIMIT 1").fetchone():
        db.execute("UPDATE task SET ready = 0 WHERE state = 'pending' AND ready = 1")


def items_by_id(db: sqlite3.Connection, ids: Sequence[int]) -> dict[int, ItemRow]:
    """Give several items by id."""
    found: dict[int, ItemRow] = {}
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        marks = ",".join("?" * len(some))
        rows = db.execute(f"SELECT {ITEM_COLUMNS} FROM item WHERE id IN ({marks})", tuple(some))  # noqa: S608
        found.update((row[0], ItemRow._make(row)) for row in rows)
    return found


def add_items(db: sqlite3.Connection, rows: Iterable[tuple[object, ...]]) -> None:
    """Add items: (key, sort, source, attrs, size, mtime, count, token)."""
    db.executemany(
        "INSERT INTO item(key, sort, source, attrs, size, mtime, count, token) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )


def plan_item_tasks(db: sqlite3.Connection, rows: Iterable[tuple[object, ...]]) -> None:
    """Make tasks pending: (step, item, state, ready, reason)."""
    db.executemany(
        "INSERT INTO task(step, item, state, ready, reason) VALUES (?, ?, ?, ?, ?) ON CONFLICT(item, step) "
        "WHERE item IS NOT NULL DO UPDATE SET state = excluded.state, ready = excluded.ready, reason = excluded.reason",
        rows,
    )


def plan_group_tasks(db: sqlite3.Connection, rows: Iterable[tuple[object, ...]]) -> None:
    """Make group tasks pending: (step, group, state, ready, reason)."""
    db.executemany(
        "INSERT INTO task(step, grp, state, ready, reason) VALUES (?, ?, ?, ?, ?) ON CONFLICT(step, grp) "
        "WHERE grp IS NOT NULL DO UPDATE SET state = excluded.state, ready = excluded.ready, reason = excluded.reason",
        rows,
    )


def member_tasks(db: sqlite3.Connection, step: str, items: Sequence[int]) -> dict[int, TaskRow]:
    """Give the tasks of one step for several items."""
    found: dict[int, TaskRow] = {}
    for start in range(0, len(items), 500):
        some = items[start : start + 500]
        marks = ",".join("?" * len(some))
        query = f"SELECT {TASK_COLUMNS} FROM task WHERE step = ? AND item IN ({marks})"  # noqa: S608
        found.update((row[2], TaskRow._make(row)) for row in db.execute(query, (step, *some)))
    return found
