"""Smoothing that keeps edges: the proximal map of total variation, many slices side by side.

References
----------
Rudin, Osher and Fatemi, Physica D 60 (1992) 259; Beck and Teboulle, IEEE Trans. Image Process. 18 (2009) 2419, for
the fast projected gradient on the dual.
"""

import math
from dataclasses import dataclass, field

import numba as nb
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

GRADIENT_STEP = np.float32(1 / 8)
"""One over the largest eigenvalue of the gradient's square, in two dimensions."""


@nb.njit(parallel=True, fastmath=True, cache=True)
def _image(noisy: Floats, dual: Floats, strengths: Floats, lowest: float, image: Floats) -> None:
    """Write ``max(noisy + strength div dual, lowest)``."""
    n, width, lanes = noisy.shape
    for r in nb.prange(n):
        for c in range(width):
            for s in range(lanes):
                total = dual[0, r, c, s] + dual[1, r, c, s]
                if r > 0:
                    total -= dual[0, r - 1, c, s]
                if c > 0:
                    total -= dual[1, r, c - 1, s]
                image[r, c, s] = max(noisy[r, c, s] + strengths[s] * total, np.float32(lowest))


@nb.njit(parallel=True, fastmath=True, cache=True)
def _ascend(image: Floats, steps: Floats, momentum: float, point: Floats, dual: Floats) -> None:
    """Step from `point` along the gradient of the image, back into the unit disc; move on with momentum."""
    n, width, lanes = image.shape
    m = np.float32(momentum)
    for r in nb.prange(n):
        for c in range(width):
            for s in range(lanes):
                here = image[r, c, s]
                down = image[r + 1, c, s] - here if r + 1 < n else np.float32(0)
                right = image[r, c + 1, s] - here if c + 1 < width else np.float32(0)
                p = point[0, r, c, s] + steps[s] * down
                q = point[1, r, c, s] + steps[s] * right
                scale = np.float32(1) / max(np.float32(1), np.sqrt(p * p + q * q))
                p, q = p * scale, q * scale
                point[0, r, c, s] = p + m * (p - dual[0, r, c, s])
                point[1, r, c, s] = q + m * (q - dual[1, r, c, s])
                dual[0, r, c, s], dual[1, r, c, s] = p, q


@dataclass(frozen=True, slots=True, eq=False)
class VariationFilter:
    """Minimises ``|x - noisy|² / 2 + strength TV(x)`` over images x, of many slices side by side.

    TV is the sum over pixels of the gradient's length, by differences to the next row and column. Each call starts
    from the dual of the one before: in an outer iteration few steps do.

    Parameters
    ----------
    shape : (int, int, int)
        Rows, columns and lanes.
    strengths : (lanes,) float32
        In the image's unit; 0 leaves a slice as it is.
    lowest : float
        No value falls below it; minus infinity for no limit.
    """

    shape: tuple[int, int, int]
    strengths: Floats
    lowest: float = -math.inf
    _dual: Floats = field(init=False)
    _point: Floats = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_dual", np.zeros((2, *self.shape), np.float32))
        object.__setattr__(self, "_point", np.zeros((2, *self.shape), np.float32))

    def __call__(self, noisy: Floats, steps: int, out: Floats) -> None:
        """Smooth images, (rows, columns, lanes) float32, into `out` by so many steps."""
        self._point[:] = self._dual
        sizes = np.zeros_like(self.strengths)
        np.divide(GRADIENT_STEP, self.strengths, out=sizes, where=self.strengths > 0)
        t = 1.0
        for _ in range(steps):
            _image(noisy, self._point, self.strengths, self.lowest, out)
            later = (1 + math.sqrt(1 + 4 * t * t)) / 2
            _ascend(out, sizes, (t - 1) / later, self._point, self._dual)
            t = later
        _image(noisy, self._dual, self.strengths, self.lowest, out)


def total_variation(images: Floats) -> NDArray[np.float64]:
    """Sum the gradient's length over the pixels of each slice, (rows, columns, lanes) to (lanes,)."""
    down, right = (np.diff(images, axis=axis, append=np.take(images, [-1], axis)) for axis in (0, 1))
    lengths: NDArray[np.float64] = np.hypot(down, right).sum(axis=(0, 1), dtype=np.float64)
    return lengths
