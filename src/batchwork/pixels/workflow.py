"""The step of pixel classification; heavy libraries load when it runs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

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
        threads=(threads or cores()) if _is_large(asked, source) else 1,
        max_bytes=memory_mb * 1_000_000,
        progress=progress,
    )
    return found.values()


def _is_large(job: Job, source: Path) -> bool:
    """Say whether an image is worth several threads."""
    return len(job.locations) > 1 or source.is_dir() or (source.exists() and source.stat().st_size >= LARGE_BYTES)


flow = Workflow("pixels", steps=[predict], columns=("uncertainty", "drift", "drift_feature"))
