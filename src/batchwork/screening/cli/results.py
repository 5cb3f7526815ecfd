"""``screening scores`` and ``screening export``: what came out of a plate."""

import json
from pathlib import Path

import click

from batchwork.cli.common import existing_dir_argument, json_option, workflow_option

_FORMS = ("csv", "xlsx", "parquet", "ome-zarr", "platebrowser")


@click.command()
@existing_dir_argument
@workflow_option
@json_option
def scores(folder: Path, workflow: str | None, as_json: bool) -> int:
    """Show the scores of the wells, how sure they are, and why a well has none."""
    from batchwork.cli.display import table
    from batchwork.screening.cli.outcome import well_scores

    rows = well_scores(folder, workflow)
    if as_json:
        click.echo(json.dumps({"wells": rows}))
        return 0
    shown = [
        [str(row["well"]), str(row["serum"]), _number(row["score"]), _number(row["low"]), _number(row["high"]),
         str(row["cells"]), str(row["sites"]), str(row["sites_failed"]), "; ".join(row["qc"])]
        for row in rows
    ]  # fmt: skip
    header = ["well", "serum", "score", "low", "high", "cells", "sites", "sites_failed", "qc"]
    click.echo("\n".join(table(shown, header)))
    return 0


def _number(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else ""


@click.command()
@existing_dir_argument
@click.option("--format", "form", type=click.Choice(_FORMS), default="csv", show_default=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="Where to write it; `export` in the folder of the workflow by default.")  # fmt: skip
@workflow_option
def export(folder: Path, form: str, out: Path | None, workflow: str | None) -> int:
    """Write what came out of a plate for other programs, and print the paths.

    csv, xlsx and parquet are tables of scores, wells, images and cells; ome-zarr is the plate's images with the labels
    of nuclei and cells; platebrowser is a file for each image, and one of tables, for Fiji's plate viewer.
    """
    from batchwork.screening.cli.image_exports import FORMS, export_images
    from batchwork.screening.cli.outcome import exports_of, outcome_of
    from batchwork.screening.tables.exporting import export_table

    found = outcome_of(folder, workflow)
    target = out if out is not None else folder / found.workflow / "export"
    if form in FORMS:
        for path in export_images(found, folder, target, form):
            click.echo(path)
        return 0
    for table in exports_of(found):
        click.echo(export_table(table, target, form))
    return 0
