"""Item values with their history: who set what when, and how to take it back.

A value row is ``current``, ``past`` (replaced), ``proposed`` (a step's new result that a
hand-made correction outranks), ``doubtful`` (a result that its step does not trust: a person
decides) or ``undone``. Rows of one action of the user share an edit.
"""

import json
import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

HAND, FILE = "hand", "file"
"""The origins of values that a person entered, one by one or as a list."""


PROPOSED = frozenset({"proposed", "doubtful"})
"""States of results that count once a person accepts them."""
ACCEPTED = {"proposed": "accepted", "doubtful": "accepted although doubtful"}
"""Notes of results that a person has accepted, by the state they had before."""


class ValueRow(NamedTuple):
    """One entry of a value's history; `value` is None where it was cleared."""

    id: int
    item: int
    name: str
    value: object
    by: str
    at: float
    note: str
    confidence: float | None
    state: str
    replaces: int | None
    edit: int | None


_COLUMNS = "id, item, name, value, by, at, note, confidence, state, replaces, edit"


def _row(row: tuple[object, ...]) -> ValueRow:
    made = ValueRow._make(row)
    return made._replace(value=None if made.value is None else json.loads(str(made.value)))


@dataclass(frozen=True, slots=True)
class NewValue:
    """A value to be recorded.

    Attributes
    ----------
    item : int
    name : str
    value : object
        Plain JSON data; None clears it.
    by : str
        ``hand``, ``file``, ``repair``, or ``STEP`` / ``STEP:METHOD`` for a step's result.
    note : str
        Why, in the user's words.
    confidence : float or None
    """

    item: int
    name: str
    value: object
    by: str
    note: str = ""
    confidence: float | None = None


def current_values(db: sqlite3.Connection, item: int) -> dict[str, object]:
    """Give an item's values as they count now."""
    rows = db.execute(
        "SELECT name, value FROM value WHERE item = ? AND state = 'current' AND value IS NOT NULL", (item,)
    )
    return {name: json.loads(text) for name, text in rows}


def entered_value(db: sqlite3.Connection, item: int, name: str) -> object:
    """Give the value that counts if a person entered it, else None."""
    row = _current(db, item, name)
    return row.value if row is not None and row.by in {HAND, FILE} else None


def values_of_items(db: sqlite3.Connection, first: int, last: int) -> dict[int, dict[str, object]]:
    """Give the current values of all items with ids from `first` to `last`."""
    found: dict[int, dict[str, object]] = {}
    rows = db.execute(
        "SELECT item, name, value FROM value WHERE state = 'current' AND value IS NOT NULL AND item BETWEEN ? AND ?",
        (first, last),
    )
    for item, name, text in rows:
        found.setdefault(item, {})[name] = json.loads(text)
    return found


def history(db: sqlite3.Connection, item: int, name: str | None = None) -> list[ValueRow]:
    """Give all entries of an item's values, oldest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM value WHERE item = ? AND (? IS NULL OR name = ?) ORDER BY id",  # noqa: S608 - constants
        (item, name, name),
    )
    return [_row(row) for row in rows]


def history_of_items(db: sqlite3.Connection, items: Sequence[int]) -> dict[int, list[ValueRow]]:
    """Give all entries of the values of several items, oldest first."""
    found: dict[int, list[ValueRow]] = {}
    query = f"SELECT {_COLUMNS} FROM value WHERE item BETWEEN ? AND ? ORDER BY id"  # noqa: S608 - constants
    wanted = set(items)
    for raw in db.execute(query, (min(items), max(items))):
        row = _row(raw)
        if row.item in wanted:
            found.setdefault(row.item, []).append(row)
    return found


def _current(db: sqlite3.Connection, item: int, name: str) -> ValueRow | None:
    row = db.execute(
        f"SELECT {_COLUMNS} FROM value WHERE item = ? AND name = ? AND state = 'current'",  # noqa: S608
        (item, name),
    ).fetchone()
    return _row(row) if row else None


def _insert(db: sqlite3.Connection, new: NewValue, state: str, replaces: int | None, edit: int | None) -> None:
    text = None if new.value is None else json.dumps(new.value)
    db.execute(
        "INSERT INTO value(item, name, value, by, at, note, confidence, state, replaces, edit) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (new.item, new.name, text, new.by, time.time(), new.note, new.confidence, state, replaces, edit),
    )


def record_edit(db: sqlite3.Connection, kind: str, subject: str, new: Iterable[NewValue], by: str) -> int:
    """Record values that the user set in one action, and give the action's number.

    Parameters
    ----------
    kind : str
        "set" or "repair".
    subject : str
        The item's key, or the value's name for a repair.
    """
    edit = add_edit(db, kind, subject, by)
    for value in new:
        before = _current(db, value.item, value.name)
        if before:
            db.execute("UPDATE value SET state = 'past' WHERE id = ?", (before.id,))
        _insert(db, value, "current", before.id if before else None, edit)
    return edit


def add_edit(db: sqlite3.Connection, kind: str, subject: str, by: str) -> int:
    """Record that the user did something that can be undone."""
    made = db.execute("INSERT INTO edit(at, by, kind, subject) VALUES (?, ?, ?, ?)", (time.time(), by, kind, subject))
    return int(made.lastrowid or 0)


def last_edit(db: sqlite3.Connection, kind: str, subject: str) -> int | None:
    """Give the number of the last action of a kind that still stands."""
    row = db.execute(
        "SELECT id FROM edit WHERE kind = ? AND subject = ? AND undone = 0 ORDER BY id DESC LIMIT 1",
        (kind, subject),
    ).fetchone()
    return row[0] if row else None


def undo_edit(db: sqlite3.Connection, edit: int) -> list[ValueRow]:
    """Take an action back as a whole; values set since then by others stay.

    Returns
    -------
    list of ValueRow
        The entries that no longer count.
    """
    rows = [_row(r) for r in db.execute(f"SELECT {_COLUMNS} FROM value WHERE edit = ?", (edit,))]  # noqa: S608
    for row in rows:
        db.execute("UPDATE value SET state = 'undone' WHERE id = ?", (row.id,))
        if row.state == "current":
            _restore(db, row)
        _propose_again(db, row)
    db.execute("UPDATE edit SET undone = 1 WHERE id = ?", (edit,))
    return rows


def _restore(db: sqlite3.Connection, row: ValueRow) -> None:
    """Make current again what a row replaced, passing over what was undone meanwhile."""
    before = row.replaces
    while before is not None:
        state, earlier, edit = db.execute("SELECT state, replaces, edit FROM value WHERE id = ?", (before,)).fetchone()
        if state != "undone":
            break
        before = earlier
    if before is None or edit is None:
        before = _newest_proposal(db, row) or before
    if before is not None:
        db.execute("UPDATE value SET state = 'current' WHERE id = ?", (before,))


def _propose_again(db: sqlite3.Connection, row: ValueRow) -> None:
    """Give the result that was accepted the state back that it had before."""
    state = next((state for state, note in ACCEPTED.items() if note == row.note), None)
    if state is not None:
        db.execute(
            "UPDATE value SET state = ? WHERE id = "
            "(SELECT max(id) FROM value WHERE item = ? AND name = ? AND state = 'past' AND edit IS NULL AND id < ?)",
            (state, row.item, row.name, row.id),
        )


def _newest_proposal(db: sqlite3.Connection, row: ValueRow) -> int | None:
    """Give the result that a correction had held back, which counts once no correction stands."""
    found = db.execute(
        "SELECT max(id) FROM value WHERE item = ? AND name = ? AND state = 'proposed'", (row.item, row.name)
    ).fetchone()[0]
    db.execute(
        "UPDATE value SET state = 'past' WHERE item = ? AND name = ? AND state = 'proposed'", (row.item, row.name)
    )
    return None if found is None else int(found)


def record_result(db: sqlite3.Connection, new: NewValue, step: str) -> bool:
    """Record a value that a step has written; say whether the value that counts has changed.

    The first result of a step replaces what was entered before it. A value that a person
    corrected after a result stays, and the new result is kept as a proposal.
    """
    _forget_doubts(db, new)
    before = _current(db, new.item, new.name)
    corrected = before is not None and before.edit is not None and not _is_result(before, step)
    if before is not None and corrected and _has_result(db, new.item, new.name, step):
        _insert(db, new, "proposed", before.id, None)
        return False
    if before is not None and before.value == new.value and before.by == new.by:
        return False
    if before is not None:
        db.execute("UPDATE value SET state = 'past' WHERE id = ?", (before.id,))
    _insert(db, new, "current", before.id if before else None, None)
    return before is None or before.value != new.value


def record_doubtful(db: sqlite3.Connection, new: NewValue, step: str) -> bool:
    """Record a result that its step does not trust; say whether the value that counts has changed.

    What a person has entered goes on counting, an earlier result of the step does not. The note of
    `new` says why, beginning with the class of the doubt.
    """
    _forget_doubts(db, new)
    before = _current(db, new.item, new.name)
    _insert(db, new, "doubtful", None, None)
    if before is None or before.edit is not None or not _is_result(before, step):
        return False
    db.execute("UPDATE value SET state = 'past' WHERE id = ?", (before.id,))
    return True


def _forget_doubts(db: sqlite3.Connection, new: NewValue) -> None:
    db.execute(
        "UPDATE value SET state = 'past' WHERE item = ? AND name = ? AND state = 'doubtful'", (new.item, new.name)
    )


def doubts_of_items(db: sqlite3.Connection, first: int, last: int) -> dict[int, dict[str, str]]:
    """Give value → why it is doubtful, for the items from `first` to `last` that so have no value to use."""
    found: dict[int, dict[str, str]] = {}
    rows = db.execute(
        "SELECT item, name, note FROM value AS d WHERE item BETWEEN ? AND ? AND state = 'doubtful' AND NOT EXISTS "
        "(SELECT 1 FROM value AS c WHERE c.item = d.item AND c.name = d.name AND c.state = 'current' "
        "AND (c.value IS NOT NULL OR c.id > d.id))",
        (first, last),
    )
    for item, name, note in rows:
        found.setdefault(item, {})[name] = note
    return found


def _is_result(row: ValueRow, step: str) -> bool:
    return row.by.partition(":")[0] == step


def _has_result(db: sqlite3.Connection, item: int, name: str, step: str) -> bool:
    rows = db.execute("SELECT by FROM value WHERE item = ? AND name = ? AND edit IS NULL", (item, name))
    return any(by.partition(":")[0] == step for (by,) in rows)
