"""The commands of tomography."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import click

from batchwork.cli.options import RunningOptions, running_options
from batchwork.engine.exits import DONE, FAILED
from batchwork.errors import ConfigError, NotABatchError
from batchwork.tomo.folders import ScanFolder
from batchwork.tomo.workflow import FilterName, Units, VolumeFormat, flow

if TYPE_CHECKING:
    from batchwork.engine.events import Listener

F = TypeVar("F", bound=Callable[..., Any])  # Any: click decorates functions of every shape

_PHASES = ("full",)
_NAME = "tomo"


@click.group()
def tomo() -> None:
    """Tomography: from a folder of scans to volumes.

    Results go to FOLDER_rec, beside the folder of the scans; that one is never written to.
    """


paths_argument = click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
folder_argument = click.argument(
    "folder", metavar="FOLDER", type=click.Path(exists=True, file_okay=False, path_type=Path)
)

_FULL_OPTIONS = {
    "fallback_cor": click.option(
        "--cor",
        "fallback_cor",
        type=float,
        metavar="C",
        help="Centre of rotation of scans that have none of their own.",
    ),
    "filter": click.option(
        "--filter",
        type=click.Choice(get_args(FilterName)),
        help="Window on the ramp; parzen by default.",
    ),
    "rows": click.option("--rows", metavar="A:B", help="Part of the detector's rows, unbinned."),
    "columns": click.option("--columns", metavar="A:B", help="Part of its columns, unbinned; COR stays as it is."),
    "binning": click.option("--binning", type=click.IntRange(0, 3), help="Average blocks of 2^N pixels squared."),
    "units": click.option("--units", type=click.Choice(get_args(Units)), help="Of the values; 1/pixel by default."),
    "format": click.option(
        "--format",
        type=click.Choice(get_args(VolumeFormat)),
        help="A TIFF for each slice, the default, or one HDF5 file.",
    ),
    "accept_short": click.option(
        "--accept-short", is_flag=True, default=None, help="Take scans that were broken off, with the angles present."
    ),
}


def full_options(function: F) -> F:
    """Add the options of `full`; the function gets them by the names of its parameters."""
    for option in reversed(_FULL_OPTIONS.values()):
        function = option(function)
    return function


@tomo.command()
@paths_argument
@full_options
@running_options
def full(paths: tuple[Path, ...], options: RunningOptions, **given: object) -> int:
    """Reconstruct volumes of scans: files, or all in one folder."""
    return _run(ScanFolder.of(paths), ("full",), given, options)


@tomo.command()
@folder_argument
@click.option("--phases", metavar="A,B", default=",".join(_PHASES), show_default=True, help="What to do, with commas.")
@full_options
@running_options
def run(folder: Path, phases: str, options: RunningOptions, **given: object) -> int:
    """Do several phases on the scans of a folder."""
    chosen = tuple(phase.strip() for phase in phases.split(","))
    unknown = [phase for phase in chosen if phase not in _PHASES]
    if unknown:
        raise click.UsageError(f"--phases: there is no phase '{unknown[0]}'; there are {', '.join(_PHASES)}")
    return _run(ScanFolder.of((folder,)), chosen, given, options)


def _run(folder: ScanFolder, phases: tuple[str, ...], given: Mapping[str, object], options: RunningOptions) -> int:
    from batchwork.cli.running import run_and_show
    from batchwork.engine.definition import Definition
    from batchwork.engine.items import files

    folder.scans()
    params = {"full": {name: value for name, value in given.items() if value is not None}}
    batch = options.apply(Definition(flow, files(*folder.patterns), folder.results, params))
    selection = options.selection(batch)
    if options.steps is None:
        selection = replace(selection, steps=frozenset(phases))
    if folder.names is not None and not options.items:
        selection = replace(selection, items=folder.names)
    return run_and_show(batch, selection, options)


@tomo.command()
@paths_argument
def check(paths: tuple[Path, ...]) -> int:
    """Say of each scan whether it is complete and sound; exit code 1 if one is not."""
    from batchwork.tomo.checking import check_scans

    scans = [scan for path in paths for scan in (ScanFolder.of((path,)).scans() if path.is_dir() else [path])]
    unsound = 0
    for checked in check_scans(path.absolute() for path in scans):
        unsound += not checked.is_sound
        click.echo(f"{checked.path.name}: {'sound' if checked.is_sound else 'not sound'}")
        for finding in checked.findings:
            text = finding.message.removeprefix(f"{checked.path}: ")
            click.echo(f"    {finding.severity}: {finding.defect}: {text}")
    click.echo(f"{len(scans)} checked, {unsound} not sound")
    return FAILED if unsound else DONE


@tomo.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--count", type=click.IntRange(1), required=True, metavar="N", help="How many scans.")
@click.option("--columns", type=click.IntRange(16), default=512, show_default=True, help="Width of the detector.")
@click.option("--angles", type=click.IntRange(2), default=360, show_default=True, help="Projections over 180°.")
@click.option("--rows", type=click.IntRange(1), default=8, show_default=True, help="Height of the detector.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The same gives the same files.")
@click.option("--name", default="scan", show_default=True, help="How their names begin.")
def simulate(folder: Path, **size: Any) -> int:  # Any: the types are click's
    """Write scans with known truth, which is in truth.json."""
    from batchwork.tomo.formats.simulate import Simulation, simulate_scans

    try:
        truth = simulate_scans(folder, Simulation(**size))
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be written: {error.strerror}") from None
    for name, cor in truth.items():
        click.echo(f"{name}: centre of rotation {cor:.3f}")
    click.echo(f"Scans saved to {folder}")
    return DONE


@tomo.command("set")
@folder_argument
@click.argument("words", metavar="SCAN=COR", nargs=-1)
@click.option("--accept", is_flag=True, help="Let the proposed centres of the named scans count.")
@click.option("--undo", is_flag=True, help="Take the last edits of the named scans back.")
@click.option(
    "--from",
    "centre_list",
    metavar="rot_cen.json",
    type=click.Path(path_type=Path),
    help="Import a list of centres.",
)
def set_centres(folder: Path, words: tuple[str, ...], accept: bool, undo: bool, centre_list: Path | None) -> int:
    """Enter centres of rotation (SCAN= clears); the batch need not have run yet."""
    if accept + undo + (centre_list is not None) > 1:
        raise click.UsageError("--accept, --undo and --from exclude each other")
    if (centre_list is None) != bool(words):
        raise click.UsageError("give SCAN=COR words, or --from rot_cen.json, or SCAN with --accept or --undo")
    scans = ScanFolder.of((folder,))
    if accept or undo:
        return _each(scans, words, "accept" if accept else "undo_set")
    if centre_list is not None:
        return _import(scans, centre_list)
    from batchwork.tomo.centres import parse_assignments

    return _enter(scans, parse_assignments(words), "hand")


def _each(scans: ScanFolder, names: tuple[str, ...], kind: str) -> int:
    """Accept what is proposed for some scans, or take their last edits back."""
    from batchwork.engine.batch import edit_batch

    for name in names:
        edit_batch(scans.results, _NAME, {"kind": kind, "item": name})
        click.echo(f"{name}: {'accepted' if kind == 'accept' else 'the last edit is taken back'}")
    return DONE


def _import(scans: ScanFolder, path: Path) -> int:
    from batchwork.tomo.centres import read_centre_list

    listed, there = read_centre_list(path), {scan.name for scan in scans.scans()}
    for name in sorted(listed.keys() - there):
        click.echo(f"{path}: there is no scan '{name}' in {scans.path}: left out", err=True)
    found = {name: centre for name, centre in listed.items() if name in there}
    if not found:
        raise ConfigError(f"{path}: has a centre for none of the scans in {scans.path}")
    return _enter(scans, found, "file")


def _enter(scans: ScanFolder, centres: Mapping[str, float | None], by: str) -> int:
    from batchwork.engine.batch import edit_batch
    from batchwork.engine.running import prepare_batch

    scans.scans()
    prepare_batch(_definition(scans))
    edit = {"kind": "set", "by": by, "items": {name: {"cor": centre} for name, centre in centres.items()}}
    edit_batch(scans.results, _NAME, edit)
    for name, centre in centres.items():
        click.echo(f"{name}: {'cleared' if centre is None else f'centre of rotation {centre:g}'}")
    return DONE


def _definition(scans: ScanFolder) -> Any:  # Any: a Definition, whose module loads only here
    """Give the batch of a folder as it was run last, or a new one."""
    from batchwork.engine.definition import Definition, load_definition
    from batchwork.engine.items import files
    from batchwork.engine.ledger.ledger import home_of

    source = files(*scans.patterns)
    try:
        return replace(load_definition(home_of(scans.results, _NAME)), source=source)
    except NotABatchError:
        return Definition(flow, source, scans.results)


@tomo.command()
@folder_argument
@click.option("--json", "as_json", is_flag=True, help="JSON on standard output, as of `batchwork status`.")
def cors(folder: Path, as_json: bool) -> int:
    """Show the table of centres, with where each came from."""
    import json

    from batchwork.cli.display import table
    from batchwork.service.status import status
    from batchwork.tomo.centres import HEADER, centre_rows

    found = status(ScanFolder.of((folder,)).results, _NAME)
    if as_json:
        click.echo(json.dumps(found))
        return DONE
    for line in table(centre_rows(found), HEADER):
        click.echo(line)
    return DONE


@tomo.command("fix-cors")
@folder_argument
@click.option("--max-delta", type=float, default=50.0, show_default=True, help="Upper limit of the threshold, pixels.")
@click.option("--items", metavar="GLOB", help="Repair only these; the others still give.")
@click.option("--apply", is_flag=True, help="Do it; `batchwork repair FOLDER_rec cor --undo` takes it back.")
def fix_cors(folder: Path, max_delta: float, items: str | None, apply: bool) -> int:
    """Repair outliers among the centres of each series, and fill those that miss; shows first."""
    from batchwork.cli.editing import repair_and_show

    results = ScanFolder.of((folder,)).results
    return repair_and_show(results, "cor", max_delta, items, apply=apply, undo=False, workflow=_NAME)


def demo(folder: Path, listener: "Listener") -> Path:
    """Make scans, enter their true centres, and reconstruct them; what is there already stays.

    Parameters
    ----------
    folder : Path
        The scans go to ``scans`` in it, the results to ``scans_rec``.
    listener : callable
        Gets the events of the run.

    Returns
    -------
    Path
        The folder of the results.
    """
    from batchwork.engine.plans import Selection
    from batchwork.engine.running import prepare_batch, run_batch
    from batchwork.service.status import status
    from batchwork.tomo.demo import make_scans

    centres = make_scans(folder / "scans")
    scans = ScanFolder.of((folder / "scans",))
    definition = _definition(scans)
    prepare_batch(definition)
    items: Any = status(scans.results, _NAME)["items"]  # Any: JSON data
    known = {item["key"] for item in items if "cor" in item["values"]}
    missing = {name: centre for name, centre in centres.items() if name not in known}
    if missing:
        _enter(scans, missing, "file")
    run_batch(definition, Selection(), listener)
    return scans.results
