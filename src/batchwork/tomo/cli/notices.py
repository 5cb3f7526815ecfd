"""What users are told of a run beside its result."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from batchwork.errors import OutputCollisionError
from batchwork.tomo.folders import ScanFolder, is_there
from batchwork.tomo.workflow import flow

_OPEN = (None, "pending", "stale")
"""States of a step that a run has passed over."""
_SHOWN = 5

Item = Mapping[str, Any]
"""A scan as `batchwork.service.status.status` describes it: JSON data."""


def tell_dead_links(scans: Iterable[Path]) -> None:
    """Name the links among the scans whose file is not there: they are no items."""
    for path in scans:
        if path.is_symlink() and not is_there(path):
            click.echo(
                f"warning: {path}: it is a link to a file that is not there, or may not be seen: left out", err=True
            )


@contextmanager
def name_twins(folder: ScanFolder) -> Iterator[None]:
    """Name the scans whose results would have one name, where a run is refused for it.

    Raises
    ------
    OutputCollisionError
        As inside the block, in words of scans.
    """
    try:
        yield
    except OutputCollisionError as error:
        twins = folder.twins()
        if not twins:
            raise
        raise OutputCollisionError(
            f"{folder.path}: {' and '.join(twins)} would have results of one name; "
            "rename one of them, or move it to another folder"
        ) from error


def tell_waiting(items: Sequence[Item], phases: Sequence[str]) -> bool:
    """Name the scans for which a phase could not be done, as one before it is not up to date; say if there are any."""
    waiting = {phase: _waiting(items, phase, phases) for phase in phases}
    for phase, keys in waiting.items():
        if keys:
            before = " or ".join(f"'{step}'" for step in flow[phase].takes.values())
            click.echo(f"'{phase}' was not done: {before} is not up to date and not among the phases: "
                       f"{_listed(keys)}", err=True)  # fmt: skip
    return any(waiting.values())


def _waiting(items: Sequence[Item], phase: str, phases: Sequence[str]) -> list[str]:
    needed = [step for step in flow[phase].takes.values() if step not in phases]
    return [
        str(item["key"])
        for item in items
        if item["status"] != "skipped" and any(item["steps"].get(step) in _OPEN for step in needed)
    ]


def tell_middles(items: Iterable[Item], results: Path) -> None:
    """Name the scans whose candidates lie around the middle of the detector, as nobody has given a centre."""
    from batchwork.tomo.candidates import read_stack

    tried = (str(item["key"]) for item in items if item["steps"].get("try") == "done")
    guessed = [key for key in tried if read_stack(results / "try_center" / Path(key).stem).origin == "detector"]
    if guessed:
        click.echo(f"warning: no centre is known and --cor was not given: candidates lie around the middle of the "
                   f"detector: {_listed(guessed)}", err=True)  # fmt: skip


def _listed(keys: Sequence[str]) -> str:
    more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
    return ", ".join(keys[:_SHOWN]) + more
