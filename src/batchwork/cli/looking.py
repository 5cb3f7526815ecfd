"""Commands that look at a batch and change nothing."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from batchwork.cli.common import dir_argument, json_option, workflow_option
from batchwork.cli.display import table


@click.command()
@dir_argument
@workflow_option
@json_option
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
    over_items: set[str] = {step for item in items for step in item["steps"]}  # type: ignore[attr-defined]
    steps = [step for step in found["steps"] if step in over_items]  # type: ignore[attr-defined]
    columns: Sequence[str] = found["columns"]  # type: ignore[assignment]
    counts: Mapping[str, int] = found["counts"]  # type: ignore[assignment]
    words: Mapping[str, Mapping[str, str]] = found["words"]  # type: ignore[assignment]
    rows = [_row(item, columns, steps, words) for item in items]
    lines = table(rows, ["item", *columns, *steps, "status"])
    groups: Sequence[Mapping[str, object]] = found["groups"]  # type: ignore[assignment]
    lines += [f"{group['step']} of {group['key']}: {group['status']}" for group in groups]
    lines.append(", ".join(f"{count} {state}" for state, count in counts.items()))
    return lines + _failures([*items, *groups])


def _row(
    item: Mapping[str, object], columns: Sequence[str], steps: Sequence[str], words: Mapping[str, Mapping[str, str]]
) -> list[str]:
    values: Mapping[str, object] = item["values"]  # type: ignore[assignment]
    states: Mapping[str, str] = item["steps"]  # type: ignore[assignment]
    shown = [_word(values.get(name, item.get(name))) for name in columns]
    return [
        str(item["key"]),
        *shown,
        *(_state(states.get(step, ""), words.get(step, {})) for step in steps),
        str(item["status"]),
    ]


def _state(state: str, words: Mapping[str, str]) -> str:
    return words.get(state, state)


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
@json_option
@workflow_option
def explain(folder: Path, item: str, as_json: bool, workflow: str | None) -> int:
    """Why each step of one item, or group, is or is not up to date."""
    from batchwork.service.calls import explain as read_why

    found = read_why(folder, item, workflow=workflow)
    if as_json:
        click.echo(json.dumps(found))
        return 0
    steps: Mapping[str, Mapping[str, str]] = found["steps"]  # type: ignore[assignment]
    history: Sequence[Mapping[str, object]] = found["values"]  # type: ignore[assignment]
    click.echo(item)
    for name, told in steps.items():
        state = "up to date" if told["state"] == "done" else told["state"]
        click.echo(f"  {name}: would run: {told['reason']}" if "reason" in told else f"  {name}: {state}")
    for row in history:
        note = f" ({row['note']})" if row["note"] else ""
        value = _word(row["value"]) or "cleared"
        click.echo(f"  value {row['name']} = {value}, by {row['by']}, {row['when']}, {row['state']}{note}")
    return 0


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
