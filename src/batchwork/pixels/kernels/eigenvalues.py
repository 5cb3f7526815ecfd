"""Eigenvalues of symmetric 3 × 3 matrices."""

import math

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.kernels.lines import CONTRACT
from batchwork.pixels.kernels.tables import NOWHERE

Floats = NDArray[np.float32]


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def eigenvalues_3x3(xx: float, xy: float, xz: float, yy: float, yz: float, zz: float) -> tuple[float, float, float]:
    """Give the eigenvalues of a symmetric matrix, the largest first.

    Notes
    -----
    With m the mean of the diagonal and p² a sixth of the squared norm of A - m·1, the matrix B = (A - m·1) / p has
    the eigenvalues 2 cos(φ + 2πk/3), where cos 3φ is half its determinant. In single precision this is not
    accurate enough where eigenvalues lie close together.

    References
    ----------
    Smith, Comm. ACM 4 (1961) 168.
    """
    mean = (xx + yy + zz) / 3.0
    a, b, c = xx - mean, yy - mean, zz - mean
    square = (a * a + b * b + c * c + 2.0 * (xy * xy + xz * xz + yz * yz)) / 6.0
    if square <= 0.0:
        return mean, mean, mean
    p = math.sqrt(square)
    determinant = a * (b * c - yz * yz) - xy * (xy * c - yz * xz) + xz * (xy * yz - b * xz)
    cosine = min(1.0, max(-1.0, determinant / (2.0 * square * p)))
    angle = math.acos(cosine) / 3.0
    largest = mean + 2.0 * p * math.cos(angle)
    least = mean + 2.0 * p * math.cos(angle + 2.0 * math.pi / 3.0)
    return largest, 3.0 * mean - largest - least, least


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def eigenvalue_columns(tensor: Floats, slots: NDArray[np.int64], out: Floats) -> None:
    """Compute the eigenvalues of many matrices.

    Parameters
    ----------
    tensor : (6, pixels) float32
        Elements xx, xy, xz, yy, yz and zz.
    slots : (3,) int64
        Row of `out` that each eigenvalue goes to, the largest first; `NOWHERE` for none.
    out : (rows, at least pixels) float32
        Result.
    """
    for i in range(tensor.shape[1]):
        values = eigenvalues_3x3(
            np.float64(tensor[0, i]),
            np.float64(tensor[1, i]),
            np.float64(tensor[2, i]),
            np.float64(tensor[3, i]),
            np.float64(tensor[4, i]),
            np.float64(tensor[5, i]),
        )
        for part in range(3):
            if slots[part] != NOWHERE:
                out[slots[part], i] = values[part]
