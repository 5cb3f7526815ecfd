"""A picture of a well: its sites side by side, the outlines of cells in the colours of their classes."""

from collections.abc import Mapping, Sequence
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
_SHRINK = 4
_GAP, _TITLE = 4, 14
_LOW, _HIGH = 1.0, 99.7
"""Percentiles that are black and bright."""


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
        drawn.append(_framed(_site(containers.read_images(container), mine), str(mine["site"][0]) if len(mine) else "",
                             outlier=key in left_out))  # fmt: skip
    save(_side_by_side(drawn), path)


def _site(images: Mapping[str, NDArray[Any]], cells: Table) -> Canvas:
    """Show marker, serum and nuclei as red, green and blue, with outlines."""
    serum = next(name for name in sorted(images) if name.startswith("serum"))
    planes = [_stretched(images[name]) for name in (MARKER, serum, NUCLEI)]
    canvas = np.stack(planes, axis=-1)
    labels = images[containers.CELLS][::_SHRINK, ::_SHRINK][: canvas.shape[0], : canvas.shape[1]]
    colours = np.zeros((int(images[containers.CELLS].max(initial=0)) + 1, 3), np.uint8)
    colours[:] = CLASSES["left out"]
    good = cells["excluded"] == ""
    for name, chosen in (("infected", cells["infected"] != 0), ("control", cells["infected"] == 0)):
        colours[cells["label"][good & chosen]] = CLASSES[name]
    edge = np.zeros(labels.shape, bool)
    edge[:-1] |= labels[:-1] != labels[1:]
    edge[:, :-1] |= labels[:, :-1] != labels[:, 1:]
    edge &= labels > 0
    canvas[: labels.shape[0], : labels.shape[1]][edge] = colours[labels[edge]]
    return canvas


def _stretched(image: NDArray[Any]) -> NDArray[np.uint8]:
    small = shrink(image, _SHRINK)
    low, high = np.percentile(small, (_LOW, _HIGH))
    return np.asarray(np.clip((small - low) / max(high - low, 1) * 255, 0, 255), np.uint8)


def _framed(site: Canvas, title: str, *, outlier: bool) -> Canvas:
    framed = blank(site.shape[0] + _TITLE + _GAP, site.shape[1] + _GAP, _OUTLIER if outlier else (255, 255, 255))
    write(framed, title, 2, 2, colour=(255, 255, 255) if outlier else (60, 60, 60))
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
