"""The commands."""

from pathlib import Path

import click

from batchwork.cli.options import RunningOptions, running_options
from batchwork.cli.running import run_and_show


@click.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@running_options
def peaks(folder: Path, options: RunningOptions) -> int:
    """Find the peaks of the spectra in FOLDER."""
    import batchwork as bw
    from batchwork.engine.definition import Definition
    from batchwork_peaks.workflow import flow

    batch = options.apply(Definition(flow, bw.files(folder / "*.txt"), folder.with_name(f"{folder.name}_peaks")))
    return run_and_show(batch, options.selection(batch), options)
