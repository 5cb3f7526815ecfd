"""The steps of pixel classification; heavy libraries load when one runs."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from batchwork.engine.machine import cores
from batchwork.engine.progress import progress
from batchwork.engine.steps import step
from batchwork.engine.workflow import Workflow
from batchwork.errors import ParameterError
from batchwork.pixels.exporting.formats import parse_format
from batchwork.pixels.exporting.options import ExportOptions
from batchwork.pixels.jobs import Job

_DEFAULTS = ExportOptions()
LARGE_BYTES = 1 << 19
"""Files from this size on are worked on by several threads."""


def _output(params: Mapping[str, object]) -> str:
    """Say where a result goes; the command line has decided that for each item."""
    template = str(params["name"])
    if template == "{key}":
        return template
    suffix = parse_format(str(params["output_format"])).suffix
    return template.replace("{result_type}", str(params["export_source"])) + suffix


@step(outputs=_output, writes=("uncertainty", "drift", "drift_feature"), version="1", neutral=("threads", "memory_mb"))
def predict(
    source: Path,
    output: Path,
    job: dict[str, object] | None,
    *,
    project: Path | None = None,
    name: str = "{parent}/{stem}_{result_type}",  # noqa: ARG001 - `_output` reads it
    export: ExportOptions = _DEFAULTS,
    cutout_subregion: str | None = None,
    input_axes: str | None = None,
    threads: Annotated[int, Field(ge=0)] = 0,
    memory_mb: Annotated[int, Field(gt=0)] = 1024,
) -> dict[str, object]:
    """Predict the classes of an image with an ilastik project.

    Parameters
    ----------
    project : Path
        The project, an .ilp file.
    name : str
        Name of the result, without suffix.
    cutout_subregion : str
        Part of the result, [(start, …), (stop, …)].
    input_axes : str
        Axes of the images where they do not say them rightly, such as zyxc.
    threads : int
        For each large image; 0 takes the share of the cores that a task has.
    memory_mb : int, MB
        For the blocks of an image that are worked on at once.
    """
    if job is None:
        if project is None:
            raise ParameterError("step 'predict' needs the parameter 'project', an .ilp file")
        asked = Job(str(project), "", (str(source),), export, axes=input_axes, cut_out=cutout_subregion)
    else:
        asked = Job.of(job)
    found = asked.run(
        output,
        threads=(threads or _own_threads()) if _is_large(asked, source) else 1,
        max_bytes=memory_mb * 1_000_000,
        progress=progress,
    )
    return found.values()


def _own_threads() -> int:
    """Give the share of the cores that the engine has given this process."""
    return int(os.environ.get("NUMBA_NUM_THREADS") or cores())


def _is_large(job: Job, source: Path) -> bool:
    """Say whether an image is worth several threads."""
    return len(job.locations) > 1 or source.is_dir() or (source.exists() and source.stat().st_size >= LARGE_BYTES)


Share = Annotated[float, Field(ge=0, lt=1)]
Pixels = Annotated[float, Field(ge=0)]
Sigmas = tuple[Pixels, Pixels, Pixels]


def _object_outputs(params: Mapping[str, object]) -> dict[str, str]:
    """Name label image and table."""
    return {"objects": "{parent}/{stem}_objects.h5", "table": f"{{parent}}/{{stem}}_objects.{params['table']}"}


@step(outputs=_object_outputs, writes=("objects",), version="1")
def objects(
    source: Path,
    predict: Path | None,
    output: dict[str, Path],
    raw: str | None,
    location: str | None,
    *,
    threshold: Share = 0.5,
    core: Share | None = None,
    sigma: Sigmas = (1.0, 1.0, 1.0),
    min_size: Annotated[int, Field(ge=1)] = 10,
    max_size: Annotated[int, Field(ge=1)] | None = None,
    corners: bool = False,
    class_number: Annotated[int, Field(ge=1)] = 1,
    classifier: Path | None = None,
    brightness: bool = False,
    table: Literal["csv", "parquet"] = "csv",
) -> dict[str, object]:
    """Find, measure and classify the objects of one image.

    After a step called predict the objects are those of its result; without one, the item's own file holds the
    probabilities.

    Parameters
    ----------
    threshold : float
        Smoothed probabilities above it belong to objects.
    core : float
        With hysteresis: an object must also hold a pixel above this.
    sigma : tuple of float, pixels
        Smoothing along z, y and x.
    min_size : int, pixels
        Smaller objects are left out.
    max_size : int, pixels
        So are larger ones.
    corners : bool
        Whether pixels that share only a corner belong together.
    class_number : int
        Class of pixels that objects consist of, from 1 on.
    classifier : Path
        Object classifier, an .ilp file; how objects are found comes from it too.
    brightness : bool
        After a step called predict, also measure the image that it has seen.
    table : str
        Form of the table beside the HDF5 file.
    """
    from batchwork.pixels.objects.files import Request, objects_of_file
    from batchwork.pixels.objects.kernels.thresholds import Thresholding

    image = str(source) if brightness and predict is not None else raw
    options = Thresholding(threshold, core, sigma, min_size, max_size, corners)
    asked = Request(predict or location or source, image, options, class_number, classifier)
    return {"objects": objects_of_file(asked, output["objects"], output["table"], table)}


@step(outputs="pictures/{parent}/{stem}.png", version="1")
def picture(source: Path, predict: Path, output: Path, *, most_pixels: Annotated[int, Field(ge=1)] = 600) -> None:
    """Draw the image beside itself with its classes in colour.

    Parameters
    ----------
    most_pixels : int
        Larger images are thinned out until neither side is longer.
    """
    from batchwork.pixels.pictures import draw_classes

    draw_classes(source, predict, output, most_pixels=most_pixels)


flow = Workflow(
    "pixels", steps=[predict, objects, picture], columns=("uncertainty", "drift", "drift_feature"), worst="drift"
)
objects_flow = Workflow("objects", steps=[objects], columns=("objects",))
