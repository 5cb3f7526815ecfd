"""Beam hardening undone by a polynomial."""

from collections.abc import Sequence

import numba as nb
import numpy as np
from numpy.typing import NDArray


@nb.njit(parallel=True, fastmath=True, cache=True)
def _apply(values: NDArray[np.float32], coefficients: NDArray[np.float32]) -> None:
    rows, width = values.shape
    for r in nb.prange(rows):
        line = values[r]
        for c in range(width):
            p, total = line[c], np.float32(0)
            for k in range(coefficients.size - 1, -1, -1):
                total = (total + coefficients[k]) * p
            line[c] = total


def linearise(attenuation: NDArray[np.float32], coefficients: Sequence[float]) -> None:
    """Map attenuation in place: p becomes ``a1 p + a2 p² + …``.

    A polychromatic beam loses its soft part first, so that measured attenuation grows more slowly than the
    thickness; coefficients that undo this are found from a step wedge or by making a homogeneous sample flat.

    Parameters
    ----------
    attenuation : (..., columns) float32, C-contiguous
        Line integrals.
    coefficients : sequence of float
        a1, a2, …; none leaves everything.

    References
    ----------
    Herman, Physics in Medicine and Biology 24 (1979) 81.
    """
    if len(coefficients):
        _apply(attenuation.reshape(-1, attenuation.shape[-1]), np.asarray(coefficients, np.float32))
