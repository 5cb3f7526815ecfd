"""The hills of a surface: each place goes to the top that the steepest way up leads to."""

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int32]
Surface = NDArray[np.float32]


@nb.njit(nogil=True, cache=True)
def _climb(surface: Surface, towards: Labels) -> None:
    """Note for each place above 0 the highest of itself and its eight neighbours; the first of equal ones."""
    rows, columns = surface.shape
    for row in range(rows):
        for column in range(columns):
            best, height = row * columns + column, surface[row, column]
            if height <= 0:
                towards[best] = -1
                continue
            place = best
            for r in range(max(row - 1, 0), min(row + 2, rows)):
                for c in range(max(column - 1, 0), min(column + 2, columns)):
                    other = surface[r, c]
                    if other > height or (other == height and r * columns + c < best):
                        best, height = r * columns + c, other
            towards[place] = best


@nb.njit(nogil=True, cache=True)
def _number_tops(towards: Labels, labels: Labels) -> None:
    """Number the tops, and give each place that of the top it leads to."""
    count = 0
    for place in range(towards.size):
        if towards[place] == place:
            count += 1
            labels[place] = count
    for place in range(towards.size):
        if towards[place] < 0:
            continue
        top = towards[place]
        while labels[top] == 0:
            top = towards[top]
        label, on = labels[top], place
        while labels[on] == 0:
            labels[on], on = label, towards[on]


def hills(surface: NDArray[Any]) -> Labels:
    """Part what is above 0 between the tops of a surface.

    Parameters
    ----------
    surface : (ny, nx) float32
        Of any unit, without NaN.

    Returns
    -------
    (ny, nx) int32
        Hills 1 … n in the order of their tops, 0 where the surface is not above 0.

    Notes
    -----
    On a flat top each place leads to the first one beside it, which may leave a plateau with more than one top.

    References
    ----------
    Vincent, Soille, Watersheds in digital spaces, IEEE Trans. PAMI 13 (1991) 583, of the surface turned upside down.
    """
    heights = np.ascontiguousarray(surface, np.float32)
    towards, labels = np.empty(heights.size, np.int32), np.zeros(heights.size, np.int32)
    _climb(heights, towards)
    _number_tops(towards, labels)
    return labels.reshape(heights.shape)
