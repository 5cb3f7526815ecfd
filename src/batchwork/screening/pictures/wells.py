"""A picture of a well: its sites side by side, the outlines of cells in the colours of their classes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from batchwork.screening.pictures.raster import Canvas, Colour, blank, save, write
from batchwork.screening.pictures.thumbnails import Thumbnail
from batchwork.screening.tables.table import Table

_OUTLIER: Colour = (214, 39, 40)
_GAP, _TITLE = 4, 14


@dataclass(frozen=True, slots=True)
class Framed:
    """The frame of one site: its title, and whether it is that of an outlier."""

    title: str
    outlier: bool = False


def draw_well(path: Path, sites: Sequence[Path], cells: Table, images: Table) -> None:
    """Draw all sites of a well.

    Parameters
    ----------
    path : Path
        A PNG.
    sites : sequence of Path
        Tables of sites, which have their thumbnails, in the order of `images`.
    cells : Table
        Of the well.
    images : Table
        Of the well, one row for each image and serum.
    """
    keys = list(dict.fromkeys(images["image"].tolist()))
    left_out = {key: why for key, why in zip(images["image"].tolist(), images["excluded"].tolist(), strict=True) if why}
    drawn = []
    for site, key in zip(sites, keys, strict=True):
        mine = cells.where(cells["image"] == key)
        frame = Framed(str(mine["site"][0]) if len(mine) else "", outlier=key in left_out)
        drawn.append(draw_framed(Thumbnail.read(site), mine, frame))
    save(_side_by_side(drawn), path)


def draw_framed(site: Thumbnail, cells: Table, frame: Framed) -> Canvas:
    """Draw one site with the outlines of its cells, in a frame with a title.

    Parameters
    ----------
    site : Thumbnail
    cells : Table
        Of this site; without rows all outlines are drawn as those of cells that are left out.
    frame : Framed
    """
    drawn = site.outlined(cells)
    rows, columns, _ = drawn.shape
    paper, ink = (_OUTLIER, (255, 255, 255)) if frame.outlier else ((255, 255, 255), (60, 60, 60))
    framed = blank(rows + _TITLE + _GAP, columns + _GAP, paper)
    write(framed, frame.title, 2, 2, colour=ink)
    framed[_TITLE : _TITLE + rows, _GAP // 2 : _GAP // 2 + columns] = drawn
    return framed


def _side_by_side(sites: Sequence[Canvas]) -> Canvas:
    """Put pictures into rows that make about a square."""
    columns = int(np.ceil(np.sqrt(len(sites))))
    height, width = (max(site.shape[k] for site in sites) for k in range(2))
    canvas = blank(-(-len(sites) // columns) * height, columns * width)
    for k, site in enumerate(sites):
        top, left = k // columns * height, k % columns * width
        canvas[top : top + site.shape[0], left : left + site.shape[1]] = site
    return canvas
