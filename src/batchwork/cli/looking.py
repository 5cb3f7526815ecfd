"""Commands that look at a batch and change nothing."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from batchwork.cli.display import table
from batchwork.cli.options import load, workflow_option
from batchwork.errors import UnknownItemError

dir_argument = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))


@click.command()
@dir_argument
@workflow_option
@click.option("--json", "as_json", is_flag=True, help="JSON on standard output.")
def status(folder: Path, workflow: str | None, as_json: bool) -> int:
    """Counts, the table, the failures grouped by class."""
    from batchwork.service.status import status as read_status

    found = read_status(folder, workflow)
    if as_json:
        click.echo(json.dumps(found))
    else:
        for line in status_lines(found):
            click.echo(line)
    return 0


def status_lines(found: Mapping[str, object]) -> list[str]:
    """Set a status as a table, counts and failures by class."""
    items: Sequence[Mapping[str, object]] = found["items"]  # type: ignore[assignment]
    steps: Sequence[str] = found["steps"]  # type: ignore[assignment]
    columns: Sequence[str] = found["columns"]  # type: ignore[assignment]
    counts: Mapping[str, int] = found["counts"]  # type: ignore[assignment]
    rows = [_row(item, columns, steps) for item in items]
    lines = table(rows, ["item", *columns, *steps, "status"])
    groups: Sequence[Mapping[str, object]] = found["groups"]  # type: ignore[assignment]
    lines += [f"{group['step']} of {group['key']}: {group['status']}" for group in groups]
    lines.append(", ".join(f"{count} {state}" for state, count in counts.items()))
    return lines + _failures([*items, *groups])


def _row(item: Mapping[str, object], columns: Sequence[str], steps: Sequence[str]) -> list[str]:
    values: Mapping[str, object] = item["values"]  # type: ignore[assignment]
    states: Mapping[str, str] = item["steps"]  # type: ignore[assignment]
    shown = [_word(values.get(name, item.get(name))) for name in columns]
    return [str(item["key"]), *shown, *(states.get(step, "") for step in steps), str(item["status"])]


def _word(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _failures(rows: Sequence[Mapping[str, object]]) -> list[str]:
    by_class: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        error = row.get("error")
        if isinstance(error, Mapping):
            by_class[str(error["class"])].append(f"    {row['key']}: {error['message']}")
    lines = []
    for name, told in sorted(by_class.items()):
        lines += [f"{name} ({len(told)}):", *told[:20]]
        if len(told) > 20:  # noqa: PLR2004 - enough to see the pattern
            lines.append(f"    and {len(told) - 20} more")
    return lines


@click.command()
@dir_argument
@click.argument("item")
@workflow_option
def explain(folder: Path, item: str, workflow: str | None) -> int:
    """Why each step of one item, or group, is or is not up to date."""
    from batchwork.engine.plans import Selection
    from batchwork.engine.running import plan_batch
    from batchwork.service.status import status as read_status

    definition = load(folder, workflow)
    planned = {(t.item, t.step): t.reason for t in plan_batch(definition, Selection()).tasks}
    found = read_status(folder, definition.workflow.name)
    rows: Sequence[Mapping[str, object]] = found["items"]  # type: ignore[assignment]
    groups: Sequence[Mapping[str, object]] = found["groups"]  # type: ignore[assignment]
    states = {str(row["key"]): row["steps"] for row in rows}
    for group in groups:
        states.setdefault(str(group["key"]), {})[str(group["step"])] = group["status"]  # type: ignore[index]
    if item not in states and not any(key == item for key, _ in planned):
        raise UnknownItemError(f"no item or group '{item}' in this batch")
    click.echo(item)
    for step in definition.workflow.steps:
        state: object = states.get(item, {}).get(step.name)  # type: ignore[attr-defined]
        if (item, step.name) in planned:
            click.echo(f"  {step.name}: would run: {planned[item, step.name]}")
        elif state is not None:
            click.echo(f"  {step.name}: {'up to date' if state == 'done' else state}")
    _tell_history(folder, item, definition.workflow.name)
    return 0


def _tell_history(folder: Path, item: str, workflow: str) -> None:
    """Print where the item's values come from."""
    import time

    from batchwork.engine.ledger.ledger import home_of, open_reader
    from batchwork.engine.ledger.rows import item_by_key
    from batchwork.engine.ledger.values import history

    with open_reader(home_of(folder.absolute(), workflow)) as ledger:
        try:
            rows = history(ledger.db, item_by_key(ledger.db, item).id)
        except UnknownItemError:
            return
    for row in rows:
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(row.at))
        note = f" ({row.note})" if row.note else ""
        click.echo(f"  value {row.name} = {_word(row.value) or 'cleared'}, by {row.by}, {when}, {row.state}{note}")


@click.command()
@dir_argument
@click.argument("item")
@click.option("--step", metavar="S", help="Of this step.")
@workflow_option
def log(folder: Path, item: str, step: str | None, workflow: str | None) -> int:
    """What an item's newest attempt has printed; of several steps, the one that failed."""
    from batchwork.service.status import attempt_log

    path, tasks = attempt_log(folder, item, step, workflow)
    if path is not None and path.exists():
        click.echo(path.read_text(encoding="utf-8", errors="replace"), nl=False)
        return 0
    for row in tasks:
        click.echo(f"{item}, step '{row.step}': {row.state}, nothing was printed", err=True)
    if not tasks:
        click.echo(f"{item}: nothing has run yet", err=True)
    return 0
