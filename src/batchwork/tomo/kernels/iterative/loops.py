"""The compiled loops of the projector pair.

Images and sinograms end in `lanes`: a block of slices side by side, innermost in memory, so that one weight serves
all slices of the block. Every value is summed by one thread in one order. The last axis but one has a border of
`BORDER` zeros at both ends, so that the inner loops need not ask where they are.
"""

import numba as nb
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Steps = NDArray[np.float64]

BORDER = 2


@nb.njit(parallel=True, fastmath=True, cache=True)
def project(image: Floats, steps: Steps, chosen: NDArray[np.intp], rays: Floats, marks: tuple[int, ...]) -> None:
    """Sum an image along the rays of some angles, of those that cross every line of it.

    Parameters
    ----------
    image : (lines, places + 2 BORDER, lanes) float32
    steps : (angles, 3) float64
        Place where ray 0 crosses line 0, and how it changes with the line and with the ray.
    chosen : (some,) int
        Angles to do.
    rays : (angles, columns + 2 BORDER, lanes) float32
        Written at the chosen angles; the border stays.
    marks : tuple of `lanes` int
        Its values mean nothing; its length is known when compiled.
    """
    lines, places, columns = image.shape[0], image.shape[1] - 2 * BORDER, rays.shape[1] - 2 * BORDER
    lanes = len(marks)
    for index in nb.prange(chosen.size):
        angle = chosen[index]
        first, per_line, per_ray = steps[angle]
        out = rays[angle].reshape(-1)
        out[:] = 0
        for line in range(lines):
            source = image[line].reshape(-1)
            start = first + line * per_line
            low, high = _span(start, per_ray, places, columns)
            start += BORDER
            for ray in range(low, high):
                place = start + ray * per_ray
                left = np.uint32(place)
                share = np.float32(place - left)
                rest = np.float32(1) - share
                at, to = left * lanes, np.uint32(ray + BORDER) * lanes
                for s in range(lanes):
                    out[to + s] += rest * source[at + s] + share * source[at + lanes + s]
        out *= np.float32(abs(per_ray))


@nb.njit(inline="always")
def _span(start: float, step: float, places: int, columns: int) -> tuple[int, int]:
    """Find the rays that cross a line between its places -1 and `places`, or at most a step beyond."""
    if abs(step) * (columns + places) < 1e-9:  # noqa: PLR2004 - all rays at one place
        return (0, columns) if -1.0 < start < places else (0, 0)
    a, b = (-1.0 - start) / step, (places - start) / step
    low, high = (a, b) if a < b else (b, a)
    limit = float(columns)
    return int(min(max(np.ceil(low), 0.0), limit)), int(min(max(np.floor(high) + 1.0, 0.0), limit))


@nb.njit(parallel=True, fastmath=True, cache=True)
def back_project(rays: Floats, directions: Steps, cor: float, image: Floats, marks: tuple[int, ...]) -> None:
    """Apply the transpose of `project` over all angles: each pixel gathers the two rays beside it.

    Parameters
    ----------
    rays : (angles, columns + 2 BORDER, lanes) float32
    directions : (angles, 2) float64
        Cosine and sine.
    cor : float
        Centre of rotation, a column index.
    image : (n, n + 2 BORDER, lanes) float32
        Written; the border stays.
    marks : tuple of `lanes` int
        As above.
    """
    angles, columns = rays.shape[0], rays.shape[1] - 2 * BORDER
    n, lanes = image.shape[0], len(marks)
    middle = (n - 1) / 2
    for row in nb.prange(n):
        out = image[row].reshape(-1)
        out[:] = 0
        for angle in range(angles):
            cosine, sine = directions[angle]
            reach = max(abs(cosine), abs(sine))
            each = np.float32(1 / reach)
            source = rays[angle].reshape(-1)
            start = cor - middle * cosine + (middle - row) * sine
            low, high = _span(start, cosine, columns, n)
            start += BORDER
            for column in range(low, high):
                place = start + column * cosine
                ray = np.uint32(place - reach + 1.0)
                beyond = np.float32(place - ray) * each
                first = max(np.float32(1) - abs(beyond), np.float32(0)) * each
                second = max(np.float32(1) - abs(beyond - each), np.float32(0)) * each
                at, to = ray * lanes, np.uint32(column + BORDER) * lanes
                for s in range(lanes):
                    out[to + s] += first * source[at + s] + second * source[at + lanes + s]
