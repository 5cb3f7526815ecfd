"""``tactile export`` and ``tactile card``: the results of a sweep for others, while no run changes them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from batchwork.cli.common import existing_dir_argument


@click.command()
@existing_dir_argument
@click.option(
    "--format",
    "form",
    type=click.Choice(["pytorch", "hdf5", "csv", "parquet"]),
    default="pytorch",
    show_default=True,
    help="Of what is written.",
)
@click.option("--large", is_flag=True, help="Also if the file will be very large.")
def export(folder: Path, form: str, large: bool) -> int:
    """Write the results of a sweep in another form, beside those that are there.

    pytorch and hdf5 have all spikes, csv and parquet a row for each sample. Samples that are missing are made.
    """
    from batchwork.tactile.recorder import complete_results
    from batchwork.tactile.results.hdf5 import write_hdf5
    from batchwork.tactile.results.parquet import write_parquet
    from batchwork.tactile.results.pytorch import write_pytorch
    from batchwork.tactile.results.results import check_dense
    from batchwork.tactile.results.table import write_csv

    name, write = {
        "pytorch": ("results.pt", write_pytorch),
        "hdf5": ("results.h5", write_hdf5),
        "csv": ("stimuli.csv", write_csv),
        "parquet": ("stimuli.parquet", write_parquet),
    }[form]
    with _undisturbed(folder):
        results = complete_results(folder)
        if form in ("pytorch", "hdf5") and not large:
            check_dense(results, folder / name)
        write(results, folder / name)
    click.echo(f"✓ Results saved to {folder / name}")
    return 0


@click.command()
@existing_dir_argument
@click.option("--licence", metavar="NAME", help="Of the data, such as CC-BY-4.0; else that of the card that is there.")
@click.option("--check", is_flag=True, help="Compare the files with the card that is there; write nothing.")
def card(folder: Path, licence: str | None, check: bool) -> int:
    """Write README.md: what the data set is, how it was made, and a checksum of every file."""
    if check:
        return _check(folder)
    from batchwork.tactile.card.card import write_card

    with _undisturbed(folder):
        path = write_card(folder, _programs(folder), licence)
    click.echo(f"✓ Card saved to {path}")
    return 0


def _check(folder: Path) -> int:
    from batchwork.tactile.card.checksums import compare

    comparison = compare(folder)
    for line in comparison.told():
        click.echo(line)
    return 0 if comparison.is_good else 1


@contextmanager
def _undisturbed(folder: Path) -> Iterator[None]:
    """Keep runs away; a folder without a ledger, such as a copy, has none."""
    from batchwork.engine.ledger.ledger import home_of
    from batchwork.engine.locking import undisturbed
    from batchwork.errors import NotABatchError
    from batchwork.tactile.workflow import flow

    try:
        home = home_of(folder.absolute(), flow.name)
    except NotABatchError:
        yield
        return
    with undisturbed(home):
        yield


def _programs(folder: Path) -> Mapping[str, str]:
    """Give programs and libraries that the runs have recorded, with all their versions."""
    from batchwork.engine.ledger.ledger import home_of, open_reader
    from batchwork.errors import NotABatchError
    from batchwork.service.reporting.runs import runs
    from batchwork.tactile.workflow import flow

    try:
        home = home_of(folder.absolute(), flow.name)
    except NotABatchError:
        return {}
    with open_reader(home) as ledger:
        found: dict[str, dict[str, None]] = {}
        for run in runs(ledger.db):
            for name, version in run.versions.items():
                found.setdefault(name, {})[version] = None
    return {name: ", ".join(versions) for name, versions in found.items()}
