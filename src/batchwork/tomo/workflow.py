"""The steps of tomography; heavy libraries load when a step runs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from batchwork.engine.machine import memory_bytes
from batchwork.engine.progress import progress
from batchwork.engine.steps import Resources, step
from batchwork.engine.workflow import Workflow

FilterName = Literal["ramp", "shepp", "hann", "hamming", "cosine", "parzen"]
Binning = Literal[0, 1, 2, 3]
Units = Literal["1/pixel", "1/cm"]
VolumeFormat = Literal["tiff", "hdf5"]
Range = Annotated[str, Field(pattern=r"^\d*:\d*$", description="A:B, either may be left out")]

_MEMORY_SHARE = 4
"""A volume takes this fraction of the machine's memory at most, unless told otherwise."""


_PLACES = {"tiff": "{stem}_rec/", "hdf5": "{stem}_rec.h5"}


def _outputs(params: Mapping[str, object]) -> dict[str, str]:
    """Say where a volume and its picture go."""
    return {"volume": _PLACES[str(params["format"])], "preview": "previews/{stem}.png"}


@step(
    outputs=_outputs,
    reads=("cor",),
    fallbacks={"cor": "fallback_cor"},
    neutral=("memory_gb",),
    version="1",
    resources=Resources(cpus="all"),
)
def full(
    source: Path,
    output: dict[str, Path],
    cor: float | None,
    *,
    filter: FilterName = "parzen",  # noqa: A002 - the field's own name
    fallback_cor: float | None = None,
    rows: Range = ":",
    columns: Range = ":",
    binning: Binning = 0,
    units: Units = "1/pixel",
    format: VolumeFormat = "tiff",  # noqa: A002 - what users call it
    accept_short: bool = False,
    memory_gb: Annotated[float, Field(gt=0)] | None = None,
) -> None:
    """Reconstruct the volume of a scan.

    Parameters
    ----------
    filter : str
        Window on the ramp of filtered back projection.
    fallback_cor : float, columns
        Centre of rotation of scans that have none of their own, or one that is off the detector. The latter
        are not run again by themselves when it changes.
    rows : str, pixels
        Part of the detector's rows, A:B, unbinned.
    columns : str, pixels
        Part of the detector's columns, A:B, unbinned; the centre still counts from the whole detector.
    binning : int
        Blocks of 2**binning pixels squared are averaged.
    units : str
        Of the values: attenuation per unbinned pixel or per centimetre.
    format : str
        A folder with a TIFF for each slice, or one HDF5 file.
    accept_short : bool
        Take a scan that was broken off, with the angles present.
    memory_gb : float, GB
        Memory for the blocks of slices; a quarter of the machine's by default.
    """
    from importlib.metadata import version

    from batchwork.tomo.centres import choose_centre
    from batchwork.tomo.formats.reader import open_scan
    from batchwork.tomo.formats.validate import require_sound
    from batchwork.tomo.formats.volume import volume_writer
    from batchwork.tomo.preview import write_preview
    from batchwork.tomo.reconstruct import Recipe, reconstruct
    from batchwork.tomo.regions import Region

    for finding in require_sound(source, accept_short=accept_short):
        print(f"{finding.severity}: {finding.message}")  # noqa: T201 - goes to the task's log
    budget = memory_bytes() // _MEMORY_SHARE if memory_gb is None else int(memory_gb * 1e9)
    with open_scan(source, accept_short=accept_short) as scan:
        centre = choose_centre(source, scan.info.columns, cor, fallback_cor)
        region = Region.of(scan.info, rows, columns, binning)
        recipe = Recipe(region, centre, filter, units)
        made = {"source": str(source), "program": f"batchwork {version('batchwork')}", "binning": binning}
        info = recipe.volume_info(scan.info, {**made, "columns": [region.columns.start, region.columns.stop]})
        with volume_writer(format, output["volume"], info) as volume:
            middle = reconstruct(scan, recipe, volume, memory_bytes=budget, progress=progress)
    write_preview(output["preview"], middle)


flow = Workflow("tomo", steps=[full])
