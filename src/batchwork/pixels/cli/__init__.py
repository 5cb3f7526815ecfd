"""The commands of pixel classification."""

import click

from batchwork.pixels.cli.info import info
from batchwork.pixels.cli.judging import evaluate, suggest
from batchwork.pixels.cli.objects import objects
from batchwork.pixels.cli.predicting import predict
from batchwork.pixels.cli.report import report
from batchwork.pixels.cli.training import train

__all__ = ["pixels"]

_COMMANDS: tuple[click.Command, ...] = (predict, info, train, suggest, evaluate, objects, report)


@click.group()
def pixels() -> None:
    """Pixel classification: from ilastik projects to probabilities and segmentations."""


for _command in _COMMANDS:
    pixels.add_command(_command)
