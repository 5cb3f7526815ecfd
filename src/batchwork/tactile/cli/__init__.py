"""The commands of tactile sweeps."""

import click

from batchwork.tactile.cli.exporting import card, export
from batchwork.tactile.cli.reporting import report
from batchwork.tactile.cli.running import batch
from batchwork.tactile.cli.showing import doctor

__all__ = ["tactile"]


@click.group()
def tactile() -> None:
    """Touch: from a configuration of stimuli to the spikes of afferents."""


for _command in (batch, report, export, card, doctor):
    tactile.add_command(_command)
