"""What a user can do to a batch, as plain calls: the terminal, the page and notebooks use these.

Every call takes the batch's folder and, where a folder has several, the name of the
workflow. Those that change something go through the live run if there is one.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path

from batchwork.engine import item_parameters
from batchwork.engine.batch import Batch, edit_batch
from batchwork.engine.control import Control
from batchwork.engine.definition import Definition, load_definition
from batchwork.engine.edits import proposed_repair
from batchwork.engine.ledger import values
from batchwork.engine.ledger.ledger import home_of, open_reader
from batchwork.engine.ledger.rows import item_by_key, keys_like
from batchwork.engine.repair import Change, Method
from batchwork.errors import BatchError, ConfigError, NotABatchError, UnknownItemError
from batchwork.service.config import Params, load_config, load_params
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
    if any(item_parameters.split(name) for given in items.values() for name in given):
        definition = load_definition(home_of(out.absolute(), workflow))
        items = {key: _checked(definition, given) for key, given in items.items()}
    edit_batch(out.absolute(), workflow, {"kind": "set", "items": items})


def _checked(definition: Definition, given: Mapping[str, object]) -> dict[str, object]:
    """See that what parameters of their own items are to have fits."""
    return {
        name: item_parameters.check(definition, name, value) if item_parameters.split(name) else value
        for name, value in given.items()
    }


def set_params(
    out: Path,
    items: Sequence[str],
    params: Mapping[str, Mapping[str, object]],
    *,
    workflow: str | None = None,
) -> list[str]:
    """Give some items parameters of their own: step → name → value; None goes back to the batch's.

    Parameters
    ----------
    out : Path
    items : sequence of str
        Keys, or patterns of them.
    params : mapping

    Returns
    -------
    list of str
        Keys of the items that it was done to.

    Raises
    ------
    UnknownItemError
        If nothing matches a key or pattern.
    ParameterError
        If a parameter is unknown or does not fit, or decides where the results go.
    """
    home = home_of(out.absolute(), workflow)
    definition = load_definition(home)
    with open_reader(home) as ledger:
        keys = list(dict.fromkeys(key for glob in items for key in keys_like(ledger.db, glob)))
    given = {
        f"{step}.{name}": item_parameters.check(definition, f"{step}.{name}", value)
        for step, values_ in params.items()
        for name, value in values_.items()
    }
    edit_batch(out.absolute(), definition.workflow.name, {"kind": "set", "items": dict.fromkeys(keys, given)})
    return keys


def clear_params(out: Path, items: Sequence[str], *, workflow: str | None = None) -> list[str]:
    """Take the parameters of their own from some items, and give the keys of those that had any."""
    home = home_of(out.absolute(), workflow)
    with open_reader(home) as ledger:
        keys = dict.fromkeys(key for glob in items for key in keys_like(ledger.db, glob))
        current = {key: values.current_values(ledger.db, item_by_key(ledger.db, key).id) for key in keys}
    cleared = {key: {name: None for name in found if item_parameters.split(name)} for key, found in current.items()}
    changed = {key: names for key, names in cleared.items() if names}
    if changed:
        edit_batch(out.absolute(), workflow, {"kind": "set", "items": changed})
    return list(changed)


def params_of_file(out: Path, path: Path, *, workflow: str | None = None) -> Params:
    """Load parameters, and keep those that items may have of their own and the batch has not.

    Raises
    ------
    ConfigError
        With file, line and column.
    """
    definition = load_definition(home_of(out.absolute(), workflow))
    found: Params = {}
    for step, given in load_params(path, definition.workflow).items():
        usual = definition.resolved(step)
        other = {name: value for name, value in given.items() if value != usual[name]}
        if other and not definition.workflow[step].is_group:
            found[step] = other
    return found


def params_of_item(out: Path, item: str, *, workflow: str | None = None) -> tuple[Params, Params]:
    """Give all parameters that count for an item, and those of them that are its own."""
    home = home_of(out.absolute(), workflow)
    definition = load_definition(home)
    with open_reader(home) as ledger:
        current = values.current_values(ledger.db, item_by_key(ledger.db, item).id)
    steps = [step for step in definition.workflow.steps if step.parameters]
    own = {step.name: item_parameters.of_step(step.name, current) for step in steps}
    return {step.name: {**definition.resolved(step.name), **own[step.name]} for step in steps}, own


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
