"""What a user can change in a batch: values, repairs, the list of items. All of it can be undone.

Every function works on a ledger that its caller may write: the live coordinator's, or one
opened under the lock.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase

from batchwork.engine import item_parameters
from batchwork.engine.graph import Graph, restate
from batchwork.engine.ledger import rows, values
from batchwork.engine.ledger.ledger import Ledger, user_name
from batchwork.engine.ledger.values import ACCEPTED, HAND, PROPOSED, NewValue
from batchwork.engine.repair import Change, Member, Method, repair_values
from batchwork.errors import BatchError, ParameterError

Edit = Mapping[str, object]
"""An edit as plain JSON data, so that it can go to a live coordinator by its socket."""


def apply(ledger: Ledger, edit: Edit) -> dict[str, object]:
    """Do an edit as one transaction, and say what it did.

    Raises
    ------
    BatchworkError
        If it names an unknown item or value, or there is nothing to undo.
    """
    do = _KINDS[str(edit["kind"])]
    ledger.commit()
    with ledger.transaction():
        done = do(ledger, edit)
        ledger.add_event("edit", {**edit, **done, "by": user_name()})
    return done


def _set(ledger: Ledger, edit: Edit) -> dict[str, object]:
    graph, changed = Graph.load(ledger), []
    sets: Mapping[str, Mapping[str, object]] = edit["items"]  # type: ignore[assignment]
    for key, given in sets.items():
        item = rows.item_by_key(ledger.db, key)
        new = [NewValue(item.id, n, graph.check_value(n, v), str(edit.get("by", HAND))) for n, v in given.items()]
        if any(item_parameters.split(name) for name in given):
            item_parameters.remember(ledger)
        values.record_edit(ledger.db, "set", item.key, new, user_name())
        restate(ledger, item, given.keys())
        changed.append(item.key)
    return {"changed": changed}


def _undo_set(ledger: Ledger, edit: Edit) -> dict[str, object]:
    item = rows.item_by_key(ledger.db, str(edit["item"]))
    number = values.last_edit(ledger.db, "set", item.key)
    if number is None:
        raise BatchError(f"'{item.key}' has no edit to undo")
    undone = values.undo_edit(ledger.db, number)
    restate(ledger, item, {row.name for row in undone})
    return {"changed": [item.key], "undone": {row.name: row.value for row in undone}}


def _accept(ledger: Ledger, edit: Edit) -> dict[str, object]:
    """Let the newest proposal of each value count."""
    item = rows.item_by_key(ledger.db, str(edit["item"]))
    proposed = {row.name: row for row in values.history(ledger.db, item.id) if row.state in PROPOSED}
    if not proposed:
        raise BatchError(f"'{item.key}' has no proposed value to accept")
    new = [NewValue(item.id, r.name, r.value, r.by, ACCEPTED[r.state], r.confidence) for r in proposed.values()]
    values.record_edit(ledger.db, "set", item.key, new, user_name())
    ledger.db.executemany("UPDATE value SET state = 'past' WHERE id = ?", [(r.id,) for r in proposed.values()])
    restate(ledger, item, proposed)
    return {"changed": [item.key], "accepted": {name: row.value for name, row in proposed.items()}}


def proposed_repair(
    ledger: Ledger, name: str, max_delta: float, glob: str | None, method: Method = "neighbours"
) -> tuple[list[Change], list[str]]:
    """Work out the repair of a value; changes nothing.

    Raises
    ------
    ParameterError
        If the value is unknown, or not a number somewhere.
    """
    if max_delta <= 0:
        raise ParameterError(f"max_delta must be above 0, not {max_delta:g}")
    Graph.load(ledger).check_value(name, None)
    members: list[Member] = []
    for page in rows.item_pages(ledger.db):
        members.extend(_member(ledger, item, name, glob) for item in page if item.listed)
    return repair_values(members, max_delta, method)


def _member(ledger: Ledger, item: rows.ItemRow, name: str, glob: str | None) -> Member:
    value = values.current_values(ledger.db, item.id).get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise ParameterError(f"value '{name}' of '{item.key}' is {value!r}, no number; it cannot be repaired")
    attrs = json.loads(item.attrs)
    index = attrs.get("index")
    selected = glob is None or fnmatchcase(item.key, glob)
    return Member(item.key, str(attrs.get("series", item.key)), index if isinstance(index, int) else 0, value, selected)


def _repair(ledger: Ledger, edit: Edit) -> dict[str, object]:
    name = str(edit["name"])
    glob = None if edit.get("items") is None else str(edit["items"])
    method: Method = "drift" if edit.get("method") == "drift" else "neighbours"
    changes, orphans = proposed_repair(ledger, name, float(str(edit["max_delta"])), glob, method)
    items = [rows.item_by_key(ledger.db, change.key) for change in changes]
    new = [NewValue(i.id, name, c.after, "repair", c.reason) for i, c in zip(items, changes, strict=True)]
    if new:
        values.record_edit(ledger.db, "repair", name, new, user_name())
    for item in items:
        restate(ledger, item, {name})
    return {"changed": [c.key for c in changes], "orphans": orphans}


def _undo_repair(ledger: Ledger, edit: Edit) -> dict[str, object]:
    number = values.last_edit(ledger.db, "repair", str(edit["name"]))
    if number is None:
        raise BatchError(f"there is no repair of '{edit['name']}' to undo")
    changed = []
    for row in values.undo_edit(ledger.db, number):
        item = rows.item_by_id(ledger.db, row.item)
        restate(ledger, item, {row.name})
        changed.append(item.key)
    return {"changed": changed}


def _remove(ledger: Ledger, edit: Edit) -> dict[str, object]:
    keys: Sequence[str] = edit["items"]  # type: ignore[assignment]
    found = [rows.item_by_key(ledger.db, key) for key in dict.fromkeys(keys)]
    number = values.add_edit(ledger.db, "remove", json.dumps([item.id for item in found]), user_name())
    ledger.db.executemany("UPDATE item SET listed = 0 WHERE id = ?", [(item.id,) for item in found])
    return {"changed": [item.key for item in found], "edit": number}


def _undo_remove(ledger: Ledger, edit: Edit) -> dict[str, object]:
    """Put back the named items, or those of the last removal."""
    keys: Sequence[str] = edit.get("items") or ()  # type: ignore[assignment]
    ids = [rows.item_by_key(ledger.db, key).id for key in keys]
    if not ids:
        row = ledger.db.execute(
            "SELECT id, subject FROM edit WHERE kind = 'remove' AND undone = 0 ORDER BY id DESC LIMIT 1"
        ).fetchone()
        if row is None:
            raise BatchError("nothing was removed that could be put back")
        ledger.db.execute("UPDATE edit SET undone = 1 WHERE id = ?", (row[0],))
        ids = json.loads(row[1])
    ledger.db.executemany("UPDATE item SET listed = 1 WHERE id = ?", [(number,) for number in ids])
    return {"changed": [rows.item_by_id(ledger.db, number).key for number in ids]}


_KINDS: Mapping[str, Callable[[Ledger, Edit], dict[str, object]]] = {
    "set": _set,
    "undo_set": _undo_set,
    "accept": _accept,
    "repair": _repair,
    "undo_repair": _undo_repair,
    "remove": _remove,
    "undo_remove": _undo_remove,
}
