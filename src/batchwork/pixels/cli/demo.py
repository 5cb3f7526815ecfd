"""The demonstration of pixel classification."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchwork.engine.batch import Batch

_ROUND_CELLS = 2


def demo(folder: Path) -> "Batch":
    """Draw images and train on strokes in some, so that all can be classified; what is there already stays.

    Parameters
    ----------
    folder : Path
        The images go to ``images`` in it, the project to ``cells.ilp``, the results to ``results``.
    """
    from batchwork.engine.batch import Batch
    from batchwork.engine.definition import Definition
    from batchwork.engine.items import files
    from batchwork.pixels.demo import make_images
    from batchwork.pixels.workflow import flow

    make_images(folder / "images")
    _train(folder)
    params: dict[str, dict[str, object]] = {
        "predict": {"project": str(folder / "cells.ilp")},
        "objects": {"class_number": _ROUND_CELLS, "min_size": 40},
    }
    return Batch(Definition(flow, files(folder / "images" / "*.png"), folder / "results", params))


def _train(folder: Path) -> None:
    """Write the project, if it is not there yet."""
    from batchwork.pixels.cli.training import train_on_files
    from batchwork.pixels.demo import LABEL_NAMES, LABELLED
    from batchwork.pixels.projects.writing import write_project
    from batchwork.pixels.training import Growth

    project = folder / "cells.ilp"
    if project.exists():
        return
    raw = tuple(str(folder / "images" / f"{name}.png") for name in LABELLED)
    labels = tuple(str(folder / "images" / "strokes" / f"{name}.png") for name in LABELLED)
    trained, _ = train_on_files(project, raw, labels, "default", None, LABEL_NAMES, Growth())
    write_project(project, trained)
