"""The page of all commands and options, made from the commands themselves."""

import re
from collections.abc import Iterator

import click

from batchwork.cli.main import root
from batchwork.engine.loading import pack_names

INSTRUMENTS = ("pixels", "screening", "tactile", "tomo")
"""The built-in packs that have commands; others may be installed here."""
_HEAD = """\
# All options

Made from the commands themselves; what they are for is told in [Commands](commands.md) and on the pages of the
instruments.
"""


def page() -> str:
    """Write the page."""
    context = click.Context(root, info_name="batchwork")
    return "\n".join([_HEAD, *_of_all(context, (*general_commands(), *INSTRUMENTS), 2)])


def general_commands() -> list[str]:
    """Name the commands that are no instrument's."""
    packs = set(pack_names())
    return [name for name in root.list_commands(click.Context(root)) if name not in packs]


def _of_all(context: click.Context, names: tuple[str, ...] | list[str], level: int) -> Iterator[str]:
    for name in names:
        command = context.command.get_command(context, name)
        yield from _of_one(command, click.Context(command, info_name=name, parent=context), level)


def _of_one(command: click.Command, context: click.Context, level: int) -> Iterator[str]:
    yield f"{'#' * level} {context.command_path}\n"
    yield f"{_flowing(command.help or '')}\n"
    if isinstance(command, click.Group):
        yield from _of_all(context, command.list_commands(context), level + 1)
        return
    yield f"`{context.command_path} {' '.join(command.collect_usage_pieces(context))}`\n"
    records = (option.get_help_record(context) for option in command.params)
    rows = [record for record in records if record and record[1]]
    if rows:
        yield "| option | meaning |\n|---|---|"
        yield from (f"| `{_cell(left)}` | {_cell(right)} |" for left, right in rows)
        yield ""


def _flowing(text: str) -> str:
    """Undo the line breaks of a help text, paragraphs kept."""
    paragraphs = re.split(r"\n\s*\n", text.replace("\b", "").strip())
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _cell(text: str) -> str:
    return " ".join(text.split())
