"""Exact Euclidean distances, and which object is nearest.

References
----------
Meijster, Roerdink, Hesselink, A general algorithm for computing distance transforms in linear time (2000).
"""

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.screening.kernels.checking import checked_labels, checked_mask

FAR = 1 << 15
"""More rows than an image has; its square still fits into 32 bits."""

Whole = NDArray[np.int32]


@nb.njit(nogil=True, cache=True)
def _nearest_in_column(labels: Whole, rows_off: Whole, found: Whole) -> None:
    """Give the distance in rows to the nearest object above or below, and its label."""
    rows, columns = labels.shape
    for column in range(columns):
        rows_off[0, column] = 0 if labels[0, column] > 0 else FAR
        found[0, column] = labels[0, column]
    for row in range(1, rows):
        for column in range(columns):
            here = labels[row, column]
            above = rows_off[row - 1, column]
            rows_off[row, column] = 0 if here > 0 else min(above + 1, FAR)
            found[row, column] = here if here > 0 else found[row - 1, column]
    for row in range(rows - 2, -1, -1):
        for column in range(columns):
            below = rows_off[row + 1, column] + 1
            if below < rows_off[row, column]:
                rows_off[row, column] = below
                found[row, column] = found[row + 1, column]


@nb.njit(nogil=True, cache=True)
def _lower_envelope(rows_off: Whole, places: Whole, begins: Whole) -> int:
    """List the columns whose parabolas are lowest somewhere, and where each one begins; give how many there are."""
    count = 0
    for column in range(rows_off.size):
        height = rows_off[column]
        if height >= FAR:
            continue
        begin = 0
        while count > 0:
            last = places[count - 1]
            rise = height * height - rows_off[last] * rows_off[last] + column * column - last * last
            begin = rise // (2 * (column - last)) + 1
            if begin > begins[count - 1]:
                break
            count -= 1
        if count == 0:
            begin = 0
        if begin < rows_off.size:
            places[count], begins[count] = column, begin
            count += 1
    return count


@nb.njit(nogil=True, cache=True)
def _nearest(labels: Whole, squares: Whole, nearest: Whole) -> None:
    rows, columns = labels.shape
    rows_off, found = np.empty_like(labels), np.empty_like(labels)
    _nearest_in_column(labels, rows_off, found)
    places, begins = np.empty(columns, np.int32), np.empty(columns, np.int32)
    for row in range(rows):
        count = _lower_envelope(rows_off[row], places, begins)
        if count == 0:
            squares[row], nearest[row] = FAR * FAR, 0
            continue
        for k in range(count):
            place = places[k]
            height, label = rows_off[row, place], found[row, place]
            end = begins[k + 1] if k + 1 < count else columns
            for column in range(begins[k], end):
                squares[row, column] = height * height + (column - place) * (column - place)
                nearest[row, column] = label


def nearest_labels(labels: NDArray[Any]) -> tuple[Whole, Whole]:
    """Find the nearest object of each pixel.

    Parameters
    ----------
    labels : (ny, nx) integers
        0 is no object. At most 32,767 rows and columns.

    Returns
    -------
    squares : (ny, nx) int32
        Squared distance in pixels to the nearest pixel of an object, 0 within objects; 2³⁰ where there is none.
    nearest : (ny, nx) int32
        Label of that pixel, 0 where there is none.

    Raises
    ------
    ParameterError
        If the labels have not two axes or are no labels.
    """
    objects = checked_labels(labels)
    squares, nearest = np.empty_like(objects), np.empty_like(objects)
    _nearest(objects, squares, nearest)
    return squares, nearest


def distances(mask: NDArray[Any]) -> NDArray[np.float32]:
    """Give each pixel of a mask its distance in pixels to the nearest one outside: (ny, nx) float32, 0 outside.

    Where nothing is outside, the distance is 2¹⁵.
    """
    squares, _ = nearest_labels((~checked_mask(mask)).view(np.uint8))
    return np.sqrt(squares.astype(np.float32))


def erode_mask(mask: NDArray[Any], radius: float) -> NDArray[np.bool_]:
    """Keep the pixels of a mask that are further than `radius` pixels from any one outside it."""
    squares, _ = nearest_labels((~checked_mask(mask)).view(np.uint8))
    return np.asarray(squares > radius**2)


def dilate_mask(mask: NDArray[Any], radius: float) -> NDArray[np.bool_]:
    """Add the pixels that are at most `radius` pixels from a mask."""
    squares, _ = nearest_labels(checked_mask(mask).view(np.uint8))
    return np.asarray(squares <= radius**2)
