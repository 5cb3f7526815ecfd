"""Where objects lie, in one pass over their labels."""

from dataclasses import dataclass
from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.screening.kernels.checking import checked_labels


@dataclass(frozen=True, slots=True)
class Geometry:
    """Places of the objects 1 … n in pixels, the first pixel's centre at 0; a label without pixels has zeros."""

    area: NDArray[np.int64]
    """(n,)"""
    centre: NDArray[np.float64]
    """(n, 2) y and x of the centre of mass."""
    box: NDArray[np.int64]
    """(n, 4) first row, first column, last row + 1, last column + 1."""


@nb.njit(nogil=True, cache=True)
def _locate(labels: NDArray[np.int32], area: Any, sums: Any, box: Any) -> None:
    rows, columns = labels.shape
    for y in range(rows):
        for x in range(columns):
            at = labels[y, x] - 1
            if at < 0:
                continue
            if area[at] == 0:
                box[at, 0], box[at, 1], box[at, 2], box[at, 3] = y, x, y + 1, x + 1
            area[at] += 1
            sums[at, 0] += y
            sums[at, 1] += x
            box[at, 1] = min(box[at, 1], x)
            box[at, 2] = y + 1
            box[at, 3] = max(box[at, 3], x + 1)


def locate(labels: NDArray[Any]) -> Geometry:
    """Find area, centre and box of each object.

    Parameters
    ----------
    labels : (ny, nx) integers
        Objects 1 … n, 0 elsewhere.
    """
    given = checked_labels(labels)
    count = int(given.max(initial=0))
    area, sums, box = np.zeros(count, np.int64), np.zeros((count, 2), np.int64), np.zeros((count, 4), np.int64)
    _locate(given, area, sums, box)
    return Geometry(area, sums / np.maximum(area, 1)[:, None], box)
