"""Options for the parameters of the steps, made from their declarations."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from batchwork.engine.parameters import Parameter
from batchwork.engine.workflow import Workflow
from batchwork.errors import ConfigError, ParameterError
from batchwork.io.naming import nearest
from batchwork.screening.workflow import WORKFLOWS

F = TypeVar("F", bound=Callable[..., Any])  # Any: click decorates functions of every shape
APART = frozenset({"mapping", "plate_map"})
"""Parameters that are given by files of their own."""


def parameters_of(workflows: Iterable[Workflow]) -> dict[str, Parameter]:
    """Give every parameter of any step by its name; steps that share a name share its meaning."""
    found: dict[str, Parameter] = {}
    for flow in workflows:
        for step in flow.steps:
            for parameter in step.parameters:
                if parameter.name not in APART:
                    found.setdefault(parameter.name, parameter)
    return found


def setting_options(function: F) -> F:
    """Add an option for each parameter of any workflow, with dashes or underscores; the values stay words."""
    for name, parameter in reversed(parameters_of(WORKFLOWS.values()).items()):
        unit = f" [{parameter.unit}]" if parameter.unit else ""
        names = dict.fromkeys((f"--{name.replace('_', '-')}", f"--{name}"))
        option = click.option(*names, name, metavar="VALUE", help=f"{parameter.help}{unit}")
        function = option(function)
    return function


def params_from(workflow: Workflow, settings: Mapping[str, object], origin: str) -> dict[str, dict[str, object]]:
    """Give step → parameters, for each step that has one of that name.

    Parameters
    ----------
    workflow : Workflow
    settings : mapping
        Name → value; texts are read as on the command line.
    origin : str
        What an error calls the place that they come from, with `{}` for the name.

    Raises
    ------
    ConfigError
        If no step has such a parameter, the value does not fit, or a file is not there.
    """
    known = parameters_of([workflow])
    params: dict[str, dict[str, object]] = {}
    for name, value in settings.items():
        where = origin.format(name)
        if name not in known:
            raise ConfigError(f"{where}: workflow '{workflow.name}' has no setting '{name}'; {nearest(name, known)}")
        try:
            found = known[name].parse(value) if isinstance(value, str) else known[name].convert(value)
        except ParameterError as error:
            raise ParameterError(f"{where}: {error}") from None
        if known[name].is_path and found is not None:
            found = _present(Path(str(found)), where)
        for step in workflow.steps:
            if any(parameter.name == name for parameter in step.parameters):
                params.setdefault(step.name, {})[name] = found
    return params


def _present(path: Path, where: str) -> str:
    """Give a file's path as one that holds in any folder.

    Raises
    ------
    ConfigError
        If there is none.
    """
    if not path.is_file():
        raise ConfigError(f"{where}: there is no file {path}")
    return str(path.absolute())
