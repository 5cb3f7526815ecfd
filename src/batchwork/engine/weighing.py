"""Undersized members of a series: broken off, most likely, and left out with the reason.

How much data an item holds is said by a function that the workflow names. It is called in a child
process, once for each state of a file, and the ledger keeps its answers. The user has the last word,
with the value ``skip`` of the item: ``no`` takes an undersized one all the same, ``yes`` leaves any out.
"""

import json
import sqlite3
from collections.abc import Collection
from pathlib import Path
from statistics import median

from batchwork.engine.definition import Definition
from batchwork.engine.ledger import rows
from batchwork.engine.ledger.ledger import Ledger
from batchwork.errors import ParameterError
from batchwork.io import isolated

SKIP = "skip"
"""The value by which a person has the last word on an item; every workflow has it."""

_BY_HAND, _UNDERSIZED = "left out by hand", "undersized"
"""How the reasons begin."""
_LEAST = 2
"""Members that a series must have to be compared."""
_PATIENCE_SECONDS = 60.0
_WORDS = {"yes": True, "no": False, "true": True, "false": False}


def parse_skip(given: object) -> bool | None:
    """Read the value ``skip``.

    Raises
    ------
    ParameterError
        If it is neither yes nor no.
    """
    if given is None or isinstance(given, bool):
        return given
    if str(given).lower() not in _WORDS:
        raise ParameterError(f"value '{SKIP}' is yes or no, not {given!r}")
    return _WORDS[str(given).lower()]


def left_out(ledger: Ledger, definition: Definition) -> dict[int, str]:
    """Say which items are to be skipped, and why."""
    words = _words(ledger.db)
    found = {item: _BY_HAND for item, skip in words.items() if skip}
    if definition.workflow.weigh and definition.options.undersized > 0:
        _weigh(ledger, definition.workflow.weigh)
        small = _undersized(ledger.db, definition.options.undersized)
        found.update((item, why) for item, why in small.items() if item not in words)
    _forget(ledger, found)
    return found


def _forget(ledger: Ledger, left_out: Collection[int]) -> None:
    """Forget tasks that were skipped without having run, of items that are taken again."""
    query = "SELECT id, item FROM task WHERE state = 'skipped' AND result IS NULL AND (reason = ? OR reason LIKE ?)"
    skipped = ledger.db.execute(query, (_BY_HAND, f"{_UNDERSIZED}%")).fetchall()
    again = [(task,) for task, item in skipped if item not in left_out]
    if again:
        ledger.begin()
        ledger.db.executemany("DELETE FROM task WHERE id = ?", again)


def _words(db: sqlite3.Connection) -> dict[int, bool]:
    """Give what people have said of items."""
    query = "SELECT item, value FROM value WHERE name = ? AND state = 'current' AND value IS NOT NULL"
    return {item: bool(json.loads(text)) for item, text in db.execute(query, (SKIP,))}


def _weigh(ledger: Ledger, function: str) -> None:
    """Look at the files that have not been looked at in their present state."""
    query = (
        "SELECT i.id, i.source, i.token FROM item i LEFT JOIN weight w ON w.item = i.id "
        "WHERE i.listed = 1 AND i.present = 1 AND i.source IS NOT NULL AND w.token IS NOT i.token"
    )
    new = ledger.db.execute(query).fetchall()
    answers = isolated.ask(function, (Path(source) for _, source, _ in new), patience=_PATIENCE_SECONDS)
    for (item, _, token), answer in zip(new, answers, strict=True):
        ledger.begin()
        ledger.db.execute("INSERT OR REPLACE INTO weight VALUES (?, ?, ?)", (item, token, answer.value))


def _undersized(db: sqlite3.Connection, share: float) -> dict[int, str]:
    """Compare each item with its series: item → what is the matter."""
    weights: dict[int, int] = dict(db.execute("SELECT item, nbytes FROM weight WHERE nbytes > 0"))
    series: dict[str, list[int]] = {}
    for page in rows.item_pages(db):
        for item in page:
            if item.listed and item.present and item.id in weights:
                series.setdefault(str(json.loads(item.attrs).get("series", item.key)), []).append(item.id)
    found = {}
    for members in series.values():
        middle = median(weights[item] for item in members)
        for number in members if len(members) >= _LEAST else ():
            if weights[number] < share * middle:
                found[number] = (
                    f"{_UNDERSIZED}: {weights[number] / 1e6:.3g} MB of data, its series has {middle / 1e6:.3g} MB; "
                    f"'{SKIP}=no' takes it all the same"
                )
    return found
