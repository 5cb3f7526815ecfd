"""The steps that judge a plate: each image by itself, the plate as a whole, and which images to look at."""

from pathlib import Path

from batchwork.screening.kinds import Count, PlateWells


def inspect(segment: Path, output: Path, key: str, well: str, site: str, sequence: str | None) -> None:
    """Look at a site: is it sharp, saturated, full of debris, how dark is it between cells."""
    from batchwork.screening.plates import containers
    from batchwork.screening.quality.inspecting import inspect_image
    from batchwork.screening.tables.sites import SiteName

    images, nuclei, cells = containers.read_outlined(segment)
    inspect_image(SiteName.of_item(key, well, site, sequence), images, nuclei, cells).write(output)


def quality(
    tables: dict[str, Path],
    inspect: list[Path],
    output: dict[str, Path],
    *,
    positive_control: str = "positive",
    negative_control: str = "negative",
    plate_wells: PlateWells | None = None,
) -> None:
    """Judge a plate: controls, effects of the place, drift, the smallest ratio that it detects.

    Parameters
    ----------
    positive_control, negative_control : str
        Wells that controls are compared of, as the plate map's column control names them.
    plate_wells : int
        Wells of the plate, 6 to 1536; of those from 96 on the smallest that holds the wells there are by default.
    """
    from batchwork.screening.quality.inspecting import Inspection
    from batchwork.screening.quality.judging import QualityRules, judge_plate, write_quality
    from batchwork.screening.quality.measures import read_rows, well_rows

    looked_at = [Inspection.read(path) for path in inspect]
    rows = well_rows(read_rows(tables["scores"]), read_rows(tables["images"]), looked_at)
    found = judge_plate(rows, looked_at, QualityRules(positive_control, negative_control, plate_wells))
    write_quality(found, output["wells"], output["summary"])


def review(
    segment: list[Path],
    inspect: list[Path],
    summarise: list[Path],
    score: list[Path],
    outlier: list[int | None],
    output: dict[str, Path],
    *,
    review_images: Count = 12,
) -> None:
    """Choose the images of a plate that a person should look at, and draw them.

    Parameters
    ----------
    review_images : int
        How many; those that a person has marked already, outliers or not, are not among them.
    """
    from batchwork.screening.quality.inspecting import Inspection
    from batchwork.screening.quality.reviewing import draw_review, review, write_review
    from batchwork.screening.tables.summaries import WellSummary

    looked_at = [Inspection.read(path) for path in inspect]
    marked = frozenset(
        one.image for one, mark in zip(looked_at, outlier, strict=True) if mark is not None and mark >= 0
    )
    wells = [WellSummary.read(path) for path in summarise]
    found = review(looked_at, wells, marked, review_images)
    write_review(output["table"], found)
    sites = {one.image: path for one, path in zip(looked_at, segment, strict=True)}
    draw_review(output["pictures"], found, sites, {path.stem: path for path in score})
