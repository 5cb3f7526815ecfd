"""The steps of screening and the workflows that they make; heavy libraries load when a step runs.

Several workflows may share a folder, so each has outputs of its own.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from batchwork.engine.steps import step
from batchwork.engine.workflow import AnyStep, Workflow

Background = Literal["plate", "wells", "darkest", "well", "image"]
Container = Literal["h5", "n5"]
Denoise = Literal["tophat", "opening", "none"]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]
Rank = Annotated[int, Field(ge=1)]
Radius = Annotated[int, Field(ge=0, le=200)]
Share = Annotated[float, Field(ge=0, le=1)]
Planes = Mapping[str, list[str | int]]


def _segment(
    source: Path,
    output: Path,
    channels: str | None,
    planes: Planes | None,
    *,
    mapping: dict[str, str | None],
    container: Container = "h5",  # noqa: ARG001 - the output's name has it
    nucleus_diameter: Positive = 25.0,
    reach: Positive = 40.0,
) -> None:
    """Find the nuclei and cells of a site; its container holds the images too.

    Parameters
    ----------
    mapping : dict
        Channel → nuclei, marker, serum or cells, perhaps with a name as in serum_IgG; null drops it.
    container : str
        Of images and labels: HDF5 or N5.
    nucleus_diameter : float, pixels
        Of a usual nucleus.
    reach : float, pixels
        Cells end so far from their nucleus.
    """
    from batchwork.screening.kernels.cells import segment_cells
    from batchwork.screening.kernels.nuclei import segment_nuclei
    from batchwork.screening.plates import containers
    from batchwork.screening.plates.channels import NUCLEI, parsed
    from batchwork.screening.plates.images import read_item

    roles = parsed(mapping)
    images = read_item(source, channels, planes, roles)
    nuclei = segment_nuclei(images[NUCLEI], diameter_px=nucleus_diameter)
    cells = segment_cells(images[roles.outlines], nuclei, reach_px=reach)
    containers.write_images(output, images, {containers.NUCLEI: nuclei, containers.CELLS: cells})


def _measure(
    segment: Path,
    output: Path,
    key: str,
    well: str,
    site: str,
    sequence: str | None,
    *,
    denoise: Denoise = "tophat",
    denoise_radius: Radius = 20,
    quantiles: tuple[Share, ...] = (0.95,),
    top: tuple[Rank, ...] = (10, 30, 50),
    ignore_nuclei: bool = False,
) -> None:
    """Measure the cells of a site, and the background between them.

    Parameters
    ----------
    denoise : str
        What cleans the marker: a white top-hat, an opening, or nothing.
    denoise_radius : int, pixels
        Of the disc that cleans it.
    quantiles : tuple of float
        That are taken of each channel.
    top : tuple of int
        For each k the k-th largest value is taken.
    ignore_nuclei : bool
        Leave nuclei out of marker and serum.
    """
    from batchwork.screening.plates import containers
    from batchwork.screening.tables.sites import Measuring, SiteName, measure_site, write_site

    images = containers.read_images(segment)
    nuclei, cells = images.pop(containers.NUCLEI), images.pop(containers.CELLS)
    name = SiteName(key, well, int(site), int(sequence or 0))
    measuring = Measuring(denoise, denoise_radius, quantiles, top, ignore_nuclei)
    write_site(output, measure_site(name, images, nuclei, cells, measuring))


def _calibrate(
    measure: list[Path],
    outlier: list[int | None],
    output: Path,
    *,
    background: Background = "plate",
    background_wells: tuple[str, ...] = ("H01", "G01"),
    flat_field: bool = True,
    fewest_cells: Count = 10,
    most_cells: Count = 1000,
    mock_wells: tuple[str, ...] = ("*01",),
    require_mock: bool = False,
) -> None:
    """Find what all sites of a plate share: the light's shape, the background, and which images count.

    Parameters
    ----------
    background : str
        Of serum: between the cells of the plate, of given wells, the darkest well, each well or each image.
    background_wells : tuple of str
        Wells without cells, for background = wells.
    flat_field : bool
        Take uneven light out.
    fewest_cells, most_cells : int
        Of an image that counts.
    mock_wells : tuple of str
        Patterns of names of wells that were not infected; they have no score.
    require_mock : bool
        Refuse a plate without a mock well that counts.
    """
    from batchwork.screening.kernels.quality import Limits
    from batchwork.screening.tables.calibration import PlateRules, calibrate, check_mock
    from batchwork.screening.tables.sites import read_heads

    heads = read_heads(measure, outlier)
    found = calibrate(heads, PlateRules(background, background_wells, flat_field, Limits(fewest_cells, most_cells)))
    if require_mock:
        check_mock(heads, found, mock_wells)
    found.write(output)


def _score(
    measure: list[Path],
    calibrate: Path,
    well: str,
    output: Path,
    *,
    threshold: float = 4.8,
    doubt: NotNegative = 0.0,
    infected_by: str = "q0.95",
    scored_by: str = "mean",
    background: Background = "plate",
    mock_wells: tuple[str, ...] = ("*01",),
    least_area: Count = 250,
    most_area: Count = 12_500,
    control_cells: Count = 100,
    require_controls: bool = False,
    least_serum: float | None = None,
) -> None:
    """Tell infected cells from others, and score a well.

    Parameters
    ----------
    threshold : float
        MADs of the marker's background above its median from which on a cell is no control.
    doubt : float
        Share of the way from there to the median marker of all cells above; up to it cells are left out as doubtful.
    infected_by : str
        Statistic of the cleaned marker that is compared with it: mean, median, q0.95, top10 and so on.
    scored_by : str
        Statistic of the serum that is scored.
    background : str
        Of serum: between the cells of the plate, of given wells, the darkest well, each well or each image.
    mock_wells : tuple of str
        Patterns of names of wells that were not infected; they have no score.
    least_area, most_area : int, pixels
        Of a cell that counts.
    control_cells : int
        That a well must have for its score to count.
    require_controls : bool
        Fail a well with fewer control cells, instead of leaving its score out.
    least_serum : float, counts
        Median of infected cells that a well must reach; the assay's by default.
    """
    from batchwork.screening.kernels.quality import CellLimits, Limits, WellLimits
    from batchwork.screening.tables.calibration import Calibration
    from batchwork.screening.tables.sites import read_site
    from batchwork.screening.tables.wells import ScoreRules, check_controls, tables_of_well

    rules = ScoreRules(
        threshold, doubt, infected_by, scored_by, background, mock_wells,
        CellLimits(Limits(least_area, most_area)), WellLimits(control_cells), least_serum,
    )  # fmt: skip
    made = tables_of_well(well, [read_site(path) for path in measure], Calibration.read(calibrate), rules)
    if require_controls:
        check_controls(made, rules)
    made.write(output)


def _tables(score: list[Path], output: dict[str, Path], *, plate_map: Path | None = None) -> None:
    """Put the scores of all wells, and the images, into one table each, and draw the plate.

    Parameters
    ----------
    plate_map : Path
        Conditions and cohorts of wells, a CSV file; the scores have them.
    """
    from batchwork.screening.plates.tables import read_plate_map
    from batchwork.screening.tables.plate import write_tables

    write_tables(score, output, {} if plate_map is None else read_plate_map(plate_map))


def _classify(
    source: Path,
    output: Path,
    channels: str | None,
    planes: Planes | None,
    *,
    mapping: dict[str, str | None],
    container: Container = "h5",  # noqa: ARG001 - the output's name has it
    pixel_threshold: Positive = 5.0,
    smoothing: Positive = 2.0,
    denoise_radius: Radius = 20,
) -> None:
    """Tell infected from other ground, pixel by pixel; the container holds the images too.

    Parameters
    ----------
    mapping : dict
        Channel → nuclei, marker, serum or cells, perhaps with a name as in serum_IgG; null drops it.
    container : str
        Of images and labels: HDF5 or N5.
    pixel_threshold : float
        Sigmas of the dark of a site that light must be above it.
    smoothing : float, pixels
        Sigma, before light is judged.
    denoise_radius : int, pixels
        Of the disc that cleans it.
    """
    from batchwork.screening.kernels.local_classes import local_classes
    from batchwork.screening.plates import containers
    from batchwork.screening.plates.channels import MARKER, parsed
    from batchwork.screening.plates.images import read_item

    roles = parsed(mapping)
    images = read_item(source, channels, planes, roles)
    infected, other = local_classes(
        images[MARKER], images[roles.outlines], sigma_px=smoothing, threshold=pixel_threshold, radius_px=denoise_radius
    )
    containers.write_images(output, images, {containers.INFECTED: infected, containers.NOT_INFECTED: other})


def _measure_pixels(segment: Path, output: Path, key: str, well: str, site: str, sequence: str | None) -> None:
    """Count the values of serum on infected, on other and on empty ground."""
    from batchwork.screening.plates import containers
    from batchwork.screening.tables.pixels import measure_pixels, write_pixels
    from batchwork.screening.tables.sites import SiteName

    images = containers.read_images(segment)
    infected, other = (images.pop(name) > 0 for name in (containers.INFECTED, containers.NOT_INFECTED))
    name = SiteName(key, well, int(site), int(sequence or 0))
    write_pixels(output, measure_pixels(name, images, infected, other))


def _score_pixels(
    measure: list[Path],
    outlier: list[int | None],
    well: str,
    output: Path,
    *,
    mock_wells: tuple[str, ...] = ("*01",),
) -> None:
    """Score a well from its pixels.

    Parameters
    ----------
    mock_wells : tuple of str
        Patterns of names of wells that were not infected; they have no score.
    """
    from batchwork.screening.tables.pixels import read_pixels, tables_of_pixels

    tables_of_pixels(well, [read_pixels(path) for path in measure], mock_wells, outlier).write(output)


def _picture(segment: list[Path], measure: list[Path], score: Path, output: Path) -> None:  # noqa: ARG001 - drawn are sites that were measured
    """Draw the sites of a well, with the outlines of its cells in the colours of their classes."""
    from batchwork.screening.pictures.wells import draw_well
    from batchwork.screening.tables.plate import table_of

    draw_well(output, segment, table_of(score, "cells"), table_of(score, "images"))


_TABLES = {"scores": "{}/scores.csv", "images": "{}/images.csv", "picture": "{}/plate.png"}


def _site_step(function: Callable[..., None], name: str, suffix: str) -> AnyStep:
    """Declare a step whose output is the container of a site."""

    def outputs(params: Mapping[str, object]) -> str:
        return f"{{stem}}{suffix}.n5/" if params["container"] == "n5" else f"{{stem}}{suffix}.h5"

    return step(name=name, outputs=outputs, version="1")(function)


def _by_cells(name: str, suffix: str) -> tuple[AnyStep, ...]:
    """Declare the steps of a workflow that scores cells."""
    return (
        _site_step(_segment, "segment", suffix),
        step(name="measure", outputs=f"{name}/sites/{{stem}}.h5", version="1")(_measure),
        step(name="calibrate", over="batch", outputs=f"{name}/plate.json", reads=("outlier",), version="1")(_calibrate),
        step(name="score", over="well", outputs=f"{name}/wells/{{group}}.h5", version="1")(_score),
        step(name="tables", over="batch", outputs={k: v.format(name) for k, v in _TABLES.items()}, version="1")(
            _tables
        ),
        step(name="picture", over="well", outputs=f"{name}/pictures/{{group}}.png", version="1")(_picture),
    )


def _by_pixels(name: str, suffix: str) -> tuple[AnyStep, ...]:
    """Declare the steps of a workflow that scores pixels."""
    return (
        _site_step(_classify, "segment", suffix),
        step(name="measure", outputs=f"{name}/sites/{{stem}}.h5", version="1")(_measure_pixels),
        step(name="score", over="well", outputs=f"{name}/wells/{{group}}.h5", reads=("outlier",), version="1")(
            _score_pixels
        ),
        step(name="tables", over="batch", outputs={k: v.format(name) for k, v in _TABLES.items()}, version="1")(
            _tables
        ),
    )


CELLS, INSTANCES1, INSTANCES2 = "cell_analysis", "instance_analysis_workflow1", "instance_analysis_workflow2"
PIXELS = "pixel_analysis_workflow1"

# every step has a name at the top level, by which the processes that run it find it
segment, measure, calibrate, score, tables, picture = _by_cells(CELLS, "")
segment_i1, measure_i1, calibrate_i1, score_i1, tables_i1, picture_i1 = _by_cells(INSTANCES1, "_instance1")
segment_i2, measure_i2, calibrate_i2, score_i2, tables_i2, picture_i2 = _by_cells(INSTANCES2, "_instance2")
segment_p1, measure_p1, score_p1, tables_p1 = _by_pixels(PIXELS, "_pixel1")

_SHOWN = ("outlier",)
cell_analysis = Workflow(CELLS, [segment, measure, calibrate, score, tables, picture], _SHOWN)
instance_analysis_workflow1 = Workflow(
    INSTANCES1, [segment_i1, measure_i1, calibrate_i1, score_i1, tables_i1, picture_i1], _SHOWN
)
instance_analysis_workflow2 = Workflow(
    INSTANCES2, [segment_i2, measure_i2, calibrate_i2, score_i2, tables_i2, picture_i2], _SHOWN
)
pixel_analysis_workflow1 = Workflow(PIXELS, [segment_p1, measure_p1, score_p1, tables_p1], _SHOWN)
