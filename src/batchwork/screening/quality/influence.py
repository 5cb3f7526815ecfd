"""How much a single image moves the score of its well."""

import numpy as np
from numpy.typing import NDArray

from batchwork.screening.tables.table import Table

Floats = NDArray[np.float64]


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
