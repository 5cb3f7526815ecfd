"""Parameters of single items: shown, entered, copied, saved and loaded."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from batchwork.cli.common import dir_argument, json_option, workflow_option
from batchwork.cli.editing import parse_values
from batchwork.errors import ConfigError

_file = click.Path(path_type=Path)


@click.command()
@dir_argument
@click.argument("items", metavar="ITEM...", nargs=-1, required=True)
@click.option(
    "-p",
    "param",
    multiple=True,
    metavar="STEP.NAME=VALUE",
    help="Give them a parameter of their own (STEP.NAME= clears); repeatable.",
)
@click.option("--load", type=_file, metavar="FILE.yml", help="Give them those of a file that the batch has not.")
@click.option("--like", metavar="ITEM", help="Give them those that another item has of its own.")
@click.option("--clear", is_flag=True, help="Go back to the parameters of the batch.")
@click.option("--save", type=_file, metavar="FILE.yml", help="Write all parameters of one item.")
@json_option
@workflow_option
def params(
    folder: Path,
    items: tuple[str, ...],
    param: tuple[str, ...],
    load: Path | None,
    like: str | None,
    clear: bool,
    save: Path | None,
    as_json: bool,
    workflow: str | None,
) -> int:
    """Show the parameters of an item, or give items their own.

    ITEM is a key or a pattern of keys. What items have of their own counts instead of the parameters of the
    batch and makes stale what depends on it; `batchwork set DIR ITEM --undo` takes it back.
    """
    from batchwork.service import calls

    changes = sum((bool(param), load is not None, like is not None, clear))
    if changes > 1:
        raise click.UsageError("-p, --load, --like and --clear exclude each other")
    if changes == 0:
        if len(items) > 1:
            raise click.UsageError("parameters are shown of one item at a time")
        return _show(folder, items[0], save, workflow, as_json=as_json)
    if clear:
        changed = calls.clear_params(folder, items, workflow=workflow)
        click.echo(f"{', '.join(changed)}: cleared" if changed else "none had parameters of its own")
        return 0
    new = _given(folder, param, load, like, workflow)
    words = [f"{step}.{name}={json.dumps(value)}" for step, values in new.items() for name, value in values.items()]
    if not words:
        click.echo("these are the parameters of the batch: nothing to change")
        return 0
    changed = calls.set_params(folder, items, new, workflow=workflow)
    click.echo(f"{', '.join(changed)}: {', '.join(words)}")
    return 0


def _given(
    folder: Path, words: Sequence[str], load: Path | None, like: str | None, workflow: str | None
) -> Mapping[str, Mapping[str, object]]:
    """Read what the items shall have."""
    from batchwork.service import calls

    if load is not None:
        return calls.params_of_file(folder, load, workflow=workflow)
    if like is not None:
        return calls.params_of_item(folder, like, workflow=workflow)[1]
    found: dict[str, dict[str, object]] = {}
    for name, value in parse_values(words).items():
        step, dot, parameter = name.partition(".")
        if not dot:
            raise ConfigError(f"-p {name}: write -p STEP.NAME=VALUE")
        found.setdefault(step, {})[parameter] = value
    return found


def _show(folder: Path, item: str, save: Path | None, workflow: str | None, *, as_json: bool) -> int:
    from batchwork.service import calls
    from batchwork.service.config import dump_params

    found, own = calls.params_of_item(folder, item, workflow=workflow)
    if save is not None:
        dump_params(save, found)
    if as_json:
        click.echo(json.dumps({"params": found, "own": own}))
    elif save is None:
        for step, values in found.items():
            for name, value in values.items():
                click.echo(f"{step}.{name} = {json.dumps(value)}{'  (its own)' if name in own[step] else ''}")
    return 0
