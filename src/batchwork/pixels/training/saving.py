"""Trained classifiers as projects."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from batchwork.pixels.projects.model import DatasetInfo, ExportSettings, Project, Stage
from batchwork.pixels.projects.writing import VERSION
from batchwork.pixels.training.lanes import Lane
from batchwork.pixels.training.training import Trained

WORKFLOW = "Pixel Classification"
_EXPORT = ExportSettings("{dataset_dir}/{nickname}_{result_type}", "compressed hdf5", "exported_data")
_COLORS = (
    (255, 225, 25), (0, 130, 200), (230, 25, 75), (70, 240, 240), (60, 180, 75), (250, 190, 190), (170, 110, 40),
    (145, 30, 180), (0, 128, 128), (245, 130, 48), (240, 50, 230), (210, 245, 60), (255, 215, 180), (230, 190, 255),
    (128, 128, 0), (128, 0, 0), (170, 255, 195), (0, 0, 128), (128, 128, 128), (255, 255, 255),
)  # fmt: skip
"""Simple colours that are easily told apart (S. Trubetskoy, 2017), in the order of ilastik."""


def new_project(
    path: Path, raw: Sequence[str], lanes: Sequence[Lane], trained: Trained, names: Sequence[str] = ()
) -> Project:
    """Make a project of images, their labels, and what was trained on them.

    Parameters
    ----------
    path : Path
        Where it will be written.
    raw : sequence of str
        Where each image is.
    lanes : sequence of Lane
        The images and labels.
    trained : Trained
        The classifier.
    names : sequence of str, optional
        Names of the labels; others are called Label 1, Label 2, ….
    """
    count = max(trained.classifier.known_labels)
    called = tuple((*names, *(f"Label {i}" for i in range(len(names) + 1, count + 1)))[:count])
    colors = tuple(_COLORS[i % len(_COLORS)] for i in range(count))
    stage = Stage(
        selection=trained.selection,
        classifier=trained.classifier,
        refusal=None,
        label_names=called,
        label_colors=colors,
        probability_colors=colors,
        labels=tuple(lane.blocks for lane in lanes),
    )
    inputs = [
        _input(i, str(Path(place).absolute()), lane) for i, (place, lane) in enumerate(zip(raw, lanes, strict=True))
    ]
    return Project(path, WORKFLOW, VERSION, _relative(inputs, path), (stage,), _EXPORT)


def _input(number: int, place: str, lane: Lane) -> DatasetInfo:
    sizes = dict(zip("tzyxc", lane.source.shape, strict=True))
    shape = tuple(sizes[axis] for axis in lane.axes)
    return DatasetInfo(number, "Raw Data", Path(place).stem, "FileSystem", place, lane.axes, shape, None)


def _relative(inputs: Sequence[DatasetInfo], project: Path) -> tuple[DatasetInfo, ...]:
    """Store paths below the project's folder as relative, as ilastik does."""
    folder = project.absolute().parent

    def stored(part: str) -> str:
        path = Path(os.path.normpath(part))
        return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)

    return tuple(
        replace(info, file_path=os.pathsep.join(stored(part) for part in info.file_path.split(os.pathsep)))
        if info.inner_path is None
        else info
        for info in inputs
    )


def retrained_project(path: Path, old: Project, inputs: Sequence[DatasetInfo], trained: Sequence[Trained]) -> Project:
    """Give a project with new classifiers and all else as it was.

    Parameters
    ----------
    path : Path
        Where it will be written.
    old : Project
        What it comes from.
    inputs : sequence of DatasetInfo
        Its inputs with absolute paths.
    trained : sequence of Trained
        A classifier per stage.
    """
    stages = tuple(
        replace(stage, selection=one.selection, classifier=one.classifier, refusal=None)
        for stage, one in zip(old.stages, trained, strict=True)
    )
    version = old.version or VERSION
    return replace(old, version=version, inputs=_relative(inputs, path), stages=stages)
