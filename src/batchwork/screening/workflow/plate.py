"""The steps over wells and the whole plate of cells: what sites share, scores, tables and pictures."""

from pathlib import Path

from batchwork.screening.kinds import Background, Count, NotNegative


def gather(measure: list[Path], outlier: list[int | None], output: Path) -> None:
    """Put what the plate needs to know of the sites of a well into one file."""
    from batchwork.screening.tables.gathering import gather_sites

    gather_sites(output, measure, outlier)


def calibrate(
    gather: list[Path],
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
    from batchwork.screening.tables.gathering import gathered_heads

    heads = gathered_heads(gather)
    found = calibrate(heads, PlateRules(background, background_wells, flat_field, Limits(fewest_cells, most_cells)))
    if require_mock:
        check_mock(heads, found, mock_wells)
    found.write(output)


def score(
    measure: list[Path],
    calibrate: Path,
    twins: Path,
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
    from batchwork.screening.tables.twins import read_twins
    from batchwork.screening.tables.wells import ScoreRules, check_controls, tables_of_well

    rules = ScoreRules(
        threshold, doubt, infected_by, scored_by, background, mock_wells,
        CellLimits(Limits(least_area, most_area)), WellLimits(control_cells), least_serum,
    )  # fmt: skip
    sites, plate = [read_site(path) for path in measure], Calibration.read(calibrate)
    made = tables_of_well(well, sites, plate, rules, read_twins(twins))
    if require_controls:
        check_controls(made, rules)
    made.write(output)


def summarise(score: Path, output: Path) -> None:
    """Put what the tables of the plate take of a well into a small file."""
    from batchwork.screening.quality.influence import summary_of

    summary_of(score).write(output)


def tables(summarise: list[Path], output: dict[str, Path], *, plate_map: Path | None = None) -> None:
    """Put the scores of all wells, and the images, into one table each, and draw the plate.

    Parameters
    ----------
    plate_map : Path
        Conditions and cohorts of wells, a CSV file; the scores have them.
    """
    from batchwork.screening.plates.tables import read_plate_map
    from batchwork.screening.tables.plate import write_tables
    from batchwork.screening.tables.summaries import WellSummary

    write_tables(
        [WellSummary.read(path) for path in summarise], output, {} if plate_map is None else read_plate_map(plate_map)
    )


def picture(measure: list[Path], score: Path, output: Path) -> None:
    """Draw the sites of a well, with the outlines of its cells in the colours of their classes."""
    from batchwork.screening.pictures.wells import draw_well
    from batchwork.screening.tables.plate import table_of

    draw_well(output, measure, table_of(score, "cells"), table_of(score, "images"))
