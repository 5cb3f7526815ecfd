"""The brush strokes of a project as an image."""

from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.axes import to_canonical
from batchwork.pixels.errors import UnknownImage
from batchwork.pixels.exporting.options import ResultType
from batchwork.pixels.exporting.results import Result, stage_of
from batchwork.pixels.images import OpenedImage
from batchwork.pixels.kernels.surroundings import Box, slices_of
from batchwork.pixels.projects import DatasetInfo, Project

if TYPE_CHECKING:
    from batchwork.pixels.sources import Shape


def labels_of(project: Project, asked: ResultType, image: OpenedImage) -> Result:
    """Give the labels that were drawn on an image, 0 where there are none.

    The image is found among the inputs of the project by the name of its file.

    Raises
    ------
    UnknownImage
        If it is none of them, or has another size.
    """
    info = _input_of(project, image)
    shape: Shape = (*image.source.shape[:4], 1)
    drawn = np.zeros(shape, np.uint8)
    stage = project.stages[stage_of(asked, len(project.stages))]
    for block in stage.labels[info.lane] if info.lane < len(stage.labels) else ():
        values = to_canonical(block.values, info.axes)
        starts = dict(zip(info.axes, block.start, strict=True))
        place = tuple(
            slice(starts.get(axis, 0), starts.get(axis, 0) + size)
            for axis, size in zip("tzyx", values.shape[:4], strict=True)
        )
        drawn[place] = values[..., :1]

    def compute(time: int, box: Box) -> NDArray[np.generic]:
        return np.asarray(drawn[time][slices_of(box)])

    return Result(compute, shape, drawn.dtype, is_labels=True)


def _input_of(project: Project, image: OpenedImage) -> DatasetInfo:
    name = PurePath(image.name).name
    raw = [info for info in project.inputs if info.role == "Raw Data"]
    for info in raw:
        if name in {PurePath(info.file_path).name, info.nickname}:
            sizes = dict(zip(info.axes, info.shape, strict=False))
            here = image.source.shape[:4]
            if info.shape and here != tuple(sizes.get(axis, 1) for axis in "tzyx"):
                raise UnknownImage(f"{image.name}: has the size {here}, in the project it had {info.shape}")
            return info
    have = ", ".join(info.nickname for info in raw) or "none"
    raise UnknownImage(f"{image.name}: the project holds no labels for it; it has labels for {have}")
