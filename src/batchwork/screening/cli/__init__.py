"""The commands of screening."""

import click

from batchwork.screening.cli.quality import quality, review
from batchwork.screening.cli.results import export, scores
from batchwork.screening.cli.running import run
from batchwork.screening.cli.simulating import simulate

__all__ = ["screening"]


@click.group()
def screening() -> None:
    """Screening: from the images of a plate to the scores of its wells."""


for _command in (run, simulate, scores, quality, review, export):
    screening.add_command(_command)
