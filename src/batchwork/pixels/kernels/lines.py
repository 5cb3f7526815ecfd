"""Symmetric and antisymmetric sums of shifted lines, the one operation below all filters.

Every function adds one tap after the other with one multiplication and one addition for each, so that a value
comes out with the same bits wherever in an image, and in whatever block of it, it is computed.
"""

import numba as nb
import numpy as np
from numpy.typing import NDArray

CONTRACT = {"contract"}
"""The one liberty that compiled loops take: a product and a sum in one rounding."""

Line = NDArray[np.float32]


@nb.njit(nogil=True, cache=True)
def copy(out: Line, line: Line) -> None:
    """Copy a line; much quicker to compile than an assignment of slices."""
    for x in range(out.size):
        out[x] = line[x]


@nb.njit(nogil=True, cache=True)
def fill(out: Line, value: float) -> None:
    """Set a line to one value."""
    for x in range(out.size):
        out[x] = value


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def begin(out: Line, centre: Line, tap: np.float32) -> None:
    """Write the centre tap."""
    for x in range(out.size):
        out[x] = tap * centre[x]


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def add_pair(out: Line, before: Line, after: Line, tap: np.float32) -> None:
    """Add the two taps at one distance."""
    for x in range(out.size):
        out[x] += tap * (before[x] + after[x])


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def add_slope(out: Line, before: Line, after: Line, tap: np.float32) -> None:
    """Add the two taps at one distance of an antisymmetric kernel."""
    for x in range(out.size):
        out[x] += tap * (after[x] - before[x])


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def add_four_pairs(
    out: Line, before: tuple[Line, Line, Line, Line], after: tuple[Line, Line, Line, Line], taps: Line
) -> None:
    """Add the taps at four distances."""
    b0, b1, b2, b3 = before
    a0, a1, a2, a3 = after
    t0, t1, t2, t3 = taps[0], taps[1], taps[2], taps[3]
    for x in range(out.size):
        total = out[x]
        total += t0 * (b0[x] + a0[x])
        total += t1 * (b1[x] + a1[x])
        total += t2 * (b2[x] + a2[x])
        total += t3 * (b3[x] + a3[x])
        out[x] = total


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def across(out: Line, plane: NDArray[np.float32], row: int, left: int, taps: Line, radius: int) -> None:
    """Filter one line with those before and after it.

    Parameters
    ----------
    out : (width,) float32
        Result.
    plane : (rows, columns) float32
        Rows that lie along the filtered axis.
    row : int
        The row in the centre.
    left : int
        First column.
    taps : (at least radius + 1,) float32
        Half of a symmetric kernel.
    radius : int
        Distance of the last tap.
    """
    right = left + out.size
    begin(out, plane[row, left:right], taps[0])
    q = 1
    while q + 3 <= radius:
        add_four_pairs(
            out,
            (
                plane[row - q, left:right],
                plane[row - q - 1, left:right],
                plane[row - q - 2, left:right],
                plane[row - q - 3, left:right],
            ),
            (
                plane[row + q, left:right],
                plane[row + q + 1, left:right],
                plane[row + q + 2, left:right],
                plane[row + q + 3, left:right],
            ),
            taps[q : q + 4],
        )
        q += 4
    while q <= radius:
        add_pair(out, plane[row - q, left:right], plane[row + q, left:right], taps[q])
        q += 1


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def along(out: Line, line: Line, taps: Line, radius: int) -> None:
    """Filter a line along itself; it is longer than the result by `radius` at both ends."""
    n = out.size
    begin(out, line[radius : radius + n], taps[0])
    q = 1
    while q + 3 <= radius:
        b, a = radius - q, radius + q
        add_four_pairs(
            out,
            (line[b : b + n], line[b - 1 : b - 1 + n], line[b - 2 : b - 2 + n], line[b - 3 : b - 3 + n]),
            (line[a : a + n], line[a + 1 : a + 1 + n], line[a + 2 : a + 2 + n], line[a + 3 : a + 3 + n]),
            taps[q : q + 4],
        )
        q += 4
    while q <= radius:
        add_pair(out, line[radius - q : radius - q + n], line[radius + q : radius + q + n], taps[q])
        q += 1
