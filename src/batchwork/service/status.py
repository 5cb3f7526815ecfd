"""How a batch stands, as plain JSON data."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

from batchwork.engine.control import Control
from batchwork.engine.graph import Graph
from batchwork.engine.ledger import rows, values
from batchwork.engine.ledger.ledger import Ledger, home_of, open_reader
from batchwork.engine.ledger.rows import ItemRow, TaskRow
from batchwork.engine.ledger.values import ValueRow
from batchwork.engine.summary import RANKS, blocked_error, count_items


def status(out: Path, workflow: str | None = None) -> dict[str, object]:
    """Describe every item and group of a batch.

    Returns
    -------
    dict
        ``workflow``, ``counts`` (items by status), ``items``, ``groups``; see the
        command line's documentation for their fields. ``words`` are what tables show for the states of some
        steps, by step.

    Raises
    ------
    NotABatchError
        If the folder holds no batch.
    """
    home = home_of(out.absolute(), workflow)
    with open_reader(home) as ledger:
        graph = Graph.load(ledger)
        found = [_item(item, tasks, history) for item, tasks, history in _items(ledger)]
        groups = [_group(row) for row in rows.group_tasks(ledger.db).values()]
        return {
            "workflow": home.name,
            "steps": [step.name for step in graph.steps],
            "columns": list(graph.columns),
            "words": {step.name: step.words for step in graph.steps if step.words},
            "counts": count_items(ledger.db),
            "items": found,
            "groups": groups,
        }


def _items(ledger: Ledger) -> Iterator[tuple[ItemRow, Mapping[str, TaskRow], list[ValueRow]]]:
    for page in rows.item_pages(ledger.db):
        tasks = rows.tasks_between(ledger.db, page[0], page[-1])
        history = values.history_of_items(ledger.db, [item.id for item in page])
        for item in page:
            if item.listed:
                yield item, tasks.get(item.id, {}), history.get(item.id, [])


def _item(item: ItemRow, tasks: Mapping[str, TaskRow], history: list[ValueRow]) -> dict[str, object]:
    states = [row.state for row in tasks.values()]
    found: dict[str, object] = {
        "key": item.key,
        "status": max(states, key=RANKS.index) if states else "pending",
        "steps": {name: row.state for name, row in tasks.items()},
        "values": {},
    }
    attrs = json.loads(item.attrs)
    if "series" in attrs:
        found["series"] = attrs["series"]
    if history:
        found["values"] = {row.name: row.value for row in history if row.state == "current" and row.value is not None}
        found["origins"] = {row.name: value_origin(row, history) for row in history if row.state == "current"}
        proposed = {row.name: row.value for row in history if row.state in values.PROPOSED}
        if proposed:
            found["proposed"] = proposed
    held = [row for row in tasks.values() if row.state in {"failed", "blocked"}]
    failed = min(held, key=lambda row: (row.state == "blocked", row.id), default=None)
    skips = [row for row in tasks.values() if row.state == "skipped" and row.reason]
    reason = min(skips, key=lambda row: (row.result != "skipped", row.id)).reason if skips else None
    if failed is not None:
        found["error"] = _error(failed)
    elif reason:
        found["message"] = reason
    flags = [*(["file has vanished"] if not item.present else []), *(["needs review"] if _in_doubt(history) else [])]
    if flags:
        found["flags"] = flags
    return found


def _in_doubt(history: list[ValueRow]) -> bool:
    """Say whether a doubtful result came after all that a person has decided."""
    current = {row.name: row.id for row in history if row.state == "current"}
    return any(row.state == "doubtful" and row.id > current.get(row.name, 0) for row in history)


def _error(row: TaskRow) -> dict[str, object]:
    if row.state == "blocked" or not row.error:
        return {**blocked_error(row.reason), "step": row.step, "log": row.log}
    told = json.loads(row.error)
    return {"class": told["class"], "message": told["message"], "step": row.step, "log": row.log}


def value_origin(row: ValueRow, history: list[ValueRow]) -> dict[str, object]:
    """Say where a value comes from: who, when, how sure, what it replaced."""
    previous = next((r.value for r in history if r.id == row.replaces), None)
    when = time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(row.at))
    return {"by": row.by, "confidence": row.confidence, "when": when, "previous": previous, "note": row.note}


def _group(row: TaskRow) -> dict[str, object]:
    left_out = [{"key": key, "why": why} for key, why in json.loads(row.left_out or "[]")]
    found: dict[str, object] = {"key": row.grp, "step": row.step, "status": row.state, "left_out": left_out}
    if row.state in {"failed", "blocked"}:
        found["error"] = _error(row)
    return found


def attempt_log(
    out: Path, key: str, step: str | None = None, workflow: str | None = None
) -> tuple[Path | None, list[TaskRow]]:
    """Find the log of an item's newest attempt, or of the task that failed.

    Returns
    -------
    Path or None, list of TaskRow
        The second: the tasks that were looked at.
    """
    home = home_of(out.absolute(), workflow)
    with open_reader(home) as ledger:
        groups = rows.group_tasks(ledger.db)
        tasks = [row for (name, group), row in groups.items() if group == key and step in {None, name}]
        if not tasks:
            item = rows.item_by_key(ledger.db, key)
            tasks = [row for name, row in rows.tasks_of_item(ledger.db, item.id).items() if step in {None, name}]
        for row in sorted(tasks, key=lambda row: (row.state not in {"failed", "running"}, -row.id)):
            if row.state == "running":
                running = _spool(ledger, row)
                if running is not None:
                    return running, tasks
            if row.log:
                return Path(row.log), tasks
    return None, tasks


def _spool(ledger: Ledger, row: TaskRow) -> Path | None:
    """Give what a running task has printed so far, if a live run says which slot it is on."""
    control = Control.connect(ledger.home)
    if control is None:
        return None
    with closing(control):
        try:
            slots: list[dict[str, str]] = control.call("doing")["slots"]  # type: ignore[assignment]
        except ConnectionError:  # the run has just ended
            return None
    key = row.grp if row.item is None else rows.item_by_id(ledger.db, row.item).key
    for slot in slots:
        if slot["key"] == key and slot["step"] == row.step:
            return ledger.home / "logs" / "running" / f"{slot['slot'].replace(':', '-')}.log"
    return None
