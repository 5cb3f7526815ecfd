"""Commands that change values or the list of items; each can be taken back."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import click

from batchwork.cli.common import dir_argument, workflow_option
from batchwork.engine.repair import Method
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
    from batchwork.service import calls

    if sum((undo, accept, bool(values))) != 1:
        raise click.UsageError("give NAME=VALUE words, or --undo, or --accept")
    if undo:
        calls.undo(folder, item, workflow=workflow)
        click.echo(f"{item}: the last edit is taken back")
        return 0
    if accept:
        click.echo(f"{item}: accepted {json.dumps(calls.accept(folder, item, workflow=workflow))}")
        return 0
    calls.set_values(folder, {item: parse_values(values)}, workflow=workflow)
    click.echo(f"{item}: {', '.join(values)}")
    return 0


method_option = click.option(
    "--method",
    type=click.Choice(get_args(Method)),
    default="neighbours",
    show_default=True,
    help="Compare with the median, or with a line along the series.",
)


@click.command()
@dir_argument
@click.argument("name")
@click.option("--max-delta", type=float, default=50.0, show_default=True, help="Upper limit of the threshold.")
@click.option("--items", metavar="GLOB", help="Repair only these; the others still give.")
@method_option
@click.option("--apply", is_flag=True, help="Do it.")
@click.option("--undo", is_flag=True, help="Take the last repair back as a whole.")
@workflow_option
def repair(
    folder: Path,
    name: str,
    max_delta: float,
    items: str | None,
    method: Method,
    apply: bool,
    undo: bool,
    workflow: str | None,
) -> int:
    """Repair a value over its series: outliers, then gaps; shows first."""
    if apply and undo:
        raise click.UsageError("--apply and --undo exclude each other")
    return repair_and_show(folder, name, max_delta, items, method, apply=apply, undo=undo, workflow=workflow)


def repair_and_show(
    folder: Path,
    name: str,
    max_delta: float,
    items: str | None,
    method: Method,
    *,
    apply: bool,
    undo: bool,
    workflow: str | None,
) -> int:
    """Show what a repair would change, do it, or take it back."""
    from batchwork.service import calls

    if undo:
        click.echo(f"taken back: {', '.join(calls.undo_repair(folder, name, workflow=workflow))}")
        return 0
    changes, orphans = calls.preview_repair(folder, name, max_delta, items, method, workflow=workflow)
    for change in changes:
        before = "missing" if change.before is None else f"{change.before:.2f}"
        click.echo(f"{change.key}: {before} -> {change.after:.2f} [{change.reason}]")
    for key in orphans:
        click.echo(f"{key}: missing, and no value in its series to fill it from")
    if apply:
        calls.repair(folder, name, max_delta, items, method, workflow=workflow)
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
    from batchwork.service import calls

    change = calls.undo_remove if undo else calls.remove
    changed = change(folder, items, workflow=workflow)
    click.echo(f"{'back on' if undo else 'off'} the list: {', '.join(changed)}")
    return 0
