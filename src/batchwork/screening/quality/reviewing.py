"""The list of images to look at: a table, and a picture of each with the outlines of its cells."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from batchwork.screening.pictures.raster import save
from batchwork.screening.pictures.thumbnails import Thumbnail
from batchwork.screening.pictures.wells import Framed, draw_framed
from batchwork.screening.plates import containers
from batchwork.screening.quality.inspecting import Inspection
from batchwork.screening.quality.unusual import ASPECTS, Judgement, judge_images
from batchwork.screening.tables.plate import table_of
from batchwork.screening.tables.summaries import WellSummary
from batchwork.screening.tables.table import Table

NOTHING = "nothing stands out"
PICTURES = "review"
_SEPARATOR = "; "
_SHRINK = 2


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One image to look at."""

    rank: int
    """From 1."""
    looked_at: Inspection
    judged: Judgement
    excluded: str
    """Why it does not count already; empty where it does."""
    picture: str
    """Name of its file."""


def review(
    looked_at: Sequence[Inspection], wells: Sequence[WellSummary], marked: frozenset[str], most: int
) -> list[Reviewed]:
    """Choose the images to look at, the most unusual first.

    Parameters
    ----------
    looked_at : sequence of Inspection
        Of all images.
    wells : sequence of WellSummary
    marked : frozenset of str
        Images that a person has marked, as outliers or as none; they have been looked at and are not on the list.
    most : int
        Length of the list.
    """
    influence = {image: moved for well in wells for image, moved in well.influence.items()}
    images = [row for well in wells for row in well.images.dicts()]
    excluded = {str(row["image"]): str(row["excluded"]) for row in images}
    by_name = {one.image: one for one in looked_at}
    chosen = [one for one in judge_images(looked_at, influence) if one.image not in marked][:most]
    return [
        Reviewed(rank, by_name[one.image], one, excluded.get(one.image, ""), _name(rank, by_name[one.image]))
        for rank, one in enumerate(chosen, 1)
    ]


def _name(rank: int, one: Inspection) -> str:
    return f"{rank:02d}_{one.well}_{one.site:04d}.png"


def write_review(path: Path, found: Sequence[Reviewed]) -> None:
    """Write the list as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["rank", "image", "well", "site", "unusual", "reasons", "excluded",
                         *(aspect.name for aspect in ASPECTS), "picture"])  # fmt: skip
        for one in found:
            name = one.looked_at
            writer.writerow([
                one.rank, name.image, name.well, name.site, one.judged.unusual,
                _SEPARATOR.join(one.judged.reasons) or NOTHING, one.excluded,
                *(one.judged.deviations[aspect.name] for aspect in ASPECTS), f"{PICTURES}/{one.picture}",
            ])  # fmt: skip


def draw_review(folder: Path, found: Sequence[Reviewed], sites: Mapping[str, Path], wells: Mapping[str, Path]) -> None:
    """Draw each image of the list, with the outlines of its cells in the colours of their classes.

    Parameters
    ----------
    folder : Path
        Where the pictures go.
    found : sequence of Reviewed
    sites : mapping
        Image → its container.
    wells : mapping
        Well → its tables; a well that has none is drawn without classes.
    """
    for one in found:
        name = one.looked_at
        cells = table_of(wells[name.well], "cells") if name.well in wells else Table({})
        mine = cells.where(cells["image"] == name.image) if cells.columns else cells
        title = f"{one.rank}  {name.well}  {name.site}"
        images = containers.read_images(sites[name.image])
        site = Thumbnail.of(images, images[containers.CELLS], _SHRINK)
        save(draw_framed(site, mine, Framed(title, outlier=bool(one.excluded))), folder / one.picture)
