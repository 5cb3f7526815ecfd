"""Commands that change values or the list of items; each can be taken back."""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from batchwork.cli.looking import dir_argument
from batchwork.cli.options import workflow_option
from batchwork.engine.batch import edit_batch
from batchwork.errors import ConfigError


def parse_values(words: Sequence[str]) -> dict[str, object]:
    """Read ``NAME=VALUE`` words; ``NAME=`` gives None.

    Raises
    ------
    ConfigError
        If one has another form.
    """
    found: dict[str, object] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals or not name:
            raise ConfigError(f"'{word}': write NAME=VALUE, or NAME= to clear it")
        found[name] = _value(text)
    return found


def _value(text: str) -> object:
    if not text:
        return None
    try:
        value: object = json.loads(text)
    except json.JSONDecodeError:
        return text
    return value


@click.command("set")
@dir_argument
@click.argument("item")
@click.argument("values", metavar="NAME=VALUE", nargs=-1)
@click.option("--undo", is_flag=True, help="Take the item's last edit back.")
@click.option("--accept", is_flag=True, help="Let the newest proposed value count.")
@workflow_option
def set_values(folder: Path, item: str, values: tuple[str, ...], undo: bool, accept: bool, workflow: str | None) -> int:
    """Edit values of an item (NAME= clears)."""
    if sum((undo, accept, bool(values))) != 1:
        raise click.UsageError("give NAME=VALUE words, or --undo, or --accept")
    if undo:
        edit_batch(folder.absolute(), workflow, {"kind": "undo_set", "item": item})
        click.echo(f"{item}: the last edit is taken back")
        return 0
    if accept:
        done = edit_batch(folder.absolute(), workflow, {"kind": "accept", "item": item})
        click.echo(f"{item}: accepted {json.dumps(done['accepted'])}")
        return 0
    edit_batch(folder.absolute(), workflow, {"kind": "set", "items": {item: parse_values(values)}})
    click.echo(f"{item}: {', '.join(values)}")
    return 0


@click.command()
@dir_argument
@click.argument("name")
@click.option("--max-delta", type=float, default=50.0, show_default=True, help="Upper limit of the threshold.")
@click.option("--items", metavar="GLOB", help="Repair only these; the others still give.")
@click.option("--apply", is_flag=True, help="Do it.")
@click.option("--undo", is_flag=True, help="Take the last repair back as a whole.")
@workflow_option
def repair(
    folder: Path,
    name: str,
    max_delta: float,
    items: str | None,
    apply: bool,
    undo: bool,
    workflow: str | None,
) -> int:
    """Repair a value over its series: outliers, then gaps; shows first."""
    if apply and undo:
        raise click.UsageError("--apply and --undo exclude each other")
    return repair_and_show(folder, name, max_delta, items, apply=apply, undo=undo, workflow=workflow)


def repair_and_show(
    folder: Path,
    name: str,
    max_delta: float,
    items: str | None,
    *,
    apply: bool,
    undo: bool,
    workflow: str | None,
) -> int:
    """Show what a repair would change, do it, or take it back."""
    from batchwork.engine.edits import proposed_repair
    from batchwork.engine.ledger.ledger import home_of, open_reader

    out = folder.absolute()
    if undo:
        done = edit_batch(out, workflow, {"kind": "undo_repair", "name": name})
        changed: Sequence[str] = done["changed"]  # type: ignore[assignment]
        click.echo(f"taken back: {', '.join(changed)}")
        return 0
    with open_reader(home_of(out, workflow)) as ledger:
        changes, orphans = proposed_repair(ledger, name, max_delta, items)
    for change in changes:
        before = "missing" if change.before is None else f"{change.before:.2f}"
        click.echo(f"{change.key}: {before} -> {change.after:.2f} [{change.reason}]")
    for key in orphans:
        click.echo(f"{key}: missing, and no value in its series to fill it from")
    if apply:
        edit_batch(out, workflow, {"kind": "repair", "name": name, "max_delta": max_delta, "items": items})
    click.echo(f"{len(changes)} {'changed' if apply else 'would change; --apply does it'}")
    return 0


@click.command()
@dir_argument
@click.argument("items", metavar="ITEM", nargs=-1)
@click.option("--undo", is_flag=True, help="Put items back; without names, those removed last.")
@workflow_option
def remove(folder: Path, items: tuple[str, ...], undo: bool, workflow: str | None) -> int:
    """Take items off the list; the disk is not touched."""
    if not items and not undo:
        raise click.UsageError("name the items to take off the list")
    kind = "undo_remove" if undo else "remove"
    done = edit_batch(folder.absolute(), workflow, {"kind": kind, "items": list(items)})
    changed: Sequence[str] = done["changed"]  # type: ignore[assignment]
    click.echo(f"{'back on' if undo else 'off'} the list: {', '.join(changed)}")
    return 0
