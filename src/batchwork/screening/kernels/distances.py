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


@nb.njit(nogil=True, cache=True, error_model="numpy")
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
            begin = int(np.floor(rise / (2 * (column - last)))) + 1
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


@nb.njit(nogil=True, cache=True)
def _rows_to_outside(mask: NDArray[np.bool_], rows_off: Whole) -> None:
    """Give each pixel its distance in rows to the nearest one outside, 0 outside."""
    rows, columns = mask.shape
    above = np.full(columns, FAR, np.int32)
    for row in range(rows):
        for column in range(columns):
            above[column] = min(above[column] + 1, FAR) if mask[row, column] else 0
        rows_off[row] = above
    for row in range(rows - 2, -1, -1):
        for column in range(columns):
            rows_off[row, column] = min(rows_off[row, column], rows_off[row + 1, column] + 1)


@nb.njit(nogil=True, cache=True)
def _along_run(rows_off: Whole, places: Whole, begins: Whole, out: NDArray[np.float32]) -> None:
    """Give the distances of a run of pixels within a row, with the ones outside at its ends, if there are any."""
    count = _lower_envelope(rows_off, places, begins)
    if count == 0:
        out[:] = FAR
    for k in range(count):
        height = rows_off[places[k]] * rows_off[places[k]]
        for column in range(begins[k], begins[k + 1] if k + 1 < count else rows_off.size):
            out[column] = np.sqrt(np.float32(height + (column - places[k]) * (column - places[k])))


@nb.njit(nogil=True, cache=True)
def _distances(mask: NDArray[np.bool_], out: NDArray[np.float32]) -> None:
    """Within each row the nearest pixel outside lies no further than the ends of the run, which bounds the search."""
    rows, columns = mask.shape
    rows_off = np.empty(mask.shape, np.int32)
    _rows_to_outside(mask, rows_off)
    places, begins = np.empty(columns, np.int32), np.empty(columns, np.int32)
    for row in range(rows):
        end = 0
        while end < columns:
            if not mask[row, end]:
                out[row, end] = 0
                end += 1
                continue
            start = max(end - 1, 0)
            while end < columns and mask[row, end]:
                end += 1
            stop = min(end + 1, columns)
            _along_run(rows_off[row, start:stop], places, begins, out[row, start:stop])


def distances(mask: NDArray[Any]) -> NDArray[np.float32]:
    """Give each pixel of a mask its distance in pixels to the nearest one outside: (ny, nx) float32, 0 outside.

    Where nothing is outside, the distance is 2¹⁵.
    """
    given = checked_mask(mask)
    out = np.empty(given.shape, np.float32)
    _distances(given, out)
    return out


def erode_mask(mask: NDArray[Any], radius: float) -> NDArray[np.bool_]:
    """Keep the pixels of a mask that are further than `radius` pixels from any one outside it."""
    return np.asarray(distances(mask) > np.float32(radius))


def dilate_mask(mask: NDArray[Any], radius: float) -> NDArray[np.bool_]:
    """Add the pixels that are at most `radius` pixels from a mask."""
    squares, _ = nearest_labels(checked_mask(mask).view(np.uint8))
    return np.asarray(squares <= radius**2)
