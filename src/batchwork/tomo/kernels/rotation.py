"""Turning projections by a small angle, to level the axis of rotation."""

import math

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.tomo.kernels.shapes import require_stack, room_for

_TAPS = 4
_LANES = 16
"""Projections that are turned together."""


def halo(shape: tuple[int, int], angle_deg: float) -> tuple[int, int]:
    """Rows and columns around a part of a projection that turning the whole about its middle needs.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the whole projection.
    angle_deg : float
        In degrees.
    """
    if angle_deg == 0:
        return 0, 0
    angle = math.radians(angle_deg)
    along, across = 1 - math.cos(angle), abs(math.sin(angle))
    rows, columns = shape[0] / 2, shape[1] / 2
    return (
        math.ceil(along * rows + across * columns) + _TAPS // 2,
        math.ceil(along * columns + across * rows) + _TAPS // 2,
    )


@nb.njit(inline="always")
def _weights(t: np.float32) -> tuple[np.float32, np.float32, np.float32, np.float32]:
    """Cubic convolution weights of the four pixels around a place t beyond the second (Keys 1981, a = -1/2)."""
    half, one, two = np.float32(0.5), np.float32(1), np.float32(2)
    square = t * t
    return (
        ((two - t) * t - one) * half * t,
        ((np.float32(3) * t - np.float32(5)) * square + two) * half,
        ((np.float32(4) - np.float32(3) * t) * t + one) * half * t,
        (t - one) * half * square,
    )


@nb.njit(parallel=True, cache=True)
def _lay_side_by_side(projections: NDArray[np.float32], lanes: NDArray[np.float32]) -> None:
    """Copy (n, rows, columns) to (rows, columns, n), so that one set of weights serves n pixels at once."""
    count, rows, columns = projections.shape
    for r in nb.prange(rows):
        for c in range(columns):
            for n in range(count):
                lanes[r, c, n] = projections[n, r, c]


@nb.njit(parallel=True, fastmath=True, cache=True)
def _turn(
    lanes: NDArray[np.float32], cosine: float, sine: float, centre: tuple[float, float], target: NDArray[np.float32]
) -> None:
    rows, columns, count = lanes.shape
    for r in nb.prange(rows):
        line = np.zeros((columns, count), np.float32)
        for c in range(columns):
            dy, dx = r - centre[0], c - centre[1]
            y = centre[0] + cosine * dy + sine * dx
            x = centre[1] + cosine * dx - sine * dy
            i, j = math.floor(y), math.floor(x)
            down, across = _weights(np.float32(y - i)), _weights(np.float32(x - j))
            for a in range(_TAPS):
                row = min(max(i + a - 1, 0), rows - 1)
                for b in range(_TAPS):
                    weight, pixels = down[a] * across[b], lanes[row, min(max(j + b - 1, 0), columns - 1)]
                    for n in range(count):
                        line[c, n] += weight * pixels[n]
        for n in range(target.shape[0]):
            for c in range(columns):
                target[n, r, c] = line[c, n]


def rotate(
    projections: NDArray[np.float32],
    angle_deg: float,
    centre: tuple[float, float] | None = None,
    out: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Turn projections counterclockwise as seen, by cubic convolution; beyond the borders they are repeated.

    Parameters
    ----------
    projections : (n, rows, columns) float32
        Of any unit; row 0 is uppermost.
    angle_deg : float
        In degrees.
    centre : (float, float), optional
        Row and column that stay where they are; the middle by default.
    out : (n, rows, columns) float32, optional
        Where to write; not `projections` itself.

    Returns
    -------
    (n, rows, columns) float32
        `out` if given.

    Raises
    ------
    ParameterError
        If a shape does not fit.

    References
    ----------
    Keys, IEEE Trans. Acoustics, Speech and Signal Processing 29 (1981) 1153.
    """
    require_stack(projections.shape, "n, rows, columns")
    target = room_for(projections.shape, out)
    count, rows, columns = projections.shape
    middle = ((rows - 1) / 2, (columns - 1) / 2) if centre is None else centre
    angle = math.radians(angle_deg)
    lanes = np.empty((rows, columns, min(_LANES, count)), np.float32)
    for first in range(0, count, _LANES):
        part = slice(first, first + _LANES)
        _lay_side_by_side(projections[part], lanes)
        _turn(lanes, math.cos(angle), math.sin(angle), middle, target[part])
    return target


def tilt_deg(upper: tuple[float, float], lower: tuple[float, float]) -> float:
    """Tilt of the axis from its columns at two heights; turning the projections by it levels the axis.

    Parameters
    ----------
    upper, lower : (float, float)
        Row and centre of rotation there, a column index; the rows differ.

    Returns
    -------
    float
        Degrees, positive where the axis leans to the right at the top.
    """
    return math.degrees(math.atan2(upper[1] - lower[1], lower[0] - upper[0]))
