"""Commands around scans: look at them, simulate some."""

from pathlib import Path
from typing import Any

import click

from batchwork.cli.common import seed_option
from batchwork.cli.writing import writing_to
from batchwork.engine.exits import DONE, FAILED
from batchwork.tomo.cli.group import paths_argument
from batchwork.tomo.cli.options import options_named
from batchwork.tomo.folders import ScanFolder, is_folder


@click.command()
@paths_argument
@options_named("flats", "darks", "theta")
def check(paths: tuple[Path, ...], **beside: Path | None) -> int:
    """Say of each scan whether it is complete and sound; exit code 1 if one is not."""
    from batchwork.tomo.checking import check_scans

    scans = [scan for path in paths for scan in (ScanFolder.of((path,)).scans() if is_folder(path) else [path])]
    unsound = 0
    for checked in check_scans((path.absolute() for path in scans), beside=beside):
        unsound += not checked.is_sound
        click.echo(f"{checked.path.name}: {'sound' if checked.is_sound else 'not sound'}")
        for finding in checked.findings:
            text = finding.message.removeprefix(f"{checked.path}: ")
            click.echo(f"    {finding.severity}: {finding.defect}: {text}")
    click.echo(f"{len(scans)} checked, {unsound} not sound")
    return FAILED if unsound else DONE


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--count", type=click.IntRange(1), required=True, metavar="N", help="How many scans.")
@click.option("--columns", type=click.IntRange(16), default=512, show_default=True, help="Width of the detector.")
@click.option("--angles", type=click.IntRange(2), default=360, show_default=True, help="Projections over 180°.")
@click.option("--rows", type=click.IntRange(1), default=8, show_default=True, help="Height of the detector.")
@seed_option("files")
@click.option("--name", default="scan", show_default=True, help="How their names begin.")
def simulate(folder: Path, **size: Any) -> int:  # Any: the types are click's
    """Write scans with known truth, which is in truth.json."""
    from batchwork.tomo.formats.simulate import Simulation, simulate_scans

    with writing_to(folder):
        truth = simulate_scans(folder, Simulation(**size))
    for name, cor in truth.items():
        click.echo(f"{name}: centre of rotation {cor:.3f}")
    click.echo(f"Scans saved to {folder}")
    return DONE
