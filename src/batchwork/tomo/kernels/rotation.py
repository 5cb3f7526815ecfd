"""Turning projections by a small angle, to level the axis of rotation."""

import math
from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError

_TAPS = 4


def halo_rows(columns: int, angle_deg: float) -> int:
    """Rows above and below a block that turning it needs."""
    if angle_deg == 0:
        return 0
    return math.ceil(columns / 2 * abs(math.sin(math.radians(angle_deg)))) + _TAPS // 2


@nb.njit(inline="always")
def _weights(t: float, out: NDArray[np.float32]) -> None:
    """Cubic convolution weights of the four pixels around a place t beyond the second (Keys 1981, a = -1/2)."""
    out[0] = ((-0.5 * t + 1.0) * t - 0.5) * t
    out[1] = (1.5 * t - 2.5) * t * t + 1.0
    out[2] = ((-1.5 * t + 2.0) * t + 0.5) * t
    out[3] = (0.5 * t - 0.5) * t * t


@nb.njit(parallel=True, cache=True)
def _turn(
    source: NDArray[Any], cosine: float, sine: float, centre: tuple[float, float], target: NDArray[np.float32]
) -> None:
    count, rows, columns = source.shape
    for n in nb.prange(count):
        across, down = np.empty(_TAPS, np.float32), np.empty(_TAPS, np.float32)
        for r in range(rows):
            for c in range(columns):
                dy, dx = r - centre[0], c - centre[1]
                y = centre[0] + cosine * dy + sine * dx
                x = centre[1] + cosine * dx - sine * dy
                i, j = math.floor(y), math.floor(x)
                _weights(y - i, down)
                _weights(x - j, across)
                total = np.float32(0)
                for a in range(_TAPS):
                    row = min(max(i + a - 1, 0), rows - 1)
                    line = np.float32(0)
                    for b in range(_TAPS):
                        line += across[b] * np.float32(source[n, row, min(max(j + b - 1, 0), columns - 1)])
                    total += down[a] * line
                target[n, r, c] = total


def rotate(
    projections: NDArray[Any],
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
    if projections.ndim != 3:  # noqa: PLR2004 - a stack of pictures
        raise ParameterError(f"projections must have the shape (n, rows, columns), not {projections.shape}")
    target = np.empty(projections.shape, np.float32) if out is None else out
    if target.shape != projections.shape or target.dtype != np.float32:
        raise ParameterError(f"out must be float32 of shape {projections.shape}")
    _, rows, columns = projections.shape
    middle = ((rows - 1) / 2, (columns - 1) / 2) if centre is None else centre
    angle = math.radians(angle_deg)
    _turn(projections, math.cos(angle), math.sin(angle), middle, target)
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
