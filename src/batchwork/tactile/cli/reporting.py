"""``tactile report``: what the parameters of a sweep do to the spikes."""

from pathlib import Path

import click

from batchwork.cli.common import existing_dir_argument


@click.command()
@existing_dir_argument
@click.option("--x", metavar="NAME", help="Parameter across the heat maps; the first that varies by default.")
@click.option("--y", metavar="NAME", help="Parameter up the heat maps; the second that varies by default.")
@click.option("--samples", multiple=True, metavar="KEY", help="Show this sample's raster and response; repeatable.")
@click.option("--out", "file", metavar="FILE", type=click.Path(path_type=Path),
              help="Where to write it; DIR/sweep.html by default.")  # fmt: skip
def report(folder: Path, x: str | None, y: str | None, samples: tuple[str, ...], file: Path | None) -> int:
    """Write a page of heat maps, violin plots, rate curves and rasters, and a table of statistics beside it."""
    from batchwork.tactile.reporting import Choice, write_report

    written = write_report(folder, Choice(x, y, samples), file)
    for told in written.told:
        click.echo(told, err=True)
    click.echo(f"✓ Report saved to {written.page}")
    click.echo(f"✓ Statistics saved to {written.table}")
    return 0
