"""Commands around centres of rotation: enter, import, show, repair."""

from pathlib import Path

import click

from batchwork.cli.editing import method_option, repair_and_show
from batchwork.engine.exits import DONE
from batchwork.engine.repair import Method
from batchwork.errors import ConfigError
from batchwork.tomo.cli.group import folder_argument
from batchwork.tomo.folders import ScanFolder


@click.command("set")
@folder_argument
@click.argument("words", metavar="SCAN=COR", nargs=-1)
@click.option("--accept", is_flag=True, help="Let the proposed centres of the named scans count.")
@click.option("--undo", is_flag=True, help="Take the last edits of the named scans back.")
@click.option(
    "--from",
    "centre_list",
    metavar="rot_cen.json",
    type=click.Path(path_type=Path),
    help="Import a list of centres: rot_cen.json or batch_cor_values.csv.",
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
    from batchwork.tomo.cli.batches import NAME

    for name in names:
        edit_batch(scans.results, NAME, {"kind": kind, "item": name})
        click.echo(f"{name}: {'accepted' if kind == 'accept' else 'the last edit is taken back'}")
    return DONE


def _import(scans: ScanFolder, path: Path) -> int:
    from batchwork.tomo.centres import read_centre_list

    listed, there = read_centre_list(path), {scan.name for scan in scans.scans()}
    for name in sorted(listed.keys() - there):
        click.echo(f"{path}: there is no scan '{name}' in {scans.path}: left out", err=True)
    found: dict[str, float | None] = {name: centre for name, centre in listed.items() if name in there}
    if not found:
        raise ConfigError(f"{path}: has a centre for none of the scans in {scans.path}")
    return _enter(scans, found, "file")


def _enter(scans: ScanFolder, centres: dict[str, float | None], by: str) -> int:
    from batchwork.tomo.cli.batches import enter_centres

    enter_centres(scans, centres, by)
    for name, centre in centres.items():
        click.echo(f"{name}: {'cleared' if centre is None else f'centre of rotation {centre:g}'}")
    return DONE


@click.command()
@folder_argument
@click.option("--json", "as_json", is_flag=True, help="JSON on standard output, as of `batchwork status`.")
def cors(folder: Path, as_json: bool) -> int:
    """Show the table of centres, with where each came from."""
    import json

    from batchwork.cli.display import table
    from batchwork.service.status import status
    from batchwork.tomo.centres import HEADER, centre_rows
    from batchwork.tomo.cli.batches import NAME

    found = status(ScanFolder.of((folder,)).results, NAME)
    if as_json:
        click.echo(json.dumps(found))
        return DONE
    for line in table(centre_rows(found), HEADER):
        click.echo(line)
    return DONE


@click.command("fix-cors")
@folder_argument
@click.option("--max-delta", type=float, default=50.0, show_default=True, help="Upper limit of the threshold, pixels.")
@click.option("--items", metavar="GLOB", help="Repair only these; the others still give.")
@method_option
@click.option("--apply", is_flag=True, help="Do it; `batchwork repair FOLDER_rec cor --undo` takes it back.")
def fix_cors(folder: Path, max_delta: float, items: str | None, method: Method, apply: bool) -> int:
    """Repair outliers among the centres of each series, and fill those that miss; shows first."""
    from batchwork.tomo.cli.batches import NAME

    results = ScanFolder.of((folder,)).results
    return repair_and_show(results, "cor", max_delta, items, method, apply=apply, undo=False, workflow=NAME)
