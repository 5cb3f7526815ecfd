"""The demonstration of tomography."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from batchwork.tomo.folders import ScanFolder

if TYPE_CHECKING:
    from batchwork.engine.batch import Batch

_WIDTH = 24.0
"""Columns to either side of the middle that are tried; the axes of the demonstration lie within it."""


def demo(folder: Path) -> "Batch":
    """Simulate scans, from which volumes are made, and a page about each; what is there already stays.

    Parameters
    ----------
    folder : Path
        The scans go to ``scans`` in it, the results to ``scans_rec``.
    """
    from batchwork.engine.batch import Batch
    from batchwork.tomo.cli.batches import definition_of
    from batchwork.tomo.demo import make_scans

    make_scans(folder / "scans")
    last = definition_of(ScanFolder.of((folder / "scans",)))
    return Batch(replace(last, params={"try": {"width": _WIDTH}}))
