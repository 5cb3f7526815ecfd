"""The filters of smoothed planes, one tile of 32 × 64 pixels at a time.

A tile with its margin is small enough to stay in the first cache, and of one fixed size, so that compiled loops
treat all of its pixels alike.
"""

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.kernels.lines import CONTRACT, copy
from batchwork.pixels.kernels.selection import FILTER_REACH
from batchwork.pixels.kernels.tables import (
    CURVATURE,
    DIFFERENCE,
    GAUSSIAN,
    NARROW,
    NOWHERE,
    SLOPE,
    SLOT_COUNT,
    STRUCTURE,
    ScaleTable,
    wants,
)

TILE_ROWS = 32
TILE_COLUMNS = 64
TILE = TILE_ROWS * TILE_COLUMNS
"""Pixels of a tile."""

_GUARD = 16
_PAD = 8
_STRIDE = TILE_COLUMNS + 2 * _PAD
_PLANE = (TILE_ROWS + 2 * FILTER_REACH) * _STRIDE
_PLANES = 6
SCRATCH = _GUARD + _PLANES * _PLANE + _GUARD
"""Values that the work on one tile needs beside its result."""

Floats = NDArray[np.float32]
Bounds = tuple[int, int, int, int]
"""First row, end of rows, first column, end of columns of the image, counted from the tile's first pixel."""

_MARGIN = 2
_HALF = np.float32(0.5)


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def fill_tile(
    smoothed: Floats,
    y: int,
    x: int,
    table: ScaleTable,
    channel: int,
    scale: int,
    bounds: Bounds,
    scratch: Floats,
    values: Floats,
    out: Floats,
    offset: int,
) -> None:
    """Compute the wanted columns of one channel and scale for one tile.

    Parameters
    ----------
    smoothed : (rows, columns) float32
        The smoothed plane, with a margin of `FILTER_REACH` around its tiles.
    y, x : int
        The tile's first pixel, margin not counted.
    table : ScaleTable
        Kernels, and where the values go.
    channel, scale : int
        Their numbers in the table.
    bounds : tuple
        Where the image ends, see `Bounds`; beyond, the products of gradients are mirrored, not the gradients.
    scratch : (SCRATCH,) float32
        Anything.
    values : (SLOT_COUNT * TILE,) float32
        Anything.
    out : (columns, pixels) float32
        Gets the tile's columns at `offset`.
    offset : int
        Where in `out` the tile begins.
    """
    slots = table.slots[channel, scale]
    for row in range(TILE_ROWS + 2 * FILTER_REACH):
        at = _GUARD + row * _STRIDE + _PAD - FILTER_REACH
        scratch[at : at + TILE_COLUMNS + 2 * FILTER_REACH] = smoothed[y + row, x : x + TILE_COLUMNS + 2 * FILTER_REACH]
    if wants(slots, 0, STRUCTURE):
        _derivatives(scratch, values, table.filters[scale])
    if wants(slots, STRUCTURE, SLOT_COUNT):
        _gradient_products(scratch, table.inner[scale])
        top, bottom, left, right = bounds
        if top > -_MARGIN or left > -_MARGIN or bottom < TILE_ROWS + _MARGIN or right < TILE_COLUMNS + _MARGIN:
            _mirror_products(scratch, bounds)
        _structure_tensor(scratch, values, table.filters[scale])
    for slot in range(SLOT_COUNT):
        if slots[slot] != NOWHERE:
            copy(out[slots[slot], offset : offset + TILE], values[slot * TILE : (slot + 1) * TILE])


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def _derivatives(scratch: Floats, values: Floats, filters: Floats) -> None:
    """Filter the plane at 0 with the Gaussian and its derivatives, rows into planes 1 to 4, columns into values.

    With one-dimensional Gaussians G and N, the difference G·G - N·N is taken as (G - N)·G + N·(G - N), which keeps
    the small digits.
    """
    a0, a1, a2 = filters[GAUSSIAN, 0], filters[GAUSSIAN, 1], filters[GAUSSIAN, 2]
    b1, b2 = filters[SLOPE, 1], filters[SLOPE, 2]
    c0, c1, c2 = filters[CURVATURE, 0], filters[CURVATURE, 1], filters[CURVATURE, 2]
    d0, d1, d2 = filters[NARROW, 0], filters[NARROW, 1], filters[NARROW, 2]
    e0, e1, e2 = filters[DIFFERENCE, 0], filters[DIFFERENCE, 1], filters[DIFFERENCE, 2]
    for y in range(TILE_ROWS + 2 * FILTER_REACH):
        for x in range(TILE_COLUMNS):
            i = _GUARD + y * _STRIDE + _PAD + x
            near, far = scratch[i - 1] + scratch[i + 1], scratch[i - 2] + scratch[i + 2]
            here = scratch[i]
            scratch[i + _PLANE] = a0 * here + a1 * near + a2 * far
            scratch[i + 2 * _PLANE] = b1 * (scratch[i + 1] - scratch[i - 1]) + b2 * (scratch[i + 2] - scratch[i - 2])
            scratch[i + 3 * _PLANE] = c0 * here + c1 * near + c2 * far
            scratch[i + 4 * _PLANE] = e0 * here + e1 * near + e2 * far
    for y in range(TILE_ROWS):
        for x in range(TILE_COLUMNS):
            o = y * TILE_COLUMNS + x
            i = _GUARD + (y + FILTER_REACH) * _STRIDE + _PAD + x + _PLANE
            near, far = scratch[i - _STRIDE] + scratch[i + _STRIDE], scratch[i - 2 * _STRIDE] + scratch[i + 2 * _STRIDE]
            smooth = a0 * scratch[i] + a1 * near + a2 * far
            g_yy = c0 * scratch[i] + c1 * near + c2 * far
            difference = e0 * scratch[i] + e1 * near + e2 * far
            g_y = b1 * (scratch[i + _STRIDE] - scratch[i - _STRIDE])
            g_y += b2 * (scratch[i + 2 * _STRIDE] - scratch[i - 2 * _STRIDE])
            i += _PLANE
            g_x = a0 * scratch[i] + a1 * (scratch[i - _STRIDE] + scratch[i + _STRIDE])
            g_x += a2 * (scratch[i - 2 * _STRIDE] + scratch[i + 2 * _STRIDE])
            g_xy = b1 * (scratch[i + _STRIDE] - scratch[i - _STRIDE])
            g_xy += b2 * (scratch[i + 2 * _STRIDE] - scratch[i - 2 * _STRIDE])
            i += _PLANE
            g_xx = a0 * scratch[i] + a1 * (scratch[i - _STRIDE] + scratch[i + _STRIDE])
            g_xx += a2 * (scratch[i - 2 * _STRIDE] + scratch[i + 2 * _STRIDE])
            i += _PLANE
            difference += d0 * scratch[i] + d1 * (scratch[i - _STRIDE] + scratch[i + _STRIDE])
            difference += d2 * (scratch[i - 2 * _STRIDE] + scratch[i + 2 * _STRIDE])
            mean, half = _HALF * (g_xx + g_yy), _HALF * (g_xx - g_yy)
            root = np.sqrt(half * half + g_xy * g_xy)
            values[o] = smooth
            values[o + TILE] = g_xx + g_yy
            values[o + 2 * TILE] = np.sqrt(g_x * g_x + g_y * g_y)
            values[o + 3 * TILE] = difference
            values[o + 4 * TILE] = mean + root
            values[o + 5 * TILE] = mean - root


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def _gradient_products(scratch: Floats, inner: Floats) -> None:
    """Put the products xx, xy and yy of the gradient of the plane at 0 into planes 3 to 5, with a margin of 2."""
    a0, a1, b1 = inner[GAUSSIAN, 0], inner[GAUSSIAN, 1], inner[SLOPE, 1]
    for y in range(TILE_ROWS + 2 * FILTER_REACH):
        for x in range(_STRIDE):
            i = _GUARD + y * _STRIDE + x
            scratch[i + _PLANE] = a0 * scratch[i] + a1 * (scratch[i - 1] + scratch[i + 1])
            scratch[i + 2 * _PLANE] = b1 * (scratch[i + 1] - scratch[i - 1])
    for y in range(1, TILE_ROWS + 2 * FILTER_REACH - 1):
        for x in range(_STRIDE):
            i = _GUARD + y * _STRIDE + x + _PLANE
            g_y = b1 * (scratch[i + _STRIDE] - scratch[i - _STRIDE])
            i += _PLANE
            g_x = a0 * scratch[i] + a1 * (scratch[i - _STRIDE] + scratch[i + _STRIDE])
            scratch[i + _PLANE] = g_x * g_x
            scratch[i + 2 * _PLANE] = g_x * g_y
            scratch[i + 3 * _PLANE] = g_y * g_y


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def _mirror_products(scratch: Floats, bounds: Bounds) -> None:
    """Turn the sign of the product xy where the image is mirrored along one axis."""
    top, bottom, left, right = bounds
    xy = _GUARD + 4 * _PLANE
    for y in range(-_MARGIN, TILE_ROWS + _MARGIN):
        for x in range(-_MARGIN, TILE_COLUMNS + _MARGIN):
            if (y < top or y >= bottom) != (x < left or x >= right):
                i = xy + (y + FILTER_REACH) * _STRIDE + _PAD + x
                scratch[i] = -scratch[i]


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def _structure_tensor(scratch: Floats, values: Floats, filters: Floats) -> None:
    """Smooth the products in planes 3 to 5, rows into planes 0 to 2, and give the eigenvalues."""
    a0, a1, a2 = filters[GAUSSIAN, 0], filters[GAUSSIAN, 1], filters[GAUSSIAN, 2]
    for k in range(3):
        for y in range(1, TILE_ROWS + 2 * FILTER_REACH - 1):
            for x in range(TILE_COLUMNS):
                i = _GUARD + k * _PLANE + y * _STRIDE + _PAD + x
                j = i + 3 * _PLANE
                near, far = scratch[j - 1] + scratch[j + 1], scratch[j - 2] + scratch[j + 2]
                scratch[i] = a0 * scratch[j] + a1 * near + a2 * far
    for y in range(TILE_ROWS):
        for x in range(TILE_COLUMNS):
            i = _GUARD + (y + FILTER_REACH) * _STRIDE + _PAD + x
            near, far = scratch[i - _STRIDE] + scratch[i + _STRIDE], scratch[i - 2 * _STRIDE] + scratch[i + 2 * _STRIDE]
            xx = a0 * scratch[i] + a1 * near + a2 * far
            i += _PLANE
            near, far = scratch[i - _STRIDE] + scratch[i + _STRIDE], scratch[i - 2 * _STRIDE] + scratch[i + 2 * _STRIDE]
            xy = a0 * scratch[i] + a1 * near + a2 * far
            i += _PLANE
            near, far = scratch[i - _STRIDE] + scratch[i + _STRIDE], scratch[i - 2 * _STRIDE] + scratch[i + 2 * _STRIDE]
            yy = a0 * scratch[i] + a1 * near + a2 * far
            mean, half = _HALF * (xx + yy), _HALF * (xx - yy)
            root = np.sqrt(half * half + xy * xy)
            o = STRUCTURE * TILE + y * TILE_COLUMNS + x
            values[o] = mean + root
            values[o + TILE] = mean - root
