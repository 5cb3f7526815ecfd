"""The filters of smoothed volumes, one tile of 8 × 32 × 64 voxels at a time."""

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.kernels.eigenvalues import eigenvalue_columns
from batchwork.pixels.kernels.lines import CONTRACT, add_pair, add_slope, begin, copy, fill
from batchwork.pixels.kernels.planes import TILE, TILE_COLUMNS, TILE_ROWS
from batchwork.pixels.kernels.selection import FILTER_REACH
from batchwork.pixels.kernels.tables import (
    DIFFERENCE,
    GAUSSIAN,
    NARROW,
    NOWHERE,
    SLOPE,
    SLOT_COUNT,
    STRUCTURE,
    TAPS,
    ScaleTable,
    wants,
)

TILE_SLICES = 8
"""Slices of a tile; its rows and columns are those of the tiles of planes."""
VOXELS = TILE_SLICES * TILE
"""Voxels of a tile."""

Floats = NDArray[np.float32]
Bounds = tuple[int, int, int, int, int, int]
"""First slice, end of slices, and so on for rows and columns, of the image, counted from the tile's first voxel."""

_GAUSSIAN, _DIFFERENCE, _LAPLACIAN, _GRADIENT, _HESSIAN = 0, 3, 1, 2, 4
_MARGIN = TAPS - 1
_SECOND = np.array([[0, 0, 2], [0, 1, 1], [1, 0, 1], [0, 2, 0], [1, 1, 0], [2, 0, 0]])
"""Orders of the derivative along z, y and x of xx, xy, xz, yy, yz and zz."""
_FIRST = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]])
"""The same of x, y and z."""
_SMOOTH = np.array([GAUSSIAN, GAUSSIAN, GAUSSIAN])
_TELESCOPE = np.array([[DIFFERENCE, GAUSSIAN, GAUSSIAN], [NARROW, DIFFERENCE, GAUSSIAN], [NARROW, NARROW, DIFFERENCE]])
"""Filters along z, y and x whose sum is the wide Gaussian less the narrow one, without loss of small digits."""
_PAIRS = np.array([[0, 0], [0, 1], [0, 2], [1, 1], [1, 2], [2, 2]])
"""Components of the gradient, x first, of each product."""


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def filtered(volume: Floats, filters: Floats, kinds: NDArray[np.int64]) -> Floats:
    """Filter along all three axes.

    Parameters
    ----------
    volume : (slices, rows, columns) float32
        Smoothed voxels.
    filters : (kinds, radius + 1) float32
        Half kernels.
    kinds : (3,) int64
        Which of them is used along z, y and x.

    Returns
    -------
    (slices, rows, columns) float32
        Smaller than the volume by the radius at each side.
    """
    for axis in range(2, -1, -1):
        volume = _along_axis(volume, axis, filters[kinds[axis]], kinds[axis] == SLOPE)
    return volume


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def _along_axis(volume: Floats, axis: int, taps: Floats, odd: bool) -> Floats:  # noqa: FBT001 - compiled
    radius = len(taps) - 1
    unit = np.zeros(3, np.int64)
    unit[axis] = 1
    cut = 2 * radius * unit
    out = np.empty((volume.shape[0] - cut[0], volume.shape[1] - cut[1], volume.shape[2] - cut[2]), np.float32)
    width = out.shape[2]
    for z in range(out.shape[0]):
        for y in range(out.shape[1]):
            line = out[z, y]
            cz, cy, cx = z + radius * unit[0], y + radius * unit[1], radius * unit[2]
            begin(line, volume[cz, cy, cx : cx + width], taps[0])
            for q in range(1, radius + 1):
                dz, dy, dx = q * unit[0], q * unit[1], q * unit[2]
                before = volume[cz - dz, cy - dy, cx - dx : cx - dx + width]
                after = volume[cz + dz, cy + dy, cx + dx : cx + dx + width]
                if odd:
                    add_slope(line, before, after, taps[q])
                else:
                    add_pair(line, before, after, taps[q])
    return out


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def fill_voxels(
    smoothed: Floats,
    first: tuple[int, int, int],
    table: ScaleTable,
    channel: int,
    scale: int,
    bounds: Bounds,
    out: Floats,
) -> None:
    """Compute the wanted columns of one channel and scale for one tile of voxels.

    Parameters
    ----------
    smoothed : (slices, rows, columns) float32
        The smoothed volume, with a margin of `FILTER_REACH` around its tiles.
    first : tuple
        The tile's first voxel, margin not counted.
    table : ScaleTable
        Kernels, and where the values go.
    channel, scale : int
        Their numbers in the table.
    bounds : tuple
        Where the image ends, see `Bounds`; beyond, the products of gradients are mirrored, not the gradients.
    out : (columns, VOXELS) float32
        Gets the columns.
    """
    slots, filters = table.slots[channel, scale], table.filters[scale]
    near = _cut_out(smoothed, first, FILTER_REACH - _MARGIN)
    _gaussians(near, filters, slots, out)
    if slots[_GRADIENT] != NOWHERE:
        _gradient_magnitude(near, filters, out[slots[_GRADIENT]])
    if slots[_LAPLACIAN] != NOWHERE or wants(slots, _HESSIAN, STRUCTURE):
        _hessian(near, filters, slots, out)
    if wants(slots, STRUCTURE, SLOT_COUNT):
        _structure_tensor(_cut_out(smoothed, first, 0), filters, table.inner[scale], bounds, slots, out)


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def _cut_out(smoothed: Floats, first: tuple[int, int, int], less: int) -> Floats:
    """Copy a tile and its margin, but for the outermost voxels."""
    margin = 2 * (FILTER_REACH - less)
    tile = np.empty((TILE_SLICES + margin, TILE_ROWS + margin, TILE_COLUMNS + margin), np.float32)
    x = first[2] + less
    for z in range(tile.shape[0]):
        for y in range(tile.shape[1]):
            copy(tile[z, y], smoothed[first[0] + less + z, first[1] + less + y, x : x + tile.shape[2]])
    return tile


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def _gaussians(tile: Floats, filters: Floats, slots: NDArray[np.int64], out: Floats) -> None:
    if slots[_GAUSSIAN] != NOWHERE:
        copy(out[slots[_GAUSSIAN]], filtered(tile, filters, _SMOOTH).ravel())
    if slots[_DIFFERENCE] != NOWHERE:
        line = out[slots[_DIFFERENCE]]
        fill(line, 0.0)
        for term in range(3):
            part = filtered(tile, filters, _TELESCOPE[term]).ravel()
            for i in range(VOXELS):
                line[i] += part[i]


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def _gradient_magnitude(tile: Floats, filters: Floats, line: Floats) -> None:
    fill(line, 0.0)
    for component in range(3):
        slope = filtered(tile, filters, _FIRST[component]).ravel()
        for i in range(VOXELS):
            line[i] += slope[i] * slope[i]
    for i in range(VOXELS):
        line[i] = np.sqrt(line[i])


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def _hessian(tile: Floats, filters: Floats, slots: NDArray[np.int64], out: Floats) -> None:
    tensor = np.empty((6, VOXELS), np.float32)
    for element in range(6):
        copy(tensor[element], filtered(tile, filters, _SECOND[element]).ravel())
    if slots[_LAPLACIAN] != NOWHERE:
        line = out[slots[_LAPLACIAN]]
        for i in range(VOXELS):
            line[i] = tensor[0, i] + tensor[3, i] + tensor[5, i]
    if wants(slots, _HESSIAN, STRUCTURE):
        eigenvalue_columns(tensor, slots[_HESSIAN:STRUCTURE], out)


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def _structure_tensor(
    tile: Floats, filters: Floats, inner: Floats, bounds: Bounds, slots: NDArray[np.int64], out: Floats
) -> None:
    depth, height, width = (TILE_SLICES + 2 * _MARGIN, TILE_ROWS + 2 * _MARGIN, TILE_COLUMNS + 2 * _MARGIN)
    gradient = np.empty((3, depth, height, width), np.float32)
    for component in range(3):
        copy(gradient[component].ravel(), filtered(tile, inner, _FIRST[component]).ravel())
    tensor = np.empty((6, VOXELS), np.float32)
    for element in range(6):
        i, j = _PAIRS[element]
        product = np.empty((depth, height, width), np.float32)
        _multiply(gradient[i].ravel(), gradient[j].ravel(), product.ravel())
        if i != j:
            _mirror_product(product, bounds, 2 - i, 2 - j)
        copy(tensor[element], filtered(product, filters, _SMOOTH).ravel())
    eigenvalue_columns(tensor, slots[STRUCTURE:], out)


@nb.njit(nogil=True, cache=True)
def _multiply(a: Floats, b: Floats, out: Floats) -> None:
    for i in range(out.size):
        out[i] = a[i] * b[i]


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def _mirror_product(product: Floats, bounds: Bounds, axis: int, other: int) -> None:
    """Turn the sign of a mixed product where the image is mirrored along one of its two axes."""
    at = np.empty(3, np.int64)
    for z in range(product.shape[0]):
        for y in range(product.shape[1]):
            for x in range(product.shape[2]):
                at[0], at[1], at[2] = z - _MARGIN, y - _MARGIN, x - _MARGIN
                outside = at[axis] < bounds[2 * axis] or at[axis] >= bounds[2 * axis + 1]
                if outside != (at[other] < bounds[2 * other] or at[other] >= bounds[2 * other + 1]):
                    product[z, y, x] = -product[z, y, x]
