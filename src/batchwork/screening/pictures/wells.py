"""A picture of a well: its sites side by side, the outlines of cells in the colours of their classes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchwork.screening.kernels.filters import shrink
from batchwork.screening.pictures.raster import Canvas, Colour, blank, save, write
from batchwork.screening.plates import containers
from batchwork.screening.plates.channels import MARKER, NUCLEI
from batchwork.screening.tables.table import Table

CLASSES: Mapping[str, Colour] = {"infected": (255, 153, 0), "control": (0, 255, 255), "left out": (110, 110, 110)}
_OUTLIER: Colour = (214, 39, 40)
_GAP, _TITLE = 4, 14
_LOW, _HIGH = 1.0, 99.7
"""Percentiles that are black and bright."""


@dataclass(frozen=True, slots=True)
class Framed:
    """How one site is shown: its title, the frame of an outlier, and how many pixels along each axis become one."""

    title: str
    outlier: bool = False
    shrink: int = 4


def draw_well(path: Path, sites: Sequence[Path], cells: Table, images: Table) -> None:
    """Draw all sites of a well.

    Parameters
    ----------
    path : Path
        A PNG.
    sites : sequence of Path
        Containers, in the order of `images`.
    cells : Table
        Of the well.
    images : Table
        Of the well, one row for each image and serum.
    """
    keys = list(dict.fromkeys(images["image"].tolist()))
    left_out = {key: why for key, why in zip(images["image"].tolist(), images["excluded"].tolist(), strict=True) if why}
    drawn = []
    for container, key in zip(sites, keys, strict=True):
        mine = cells.where(cells["image"] == key)
        shown = Framed(str(mine["site"][0]) if len(mine) else "", outlier=key in left_out)
        drawn.append(draw_framed(containers.read_images(container), mine, shown))
    save(_side_by_side(drawn), path)


def draw_framed(images: Mapping[str, NDArray[Any]], cells: Table, shown: Framed) -> Canvas:
    """Draw one site with the outlines of its cells, in a frame with a title.

    Parameters
    ----------
    images : mapping
        Everything that its container holds.
    cells : Table
        Of this site; without rows all outlines are drawn as those of cells that are left out.
    shown : Framed
    """
    return _framed(_site(images, cells, shown.shrink), shown)


def _site(images: Mapping[str, NDArray[Any]], cells: Table, shrink: int) -> Canvas:
    """Show marker, serum and nuclei as red, green and blue, with outlines."""
    serum = next(name for name in sorted(images) if name.startswith("serum"))
    planes = [_stretched(images[name], shrink) for name in (MARKER, serum, NUCLEI)]
    canvas = np.stack(planes, axis=-1)
    labels = images[containers.CELLS][::shrink, ::shrink][: canvas.shape[0], : canvas.shape[1]]
    colours = np.zeros((int(images[containers.CELLS].max(initial=0)) + 1, 3), np.uint8)
    colours[:] = CLASSES["left out"]
    if len(cells):
        good = cells["excluded"] == ""
        for name, chosen in (("infected", cells["infected"] != 0), ("control", cells["infected"] == 0)):
            colours[cells["label"][good & chosen]] = CLASSES[name]
    edge = np.zeros(labels.shape, bool)
    edge[:-1] |= labels[:-1] != labels[1:]
    edge[:, :-1] |= labels[:, :-1] != labels[:, 1:]
    edge &= labels > 0
    canvas[: labels.shape[0], : labels.shape[1]][edge] = colours[labels[edge]]
    return canvas


def _stretched(image: NDArray[Any], factor: int) -> NDArray[np.uint8]:
    small = shrink(image, factor)
    low, high = np.percentile(small, (_LOW, _HIGH))
    return np.asarray(np.clip((small - low) / max(high - low, 1) * 255, 0, 255), np.uint8)


def _framed(site: Canvas, shown: Framed) -> Canvas:
    paper, ink = (_OUTLIER, (255, 255, 255)) if shown.outlier else ((255, 255, 255), (60, 60, 60))
    framed = blank(site.shape[0] + _TITLE + _GAP, site.shape[1] + _GAP, paper)
    write(framed, shown.title, 2, 2, colour=ink)
    framed[_TITLE : _TITLE + site.shape[0], _GAP // 2 : _GAP // 2 + site.shape[1]] = site
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
