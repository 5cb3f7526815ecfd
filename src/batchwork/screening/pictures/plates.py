"""A picture of a plate: a disc for each well, its score in the middle, its sites as wedges around it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from batchwork.screening.pictures.raster import GLYPH, Canvas, Colour, blank, polar, save, width_of, write
from batchwork.screening.plates.wells import Place, format_of, place_of

_STOPS: tuple[Colour, ...] = ((68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37))
"""Of the colours from low to high, as viridis has them; Smith and van der Walt, CC0."""
_NONE: Colour = (225, 225, 225)
_OUTLIER: Colour = (214, 39, 40)
_SIDE, _LARGE, _SMALL = 46, 200, 14
"""Pixels of a well; of many wells fewer."""
_MARGIN, _LEGEND = 34, 70
_LEAST_SPAN = 0.1


@dataclass(frozen=True, slots=True)
class WellPicture:
    """What is shown of a well."""

    score: float
    """NaN where it has none."""
    sites: Sequence[float]
    """Score of each image, in order."""
    outliers: Sequence[bool]
    """Whether each image is left out."""


def draw_plates(path: Path, serums: Mapping[str, Mapping[str, WellPicture]]) -> None:
    """Draw the plate once for each serum, below one another.

    Parameters
    ----------
    path : Path
        A PNG.
    serums : mapping
        Serum → well → what is shown.
    """
    drawn = [_plate(name, wells) for name, wells in serums.items()] or [blank(_MARGIN, _LARGE)]
    width = max(canvas.shape[1] for canvas in drawn)
    wide = [np.pad(c, ((0, 0), (0, width - c.shape[1]), (0, 0)), constant_values=255) for c in drawn]
    save(np.concatenate(wide), path)


def _plate(name: str, wells: Mapping[str, WellPicture]) -> Canvas:
    places = {well: place for well in wells if (place := place_of(well)) is not None}
    rows, columns = format_of(places.values())
    side = max(_SMALL, min(_SIDE, 900 // columns))
    canvas = blank(2 * _MARGIN + rows * side, _MARGIN + columns * side + _LEGEND)
    write(canvas, name, 6, _MARGIN)
    _label(canvas, rows, columns, side)
    low, high = _span(w.score for w in wells.values())
    for row in range(rows):
        for column in range(columns):
            _disc(canvas, Place(row, column), side, None, (low, high))
    for well, place in places.items():
        _disc(canvas, place, side, wells[well], (low, high))
    _legend(canvas, (low, high), _MARGIN + columns * side + 12)
    return canvas


def _label(canvas: Canvas, rows: int, columns: int, side: int) -> None:
    scale = 2 if side > _SMALL else 1
    for row in range(rows):
        letters = Place(row, 0).name[:-2]
        write(canvas, letters, _MARGIN + row * side + (side - GLYPH[0] * scale) // 2, 6, scale=scale)
    for column in range(columns):
        number = str(column + 1)
        left = _MARGIN + column * side + (side - width_of(number, scale)) // 2
        write(canvas, number, _MARGIN - GLYPH[0] * scale - 4, left, scale=scale)


def _span(scores: Iterable[float]) -> tuple[float, float]:
    known = [score for score in scores if np.isfinite(score)]
    if not known:
        return 0.0, 1.0
    low, high = min(known), max(known)
    return low, max(high, low + _LEAST_SPAN)


def colour_of(value: float, span: tuple[float, float]) -> Colour:
    """Give the colour of a value; grey where there is none."""
    if not np.isfinite(value):
        return _NONE
    place = np.clip((value - span[0]) / (span[1] - span[0]), 0, 1) * (len(_STOPS) - 1)
    red, green, blue = (
        round(float(np.interp(place, range(len(_STOPS)), [stop[k] for stop in _STOPS]))) for k in range(3)
    )
    return red, green, blue


def _disc(canvas: Canvas, at: Place, side: int, well: WellPicture | None, span: tuple[float, float]) -> None:
    """Draw a well: wedges of its sites, its score in the middle, a red ring where all its images are left out."""
    radius = side // 2 - 1
    away, turn = polar(radius)
    top, left = _MARGIN + at.row * side, _MARGIN + at.column * side
    part = canvas[top : top + 2 * radius + 1, left : left + 2 * radius + 1]
    if well is None:
        part[(away <= radius) & (away > radius - 1)] = _NONE
        return
    part[away <= radius] = _NONE
    for k, (score, outlier) in enumerate(zip(well.sites, well.outliers, strict=True)):
        wedge = (turn * len(well.sites)).astype(int) == k
        part[wedge & (away <= radius)] = _NONE if outlier else colour_of(score, span)
        if outlier:
            part[wedge & (away <= radius) & (away > radius - max(2, radius // 8))] = _OUTLIER
    part[away <= radius * 0.55] = (255, 255, 255)
    part[away <= radius * 0.5] = colour_of(well.score, span)


def _legend(canvas: Canvas, span: tuple[float, float], left: int) -> None:
    top, bottom = _MARGIN, canvas.shape[0] - _MARGIN
    for row in range(top, bottom):
        value = span[1] - (row - top) / max(bottom - top - 1, 1) * (span[1] - span[0])
        canvas[row, left : left + 12] = colour_of(value, span)
    for value, at in ((span[1], top), (span[0], bottom - 2 * GLYPH[0])):
        write(canvas, f"{value:.2f}", at, left + 18)
