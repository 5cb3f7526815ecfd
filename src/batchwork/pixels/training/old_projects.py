"""Images and labels of a project that is there already."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from batchwork.io.naming import natural_key
from batchwork.pixels.errors import MissingFeatures, MissingImage, MissingLabels, MovedRawData
from batchwork.pixels.images.containers import split_inner
from batchwork.pixels.images.lazy import AxesSource
from batchwork.pixels.images.opening import OpenedImage, open_image
from batchwork.pixels.images.stacks import ALONG, open_stack
from batchwork.pixels.kernels.selection import FeatureSelection
from batchwork.pixels.projects.model import DatasetInfo, Project
from batchwork.pixels.training.lanes import Lane
from batchwork.pixels.training.training import StagePlan

RAW = "Raw Data"


@dataclass(frozen=True, slots=True, eq=False)
class OldProject:
    """A project made ready for training, to be read until it is closed."""

    lanes: tuple[Lane, ...]
    """The images that have labels; without them."""
    plans: tuple[StagePlan, ...]
    """Features and labels of each stage."""
    inputs: tuple[DatasetInfo, ...]
    """All inputs, each with the place at which it was found."""


@contextmanager
def open_old(
    project: Project, raw: Sequence[str] = (), selection: FeatureSelection | None = None
) -> Iterator[OldProject]:
    """Open what a project was made with; images without labels are left alone.

    Parameters
    ----------
    project : Project
        The project. A file that is not where it was is looked for under its name beside the project.
    raw : sequence of str, optional
        Where the images are now, in the order of the project.
    selection : FeatureSelection, optional
        Features in place of the project's own.

    Raises
    ------
    MissingFeatures, MissingLabels
        If a stage has none.
    MovedRawData
        If an image is missing, or is another than it was.
    """
    infos = [info for info in project.inputs if info.role == RAW]
    if not infos:
        raise MissingLabels.at(project.path, "holds no image, and so no labels; give images with --raw and --labels")
    if raw and len(raw) != len(infos):
        raise MovedRawData.at(project.path, f"has {len(infos)} images, but {len(raw)} were given by --raw")
    plans = _plans(project, len(infos), selection)
    used = [lane for lane in range(len(infos)) if any(plan.blocks[lane] for plan in plans)]
    with ExitStack() as stack:
        lanes, places = [], {}
        for lane in used:
            image, places[infos[lane].lane] = _open(project, infos[lane], raw[lane] if raw else None, stack)
            lanes.append(Lane(image.name, image.source, infos[lane].axes, ()))
        inputs = tuple(_moved(info, places, project) for info in project.inputs)
        chosen = tuple(replace(plan, blocks=tuple(plan.blocks[lane] for lane in used)) for plan in plans)
        yield OldProject(tuple(lanes), chosen, inputs)


def _moved(info: DatasetInfo, places: Mapping[int, str], project: Project) -> DatasetInfo:
    """Give an input with its absolute path, where it was found or, if it was not opened, as stored."""
    if info.inner_path is not None:
        return info
    folder = project.path.absolute().parent
    stored = os.pathsep.join(str(folder / part) for part in info.file_path.split(os.pathsep))
    return replace(info, file_path=places.get(info.lane, stored) if info.role == RAW else stored)


def _open(project: Project, info: DatasetInfo, now: str | None, stack: ExitStack) -> tuple[OpenedImage, str]:
    places = [f"{project.path}/{info.inner_path}"] if info.inner_path else [now] if now else _places(project, info)
    for place in places:
        try:
            image = _opened(place, info, stack)
        except MissingImage:
            continue
        _check(project, info, image)
        return image, os.pathsep.join(str(Path(part).absolute()) for part in place.split(os.pathsep))
    raise MovedRawData.at(
        project.path,
        f"the image {info.file_path or info.nickname} is neither there nor beside the project; put it back, "
        "or say where it is now with --raw",
    )


def _places(project: Project, info: DatasetInfo) -> list[str]:
    """Give where an image may be: where it was, and beside the project."""
    folder = project.path.absolute().parent
    parts = info.file_path.split(os.pathsep)
    was = [str(folder / part) for part in parts]
    beside = []
    for part in parts:
        file, inner = split_inner(part)
        beside.append(str(folder / file.name / inner) if inner else str(folder / file.name))
    return [os.pathsep.join(was), os.pathsep.join(beside)]


def _opened(place: str, info: DatasetInfo, stack: ExitStack) -> OpenedImage:
    files = place.split(os.pathsep)
    if len(files) == 1 and "*" in files[0]:
        pattern = Path(files[0])
        files = sorted((str(path) for path in pattern.parent.glob(pattern.name)), key=natural_key) or [place]
    if len(files) > 1:
        along = info.axes[0] if info.axes[:1] in ALONG else "z"
        return stack.enter_context(open_stack(files, along=along))
    image = stack.enter_context(open_image(files[0]))
    return replace(image, source=AxesSource(image.source.array, _axes(info, image)))


def _axes(info: DatasetInfo, image: OpenedImage) -> str:
    """Give the axes that the project has set, which count more than what the file says."""
    rank = len(image.source.array.shape)
    fitting = (axes for axes in (info.axes, info.axes.replace("c", "")) if axes and len(axes) == rank)
    return next(fitting, image.axes)


def _check(project: Project, info: DatasetInfo, image: OpenedImage) -> None:
    sizes = dict(zip(info.axes, info.shape, strict=False))
    wanted = tuple(sizes.get(axis, 1) for axis in "tzyxc")
    if info.shape and wanted != image.source.shape:
        raise MovedRawData.at(
            project.path,
            f"{image.name} is not the image the project was made with: its size along t, z, y, x, c is "
            f"{image.source.shape}, it was {wanted}; say where the right one is with --raw",
        )


def _plans(project: Project, lanes: int, selection: FeatureSelection | None) -> list[StagePlan]:
    plans = []
    for number, stage in enumerate(project.stages, 1):
        which = f" in stage {number}" if len(project.stages) > 1 else ""
        chosen = selection or stage.selection
        if chosen is None or not chosen.used_scales():
            raise MissingFeatures.at(project.path, f"no features are selected{which}; choose some with --features")
        if not any(stage.labels):
            raise MissingLabels.at(project.path, f"no labels are drawn{which}; draw some in ilastik and save")
        blocks = (*stage.labels, *((),) * (lanes - len(stage.labels)))[:lanes]
        plans.append(StagePlan(chosen, blocks, len(stage.label_names)))
    return plans
