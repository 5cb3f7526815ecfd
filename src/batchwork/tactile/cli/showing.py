"""Commands on sweeps that are there: other forms of their results, and what an old configuration meant."""

from pathlib import Path

import click


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--format", "form", type=click.Choice(["pytorch", "hdf5", "csv"]), default="pytorch", show_default=True)
@click.option("--large", is_flag=True, help="Also if the file will be very large.")
def export(folder: Path, form: str, large: bool) -> int:
    """Write the results of a sweep in another form, beside those that are there."""
    from batchwork.tactile.recorder import Recorder
    from batchwork.tactile.results.hdf5 import write_hdf5
    from batchwork.tactile.results.pytorch import write_pytorch
    from batchwork.tactile.results.results import check_dense
    from batchwork.tactile.results.table import write_csv

    name, write = {
        "pytorch": ("results.pt", write_pytorch),
        "hdf5": ("results.h5", write_hdf5),
        "csv": ("stimuli.csv", write_csv),
    }[form]
    results = Recorder(folder).results()
    if form != "csv" and not large:
        check_dense(results, folder / name)
    write(results, folder / name)
    click.echo(f"✓ Results saved to {folder / name}")
    return 0


@click.command()
@click.argument("config", metavar="CONFIG.yml", type=click.Path(path_type=Path))
def doctor(config: Path) -> int:
    """Say what an old configuration meant, and what the old program silently ignored."""
    from batchwork.io.yaml_layers import read_layers
    from batchwork.tactile.doctor import diagnose

    findings = diagnose(read_layers(config))
    for finding in findings:
        click.echo(str(finding))
    click.echo(f"{len(findings)} {'finding' if len(findings) == 1 else 'findings'}")
    return 1 if findings else 0
