"""How much a single image moves the score of its well."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from batchwork.screening.plates.channels import serum_name
from batchwork.screening.tables.plate import table_of
from batchwork.screening.tables.summaries import WellSummary
from batchwork.screening.tables.table import Table

Floats = NDArray[np.float64]

_VALUE = "_value"
"""What follows a serum's role where its light over the background is."""
_NEEDED = frozenset({"image", "excluded", "infected"})


def summary_of(well: Path) -> WellSummary:
    """Sum up the tables of a well."""
    scores, images = (table_of(well, name) for name in ("scores", "images"))
    cells = table_of(well, "cells", lambda name: name in _NEEDED or name.endswith(_VALUE))
    if not set(cells.columns) >= _NEEDED:
        return WellSummary(scores, images, {})
    scored = scores["serum"][np.isfinite(scores["score"])].tolist()
    serums = [name for name in cells.columns if name.endswith(_VALUE) and serum_name(name[: -len(_VALUE)]) in scored]
    return WellSummary(scores, images, influences(cells, serums))


def influences(cells: Table, serums: list[str]) -> dict[str, float]:
    """Leave each image of a well out in turn: image → ratio of the well with it over that without it, less 1.

    Of several serums the one that moves most counts. The ratio is that of medians, see `score_cells`. 0 for an image
    that is left out anyway, or without which there is no ratio.

    Parameters
    ----------
    cells : Table
        Of one well, all of them: image, infected, excluded, and the value of each serum.
    serums : list of str
        Columns of values.
    """
    kept = cells["excluded"] == ""
    names, place = np.unique(cells["image"], return_inverse=True)
    at, infected = place[kept], cells["infected"][kept].astype(bool)
    found = np.zeros(len(names))
    for serum in serums:
        values = cells[serum][kept]
        whole = _ratio(values, infected)
        for image in range(len(names)):
            others = at != image
            moved = whole / _ratio(values[others], infected[others]) - 1
            if np.isfinite(moved) and abs(moved) > abs(found[image]):
                found[image] = moved
    return dict(zip(names.tolist(), found.tolist(), strict=True))


def _ratio(values: Floats, infected: NDArray[np.bool_]) -> float:
    """Give the ratio of medians, as `score_cells` does, and nothing else of it."""
    known = np.isfinite(values)
    inside, control = values[known & infected], values[known & ~infected]
    if not (inside.size and control.size):
        return float("nan")
    low = float(np.median(control))
    return float(np.median(inside)) / low if low else float("nan")
