"""Finding the results of a folder."""

from pathlib import Path

from batchwork.errors import NotABatchError
from batchwork.tactile.configuration import Configuration, parse_configuration
from batchwork.tactile.results.checkpoint import NAME, Checkpoint
from batchwork.tactile.results.layout import Layout
from batchwork.tactile.results.results import Results
from batchwork.tactile.results.store import FOLDER, Store


def layout_of(configuration: Configuration) -> Layout:
    """Give the shape of a configuration's samples."""
    return Layout(configuration.fingerprint, configuration.pipeline.clock.steps, configuration.neurons.counts)


def open_results(folder: Path) -> Results:
    """Open the results of a folder: the samples of its configuration that are done.

    Raises
    ------
    NotABatchError
        If the folder holds no checkpoint.
    FileFormatError
        If the checkpoint cannot be read.
    """
    path = folder / NAME
    if not path.is_file():
        raise NotABatchError(f"{folder}: holds no sweep; there is no {NAME}")
    config = Checkpoint.read(path).config
    configuration = parse_configuration(config)
    store = Store.open(folder / FOLDER, layout_of(configuration))
    return Results([sample for sample in configuration.sweep() if sample.key in store], store, {"config": config})
