"""Commands that run the steps over scans."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from batchwork.cli.options import RunningOptions, Watching, running_options, watching_options
from batchwork.engine.exits import DONE, FAILED, INTERRUPTED
from batchwork.errors import NoItemsError, NotABatchError
from batchwork.tomo.cli.group import folder_argument, paths_argument
from batchwork.tomo.cli.options import params_of, phase_options
from batchwork.tomo.folders import ScanFolder

if TYPE_CHECKING:
    from batchwork.engine.batch import Batch
    from batchwork.engine.plans import Selection

PHASES = ("try", "infer", "full", "publish")
_DEFAULT = ("try", "infer", "full")
_PUBLISHERS = {"html": "publish", "tomolog": "tomolog"}
"""What `publish` makes → the step that makes it."""
_STEPS = (*PHASES, "tomolog")


@click.command("try")
@paths_argument
@phase_options("try")
@running_options
def try_centres(paths: tuple[Path, ...], options: RunningOptions, **given: object) -> int:
    """Reconstruct a slice of each scan at many centres of rotation."""
    return _run(ScanFolder.of(paths), ("try",), given, options)


@click.command()
@paths_argument
@phase_options("infer")
@running_options
def infer(paths: tuple[Path, ...], options: RunningOptions, **given: object) -> int:
    """Find the centres of rotation; scans that have no stack of candidates get one first."""
    return _run(ScanFolder.of(paths), ("infer",), given, options, before=("try",))


@click.command()
@paths_argument
@phase_options("full")
@running_options
def full(paths: tuple[Path, ...], options: RunningOptions, **given: object) -> int:
    """Reconstruct volumes of scans: files, or all in one folder."""
    return _run(ScanFolder.of(paths), ("full",), given, options)


phases_option = click.option(
    "--phases", metavar="A,B", default=",".join(_DEFAULT), show_default=True, help=f"What to do: {', '.join(PHASES)}."
)


to_option = click.option(
    "--to", type=click.Choice(list(_PUBLISHERS)), default="html", show_default=True, help="What `publish` makes."
)
scans_option = click.option("--scans", metavar="6,8-15,18", help="Only scans whose names end in these numbers.")


@click.command()
@paths_argument
@phases_option
@to_option
@scans_option
@phase_options(*_STEPS)
@running_options
def run(
    paths: tuple[Path, ...], phases: str, to: str, scans: str | None, options: RunningOptions, **given: object
) -> int:
    """Do several phases on scans: files, or all in one folder."""
    return _run(_numbered(ScanFolder.of(paths), scans), _chosen(phases, to), given, options)


@click.command()
@folder_argument
@watching_options(poll=10.0)
@phases_option
@to_option
@phase_options(*_STEPS)
@running_options
def watch(folder: Path, watching: Watching, phases: str, to: str, options: RunningOptions, **given: object) -> int:
    """Reconstruct scans as they are finished, until Ctrl-C."""
    return _run(ScanFolder.of((folder,)), _chosen(phases, to), given, options, watch=watching)


@click.command()
@paths_argument
@to_option
@scans_option
@phase_options(*_PUBLISHERS.values())
@running_options
def publish(paths: tuple[Path, ...], to: str, scans: str | None, options: RunningOptions, **given: object) -> int:
    """Make a page about each scan that is reconstructed, or have TomoLog publish it."""
    return _run(_numbered(ScanFolder.of(paths), scans), (_PUBLISHERS[to],), given, options)


def _chosen(phases: str, to: str) -> tuple[str, ...]:
    """Give the steps of some phases."""
    chosen = tuple(phase.strip() for phase in phases.split(","))
    unknown = [phase for phase in chosen if phase not in PHASES]
    if unknown:
        raise click.UsageError(f"--phases: there is no phase '{unknown[0]}'; there are {', '.join(PHASES)}")
    return tuple(_PUBLISHERS[to] if phase == "publish" else phase for phase in chosen)


def _numbered(folder: ScanFolder, numbers: str | None) -> ScanFolder:
    """Narrow a folder down to scans of some numbers; numbers that no scan has are told.

    Raises
    ------
    NoItemsError
        If no scan has one of them.
    """
    if numbers is None:
        return folder
    from batchwork.tomo.tomolog.numbers import numbered, parse_numbers

    stems = {path.name: path.stem for path in folder.scans()}
    chosen, missing = numbered(stems.values(), parse_numbers(numbers))
    if not chosen:
        raise NoItemsError(f"{folder.path}: no scan is numbered {numbers}")
    if missing:
        gaps = ", ".join(f"{gap[0]}-{gap[-1]}" if len(gap) > 1 else str(gap[0]) for gap in missing)
        click.echo(f"warning: {folder.path}: no scan is numbered {gaps}", err=True)
    return replace(folder, names=tuple(name for name, stem in stems.items() if stem in chosen))


def _run(
    folder: ScanFolder,
    phases: tuple[str, ...],
    given: Mapping[str, object],
    options: RunningOptions,
    *,
    before: tuple[str, ...] = (),
    watch: Watching | None = None,
) -> int:
    """Run phases, with what comes before them where it has not been done; other phases keep their parameters."""
    from batchwork.cli.live import watch_and_show
    from batchwork.engine.batch import Batch
    from batchwork.engine.definition import RunOptions
    from batchwork.tomo.cli.batches import definition_of
    from batchwork.tomo.cli.notices import tell_dead_links

    if watch is None:
        tell_dead_links(folder.scans())
    last = definition_of(folder, watched=watch is not None)
    params = {step: values for step, values in last.params.items() if step not in phases}
    fresh = replace(last, params=params, options=RunOptions(), steps=(*before, *phases))
    batch = options.apply(fresh, params_of(phases, given))
    selection = options.selection(batch)
    if folder.names is not None and not options.items:
        selection = replace(selection, items=folder.names)
    if given.get("accept_doubtful"):
        _accept_doubtful(batch, selection.takes_item)
    if watch is not None:
        return watch_and_show(Batch(batch.definition), options, watch, selection=selection)
    return _run_and_tell(folder, batch, selection, options)


def _run_and_tell(folder: ScanFolder, batch: "Batch", selection: "Selection", options: RunningOptions) -> int:
    """Run a batch, and say what a run of scans leaves open."""
    from batchwork.cli.running import run_and_show
    from batchwork.tomo.cli import notices

    with notices.name_twins(folder):
        code = run_and_show(batch, selection, options)
    if options.dry_run or code == INTERRUPTED:
        return code
    phases = [step for step in _STEPS if selection.takes_step(step)]
    items = [item for item in _items_of(batch) if selection.takes_item(item["key"])]
    if "infer" not in phases and "try" in phases:
        notices.tell_middles(items, batch.definition.out)
    waiting = notices.tell_waiting(items, phases)
    return FAILED if waiting and code == DONE else code


def _items_of(batch: "Batch") -> list[Any]:  # Any: JSON data
    """Describe the scans of a batch; there are none before its first run."""
    from batchwork.service.status import status
    from batchwork.tomo.cli.batches import NAME

    try:
        items: Any = status(batch.definition.out, NAME)["items"]
    except NotABatchError:
        return []
    return list(items)


def _accept_doubtful(batch: "Batch", takes: Callable[[str], bool]) -> None:
    """Let the doubtful centres count that earlier runs have proposed."""
    for item in _items_of(batch):
        if "needs review" in item.get("flags", ()) and takes(item["key"]):
            batch.edit({"kind": "accept", "item": item["key"]})
