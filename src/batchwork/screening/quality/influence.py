"""How much a single image moves the score of its well."""

import numpy as np

from batchwork.screening.kernels.scores import score_cells
from batchwork.screening.tables.table import Table


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
    kept = cells.where(cells["excluded"] == "")
    infected = kept["infected"].astype(bool)
    found = dict.fromkeys(cells["image"].tolist(), 0.0)
    for serum in serums:
        values = kept[serum]
        whole = score_cells(values, infected).ratio
        for image in np.unique(kept["image"]).tolist():
            others = kept["image"] != image
            moved = whole / score_cells(values[others], infected[others]).ratio - 1
            if np.isfinite(moved) and abs(moved) > abs(found[image]):
                found[image] = float(moved)
    return found
