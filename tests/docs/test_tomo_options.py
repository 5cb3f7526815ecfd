"""The tables of options are complete: they name every option of every command, and nothing else."""

import re
from pathlib import Path

from batchwork.tomo.cli import tomo
from batchwork.tomo.workflow import flow

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tomo-options.md"
_COMMANDS = {"tomolog": "publish"}
"""Steps that another command runs."""
_ROW = re.compile(r"^\| (?P<names>`.*?) \| (?P<users>[\w, -]+?) \|", re.MULTILINE)


def told():
    """Give (name, command or step) for each row of the page."""
    rows = _ROW.finditer(PAGE.read_text(encoding="utf-8"))
    return [
        (name, user)
        for row in rows
        for name in re.findall(r"`([\w-]+)", row["names"])
        for user in row["users"].split(", ")
    ]


def test_every_option_of_every_command_is_told_once():
    there = [
        (parameter.opts[0], name)
        for name, command in tomo.commands.items()
        for parameter in command.params
        if parameter.param_type_name == "option"
    ]
    assert sorted(pair for pair in told() if pair[0].startswith("-")) == sorted(there)


def test_every_parameter_without_an_option_is_told_once():
    by_option = {(parameter.name, name) for name, command in tomo.commands.items() for parameter in command.params}
    there = [(p.name, step.name) for step in flow.steps for p in step.parameters]
    without = [pair for pair in there if (pair[0], _COMMANDS.get(pair[1], pair[1])) not in by_option]
    assert sorted(pair for pair in told() if not pair[0].startswith("-")) == sorted(without)


def test_the_defaults_are_those_of_the_parameters():
    text = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| ([\w, ]+?) \| `?([^`|]+?)`? \|", text, re.MULTILINE)
    for name, steps, default in rows:
        for step in steps.split(", "):
            found = {p.name: p for p in flow[step].parameters}[name].default
            if found is not None:
                said = found if isinstance(found, str) else [*found] if isinstance(found, tuple) else found
                assert default == (f"{said:g}" if isinstance(said, float) else str(said).replace("True", "true")), name
