"""The demonstration of tomography."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from batchwork.tomo.folders import ScanFolder

if TYPE_CHECKING:
    from batchwork.engine.events import Listener

_WIDTH = 24.0
"""Columns to either side of the middle that are tried; the axes of the demonstration lie within it."""


def demo(folder: Path, listener: "Listener") -> Path:
    """Make scans, find their centres, reconstruct them, and make a page about each; what is there already stays.

    Parameters
    ----------
    folder : Path
        The scans go to ``scans`` in it, the results to ``scans_rec``.
    listener : callable
        Gets the events of the run.

    Returns
    -------
    Path
        The folder of the results.
    """
    from batchwork.engine.batch import Batch
    from batchwork.engine.running import run_batch
    from batchwork.tomo.cli.batches import definition_of
    from batchwork.tomo.demo import make_scans

    make_scans(folder / "scans")
    last = definition_of(ScanFolder.of((folder / "scans",)))
    batch = Batch(replace(last, params={"try": {"width": _WIDTH}}))
    run_batch(batch.definition, batch.select(), listener)
    return batch.definition.out
