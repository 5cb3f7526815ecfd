"""What a user can do to a batch, as plain calls: the terminal, the page and notebooks use these.

Every call takes the batch's folder and, where a folder has several, the name of the
workflow. Those that change something go through the live run if there is one.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path

from batchwork.engine.batch import Batch, edit_batch
from batchwork.engine.control import Control
from batchwork.engine.definition import Definition, load_definition
from batchwork.engine.edits import proposed_repair
from batchwork.engine.ledger import values
from batchwork.engine.ledger.ledger import home_of, open_reader
from batchwork.engine.ledger.rows import item_by_key
from batchwork.engine.repair import Change, Method
from batchwork.errors import BatchError, ConfigError, NotABatchError, UnknownItemError
from batchwork.service.config import load_config
from batchwork.service.status import status, value_origin


def load(target: Path, workflow: str | None = None) -> Definition:
    """Load a batch from a configuration file, or from its directory as it was run last.

    Raises
    ------
    ConfigError
        If the file cannot be used, or is of another workflow.
    NotABatchError
        If there is neither.
    """
    if target.is_dir():
        return load_definition(home_of(target.absolute(), workflow))
    if not target.exists():
        raise NotABatchError(f"{target}: there is no such configuration file or batch directory")
    definition = load_config(target)
    if workflow not in {None, definition.workflow.name}:
        raise ConfigError(f"{target}: its workflow is '{definition.workflow.name}', not '{workflow}'")
    return definition


def set_values(out: Path, items: Mapping[str, Mapping[str, object]], *, workflow: str | None = None) -> None:
    """Enter values of items: key → name → value; None clears one.

    Raises
    ------
    UnknownItemError, ParameterError
    """
    edit_batch(out.absolute(), workflow, {"kind": "set", "items": items})


def undo(out: Path, item: str, *, workflow: str | None = None) -> None:
    """Take an item's last edit back."""
    edit_batch(out.absolute(), workflow, {"kind": "undo_set", "item": item})


def accept(out: Path, item: str, *, workflow: str | None = None) -> Mapping[str, object]:
    """Let the newest proposed value of an item count, and give what was accepted."""
    done = edit_batch(out.absolute(), workflow, {"kind": "accept", "item": item})
    accepted: Mapping[str, object] = done["accepted"]  # type: ignore[assignment]
    return accepted


def preview_repair(
    out: Path,
    name: str,
    max_delta: float,
    items: str | None = None,
    method: Method = "neighbours",
    *,
    workflow: str | None = None,
) -> tuple[list[Change], list[str]]:
    """Work out a repair over series, and which items it cannot help; changes nothing."""
    with open_reader(home_of(out.absolute(), workflow)) as ledger:
        return proposed_repair(ledger, name, max_delta, items, method)


def repair(
    out: Path,
    name: str,
    max_delta: float,
    items: str | None = None,
    method: Method = "neighbours",
    *,
    workflow: str | None = None,
) -> list[str]:
    """Do a repair over series, and give the items it changed."""
    edit = {"kind": "repair", "name": name, "max_delta": max_delta, "items": items, "method": method}
    return _changed(edit_batch(out.absolute(), workflow, edit))


def undo_repair(out: Path, name: str, *, workflow: str | None = None) -> list[str]:
    """Take the last repair of a value back as a whole."""
    return _changed(edit_batch(out.absolute(), workflow, {"kind": "undo_repair", "name": name}))


def remove(out: Path, items: Sequence[str], *, workflow: str | None = None) -> list[str]:
    """Take items off the list; the disk is not touched."""
    return _changed(edit_batch(out.absolute(), workflow, {"kind": "remove", "items": list(items)}))


def undo_remove(out: Path, items: Sequence[str] = (), *, workflow: str | None = None) -> list[str]:
    """Put items back on the list; without names, those that were removed last."""
    return _changed(edit_batch(out.absolute(), workflow, {"kind": "undo_remove", "items": list(items)}))


def _changed(done: Mapping[str, object]) -> list[str]:
    changed: list[str] = done["changed"]  # type: ignore[assignment]
    return changed


def cancel(out: Path, *, drain: bool = False, workflow: str | None = None) -> bool:
    """Stop the live run, or let its running tasks finish; False if none is on."""
    control = Control.connect(home_of(out.absolute(), workflow))
    if control is None:
        return False
    with closing(control), suppress(ConnectionError):  # the run may end in the same moment
        control.call("cancel", drain=drain)
        return True
    return False


def doing(out: Path, *, workflow: str | None = None) -> list[dict[str, str]]:
    """Say what each slot of the live run does now; nothing if none is on."""
    control = Control.connect(home_of(out.absolute(), workflow))
    if control is None:
        return []
    with closing(control), suppress(ConnectionError):
        slots: list[dict[str, str]] = control.call("doing")["slots"]  # type: ignore[assignment]
        return slots
    return []


def follow(out: Path, *, workflow: str | None = None) -> Iterator[dict[str, object]]:
    """Give the events of the live run until it ends; nothing if none is on.

    Raises
    ------
    BatchError
        If the run ends without saying how.
    """
    control = Control.connect(home_of(out.absolute(), workflow))
    if control is None:
        return
    with closing(control):
        control.call("follow")
        for event in control.events():
            yield event
            if event["kind"] == "end":
                return
    raise BatchError(f"{out}: the run ended without saying how; run again to take over")


def explain(out: Path, key: str, *, workflow: str | None = None) -> dict[str, object]:
    """Say of each step of an item or group whether it is up to date, and why it would run.

    Returns
    -------
    dict
        ``steps``: step → ``state`` and, if it would run, ``reason``; ``values``: the
        history of the item's values, oldest first.

    Raises
    ------
    UnknownItemError
        If the batch has no such item or group.
    """
    definition = load_definition(home_of(out.absolute(), workflow))
    name = definition.workflow.name
    planned = {(t.item, t.step): t.reason for t in Batch(definition).plan().tasks}
    states = _states(status(out, name))
    if key not in states and not any(item == key for item, _ in planned):
        raise UnknownItemError(f"no item or group '{key}' in this batch")
    steps: dict[str, dict[str, str]] = {}
    for step in definition.workflow.steps:
        state = states.get(key, {}).get(step.name)
        if (key, step.name) in planned:
            steps[step.name] = {"state": state or "pending", "reason": planned[key, step.name]}
        elif state is not None:
            steps[step.name] = {"state": state}
    return {"key": key, "steps": steps, "values": _history(out, key, name)}


def _states(found: Mapping[str, object]) -> dict[str, dict[str, str]]:
    items: Sequence[Mapping[str, object]] = found["items"]  # type: ignore[assignment]
    groups: Sequence[Mapping[str, object]] = found["groups"]  # type: ignore[assignment]
    states: dict[str, dict[str, str]] = {str(row["key"]): dict(row["steps"]) for row in items}  # type: ignore[call-overload]
    for group in groups:
        states.setdefault(str(group["key"]), {})[str(group["step"])] = str(group["status"])
    return states


def _history(out: Path, key: str, workflow: str) -> list[dict[str, object]]:
    with open_reader(home_of(out.absolute(), workflow)) as ledger:
        try:
            item = item_by_key(ledger.db, key)
        except UnknownItemError:  # a group has no values
            return []
        rows = values.history(ledger.db, item.id)
    return [{"name": row.name, "value": row.value, "state": row.state, **value_origin(row, rows)} for row in rows]
