"""One image from its files to the result on disk."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import BatchworkError
from batchwork.pixels.axes import result_axes
from batchwork.pixels.blocking import Region, blocks_of
from batchwork.pixels.drift import Drift, drift_of
from batchwork.pixels.errors import WrongMask
from batchwork.pixels.exporting.converting import Conversion
from batchwork.pixels.exporting.labels import labels_of
from batchwork.pixels.exporting.options import ExportOptions, ResultType
from batchwork.pixels.exporting.regions import Extent, parse_cut_out
from batchwork.pixels.exporting.results import Certainty, Result, derived, result_of
from batchwork.pixels.exporting.writing import Target
from batchwork.pixels.images import OpenedImage, open_image, open_stack
from batchwork.pixels.images.writing import WriteBlock
from batchwork.pixels.kernels.surroundings import Box
from batchwork.pixels.prediction import computed
from batchwork.pixels.projects import Project

Progress = Callable[[int, int], object]
"""Takes pixels that are done and all pixels."""


@dataclass(frozen=True, slots=True)
class ImageInput:
    """An image and its mask, where they are and how they are read.

    Attributes
    ----------
    locations : tuple of str
        One file, with the inner path of a container behind it, or those of a stack.
    along : str or None
        Axis of the stack; None for a single file.
    axes, mask_axes : str or None
        As the user gave them.
    default_axes : str or None
        For files that say none.
    mask : str or None
        The prediction mask.
    """

    locations: tuple[str, ...]
    along: str | None = None
    axes: str | None = None
    default_axes: str | None = None
    mask: str | None = None
    mask_axes: str | None = None

    def open(self) -> AbstractContextManager[OpenedImage]:
        """Open the image."""
        if self.along is not None:
            return open_stack(self.locations, along=self.along, axes=self.axes)
        return open_image(self.locations[0], axes=self.axes, default_axes=self.default_axes)


@dataclass(frozen=True, slots=True)
class Findings:
    """What was noticed on the way.

    Attributes
    ----------
    uncertainty : float or None
        Mean over the image; None where nothing was predicted.
    drift : Drift or None
        None where nothing was predicted, or no training image can be found.
    """

    uncertainty: float | None = None
    drift: Drift | None = None

    def values(self) -> dict[str, object]:
        """Give them as values of an item."""
        found: dict[str, object] = {} if self.uncertainty is None else {"uncertainty": self.uncertainty}
        if self.drift is not None:
            found.update(drift=self.drift.score, drift_feature=self.drift.feature)
        return found


@dataclass(frozen=True, slots=True)
class Power:
    """What one image may take while it is worked on."""

    threads: int = 1
    max_bytes: int = 1 << 30


def export_image(
    project: Project,
    image: ImageInput,
    options: ExportOptions,
    path: Path,
    *,
    digest: str = "",
    cut_out: str | None = None,
    slice_name: str = "",
    power: Power = Power(),
    progress: Progress = lambda done, total: None,  # noqa: ARG005 - tells nobody
) -> Findings:
    """Compute and write the result of an image.

    Parameters
    ----------
    project : Project
        What is computed.
    image : ImageInput
        Of what.
    options : ExportOptions
        In which form.
    path : Path
        The file, or the folder of formats that are folders.
    digest : str, optional
        Of the project's content: what is known of its training images is kept under it.
    cut_out : str, optional
        Part of the result, as `parse_cut_out` reads it.
    slice_name : str, optional
        Name of the files of a sequence, with ``{slice_index}`` in it.
    power : Power, optional
        Threads and memory.
    progress : callable, optional
        Told after each block.

    Returns
    -------
    Findings
        How sure the prediction is, and how far the image is from the training images.

    Raises
    ------
    ImageError, ImageMismatch, ProjectError, FormatLimit
        If it cannot be done; the text names the image.
    """
    certainty = Certainty()
    with ExitStack() as stack:
        opened = stack.enter_context(image.open())
        try:
            result = _result(project, image, options, opened, certainty, stack)
            axes = result_axes(opened.axes)
            extent = parse_cut_out(cut_out).resolve(result.shape, axes) if cut_out else Extent.whole(result.shape)
            target = Target.of(path, options, axes, slice_name)
            _write(result, extent, options, target, power, progress)
            drift = None if result.predictor is None else drift_of(project, digest, opened.source)
        except BatchworkError as error:
            if opened.name in str(error) or str(project.path) in str(error):
                raise
            raise type(error)(f"{opened.name}: {error}") from error
    return Findings(certainty.mean_uncertainty, drift)


def _result(
    project: Project,
    image: ImageInput,
    options: ExportOptions,
    opened: OpenedImage,
    certainty: Certainty,
    stack: ExitStack,
) -> Result:
    asked = ResultType.parse(options.export_source, len(project.stages))
    if asked.kind == "Labels":
        return labels_of(project, asked, opened)
    selections = [stage.selection for stage in project.stages]
    result = result_of(asked, opened.source, project.classifiers, selections)
    if image.mask is not None:
        result = _masked(result, image.mask, image.mask_axes, stack)
    if result.predictor is None:
        return result
    return derived(certainty.watch(result), asked.kind)


def _masked(result: Result, location: str, axes: str | None, stack: ExitStack) -> Result:
    mask = stack.enter_context(open_image(location, axes=axes))
    times, *size = mask.source.shape[:4]
    if tuple(size) != result.shape[1:4] or times not in {1, result.shape[0]}:
        raise WrongMask(
            f"the prediction mask {mask.name} has the size {mask.source.shape[:4]} along t, z, y and x, "
            f"the image {result.shape[:4]}"
        )
    return result.masked(mask.source)


def _write(
    result: Result, extent: Extent, options: ExportOptions, target: Target, power: Power, progress: Progress
) -> None:
    convert = Conversion.of(options, result.dtype)
    channels = slice(*extent.c)
    region = Region(extent.t, (extent.z, extent.y, extent.x))
    size = result.block_size(region, threads=power.threads, max_bytes=power.max_bytes)
    total, done = int(np.prod(extent.shape[:4])), 0

    def compute(time: int, box: Box) -> NDArray[np.generic]:
        return convert(result.compute(time, box)[..., channels])

    value_range = convert.value_range(result.value_range)
    with target.writer(extent.shape, convert.dtype, value_range, is_labels=result.is_labels) as write:
        for time, box, block in computed(compute, blocks_of(region, size), threads=power.threads):
            _write_block(write, extent, time, box, block)
            done += int(np.prod(block.shape[:3]))
            progress(done, total)


def _write_block(write: WriteBlock, extent: Extent, time: int, box: Box, block: NDArray[np.generic]) -> None:
    """Write a block of the whole result to where it stands in the part."""
    starts = (extent.z[0], extent.y[0], extent.x[0])
    z, y, x = ((first - start, end - start) for (first, end), start in zip(box, starts, strict=True))
    write(time - extent.t[0], (z, y, x), block)
