"""The steps of screening; heavy libraries load when a step runs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from batchwork.engine.steps import step
from batchwork.engine.workflow import Workflow

Background = Literal["plate", "wells", "darkest", "well", "image"]
Denoise = Literal["tophat", "opening", "none"]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=0)]
Radius = Annotated[int, Field(ge=0, le=200)]
Share = Annotated[float, Field(ge=0, le=1)]


@step(outputs="{stem}.h5", version="1")
def segment(
    source: Path,
    output: Path,
    channels: str | None,
    planes: Mapping[str, list[str]] | None,
    *,
    mapping: dict[str, str | None],
    nucleus_diameter: Positive = 25.0,
    reach: Positive = 40.0,
) -> None:
    """Find the nuclei and cells of a site; its container holds the images too.

    Parameters
    ----------
    mapping : dict
        Channel → nuclei, marker, serum or cells, perhaps with a name as in serum_IgG; null drops it.
    nucleus_diameter : float, pixels
        Of a usual nucleus.
    reach : float, pixels
        Cells end so far from their nucleus.
    """
    from batchwork.screening.kernels.cells import segment_cells
    from batchwork.screening.kernels.nuclei import segment_nuclei
    from batchwork.screening.plates.channels import NUCLEI, parsed
    from batchwork.screening.plates.containers import CELLS, write_images
    from batchwork.screening.plates.containers import NUCLEI as NUCLEUS_LABELS
    from batchwork.screening.plates.images import read_site

    roles = parsed(mapping)
    files = {name: Path(told[0]) for name, told in planes.items()} if planes else None
    images = read_site(source, [name for name in (channels or "").split(",") if name], files, roles)
    nuclei = segment_nuclei(images[NUCLEI], diameter_px=nucleus_diameter)
    cells = segment_cells(images[roles.outlines], nuclei, reach_px=reach)
    write_images(output, images, {NUCLEUS_LABELS: nuclei, CELLS: cells})


@step(outputs="cell_analysis/sites/{stem}.h5", takes={"container": "segment"}, version="1")
def measure(
    container: Path,
    output: Path,
    key: str,
    well: str,
    site: str,
    sequence: str | None,
    *,
    denoise: Denoise = "tophat",
    denoise_radius: Radius = 20,
    quantiles: tuple[Share, ...] = (0.95,),
    top: tuple[Annotated[int, Field(ge=1)], ...] = (10, 30, 50),
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
    from batchwork.screening.plates.containers import CELLS, NUCLEI, read_images
    from batchwork.screening.tables.sites import Measuring, SiteName, measure_site, write_site

    images = read_images(container)
    nuclei, cells = images.pop(NUCLEI), images.pop(CELLS)
    name = SiteName(key, well, int(site), int(sequence or 0))
    measuring = Measuring(denoise, denoise_radius, quantiles, top, ignore_nuclei)
    write_site(output, measure_site(name, images, nuclei, cells, measuring))


@step(over="batch", outputs="cell_analysis/plate.json", reads=("outlier",), version="1")
def calibrate(
    measure: list[Path],
    outlier: list[int | None],
    output: Path,
    *,
    background: Background = "plate",
    background_wells: tuple[str, ...] = ("H01", "G01"),
    flat_field: bool = True,
    fewest_cells: Count = 10,
    most_cells: Count = 1000,
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
    """
    from batchwork.screening.kernels.quality import Limits
    from batchwork.screening.tables.calibration import PlateRules
    from batchwork.screening.tables.calibration import calibrate as work_out
    from batchwork.screening.tables.sites import read_heads

    rules = PlateRules(background, background_wells, flat_field, Limits(fewest_cells, most_cells))
    work_out(read_heads(measure, outlier), rules).write(output)


@step(over="well", outputs="cell_analysis/wells/{group}.h5", takes={"plate": "calibrate"}, version="1")
def score(
    measure: list[Path],
    plate: Path,
    well: str,
    output: Path,
    *,
    threshold: float = 4.8,
    doubt: Annotated[float, Field(ge=0)] = 0.5,
    infected_by: str = "q0.95",
    scored_by: str = "mean",
    background: Background = "plate",
    mock_wells: tuple[str, ...] = ("*01",),
    least_area: Count = 250,
    most_area: Count = 12_500,
    control_cells: Count = 100,
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
        As of the step before; each well's and each image's are taken here.
    mock_wells : tuple of str
        Patterns of names of wells that were not infected; they have no score.
    least_area, most_area : int, pixels
        Of a cell that counts.
    control_cells : int
        That a well must have for its score to count.
    least_serum : float, counts
        Median of infected cells that a well must reach; the assay's by default.
    """
    from batchwork.screening.kernels.quality import CellLimits, Limits, WellLimits
    from batchwork.screening.tables.calibration import Calibration
    from batchwork.screening.tables.sites import read_site
    from batchwork.screening.tables.wells import ScoreRules, tables_of_well

    rules = ScoreRules(
        threshold, doubt, infected_by, scored_by, background, mock_wells,
        CellLimits(Limits(least_area, most_area)), WellLimits(control_cells), least_serum,
    )  # fmt: skip
    tables_of_well(well, [read_site(path) for path in measure], Calibration.read(plate), rules).write(output)


@step(
    over="batch",
    outputs={"scores": "cell_analysis/scores.csv", "images": "cell_analysis/images.csv"},
    takes={"wells": "score"},
    version="1",
)
def tables(wells: list[Path], output: dict[str, Path]) -> None:
    """Put the scores of all wells, and the images, into one table each."""
    from batchwork.screening.tables.plate import write_tables

    write_tables(wells, output)


cell_analysis = Workflow("cell_analysis", steps=[segment, measure, calibrate, score, tables], columns=("outlier",))
