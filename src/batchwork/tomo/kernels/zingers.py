"""Bright spots of single frames, from stray photons and particles that hit the camera."""

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.tomo.kernels.shapes import require_stack


@nb.njit(parallel=True, cache=True)
def _remove(projections: NDArray[Any], size: int, threshold: float, out: NDArray[Any]) -> None:
    angles, rows, columns = projections.shape
    half, count = size // 2, size * size
    most = count // 2
    for a in nb.prange(angles):
        frame = projections[a]
        around = np.empty(count, np.float32)
        for r in range(rows):
            for c in range(columns):
                value = np.float32(frame[r, c])
                out[a, r, c] = frame[r, c]
                limit, bright = value - np.float32(threshold), 0
                for k in range(count):  # most pixels have enough neighbours that are as bright
                    row = min(max(r + k // size - half, 0), rows - 1)
                    column = min(max(c + k % size - half, 0), columns - 1)
                    around[k] = frame[row, column]
                    if not around[k] < limit:
                        bright += 1
                        if bright > most:
                            break
                if bright <= most:
                    around.sort()
                    out[a, r, c] = around[most]


def remove_zingers(projections: NDArray[Any], *, size: int = 5, threshold: float) -> NDArray[Any]:
    """Replace pixels that are brighter than the median around them by more than a threshold, by that median.

    Parameters
    ----------
    projections : (angles, rows, columns) uint8, uint16 or float32
        Detector counts. A block of rows needs ``size // 2`` more above and below; beyond the borders the outermost
        pixels are repeated.
    size : int
        Side of the square around a pixel, odd.
    threshold : float
        In counts, > 0.

    Returns
    -------
    (angles, rows, columns), of the same type
        New. What is no number stays.

    Raises
    ------
    ParameterError
        If a parameter or the shape does not fit.
    """
    if size < 1 or size % 2 == 0 or not threshold > 0:
        raise ParameterError(f"size = {size} must be odd, threshold = {threshold:g} above 0")
    require_stack(projections.shape, "angles, rows, columns")
    out = np.empty_like(projections)
    _remove(projections, size, threshold, out)
    return out
