"""Arguments and options that many commands share, whether they run work or not; light to import."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])  # Any: click decorates functions of every shape

dir_argument = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
existing_dir_argument = click.argument(
    "folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
workflow_option = click.option("--workflow", metavar="NAME", help="Which one, where a folder has several.")
json_option = click.option("--json", "as_json", is_flag=True, help="JSON on standard output.")
quiet_option = click.option("--quiet", is_flag=True, help="No progress.")


def seed_option(made: str, *, default: int = 0) -> Callable[[F], F]:
    """Make the option of the seed of all randomness; `made` is what it is drawn for."""
    told = f"Same seed, same {made}."
    return click.option("--seed", type=click.IntRange(min=0), default=default, show_default=True, help=told)
