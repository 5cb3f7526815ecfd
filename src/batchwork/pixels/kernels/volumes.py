"""The filters of smoothed volumes, one tile of 8 × 32 × 64 voxels at a time."""

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.kernels.eigenvalues import eigenvalue_columns
from batchwork.pixels.kernels.lines import CONTRACT, add_pair, add_slope, begin
from batchwork.pixels.kernels.planes import TILE, TILE_COLUMNS, TILE_ROWS
from batchwork.pixels.kernels.selection import FILTER_REACH
from batchwork.pixels.kernels.tables import NOWHERE, STRUCTURE, TAPS, ScaleTable

TILE_SLICES = 8
"""Slices of a tile; its rows and columns are those of the tiles of planes."""
VOXELS = TILE_SLICES * TILE
"""Voxels of a tile."""

_RADIUS = TAPS - 1
_EVEN, _ODD = False, True

Floats = NDArray[np.float32]
Bounds = tuple[int, int, int, int, int, int]
"""First slice, end of slices, and so on for rows and columns, of the image, counted from the tile's first voxel."""


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def _tap(out: Floats, a: Floats, b: Floats, tap: np.float32, odd: bool) -> None:  # noqa: FBT001 - compiled
    if odd:
        add_slope(out, a, b, tap)
    else:
        add_pair(out, a, b, tap)


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def along_axis(volume: Floats, axis: int, taps: Floats, odd: bool, radius: int) -> Floats:  # noqa: FBT001 - compiled
    """Filter along one axis; the result is shorter by the radius at both of its ends.

    Parameters
    ----------
    volume : (slices, rows, columns) float32
        Smoothed voxels.
    axis : int
        0, 1 or 2 for z, y or x.
    taps : (at least radius + 1,) float32
        Half a kernel.
    odd : bool
        Whether the kernel is antisymmetric.
    radius : int
        Distance of the last tap that is used.
    """
    cut = (2 * radius * (axis == 0), 2 * radius * (axis == 1), 2 * radius * (axis == 2))
    out = np.empty((volume.shape[0] - cut[0], volume.shape[1] - cut[1], volume.shape[2] - cut[2]), np.float32)
    width = out.shape[2]
    for z in range(out.shape[0]):
        for y in range(out.shape[1]):
            line = out[z, y]
            cz, cy, cx = z + radius * (axis == 0), y + radius * (axis == 1), radius * (axis == 2)
            begin(line, volume[cz, cy, cx : cx + width], taps[0])
            for q in range(1, radius + 1):
                dz, dy, dx = q * (axis == 0), q * (axis == 1), q * (axis == 2)
                before = volume[cz - dz, cy - dy, cx - dx : cx - dx + width]
                after = volume[cz + dz, cy + dy, cx + dx : cx + dx + width]
                _tap(line, before, after, taps[q], odd)
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
        Where the image ends, see `Bounds`.
    out : (columns, VOXELS) float32
        Gets the columns.
    """
    z, y, x = first
    slots = table.slots[channel, scale]
    tile = smoothed[
        z : z + TILE_SLICES + 2 * FILTER_REACH,
        y : y + TILE_ROWS + 2 * FILTER_REACH,
        x : x + TILE_COLUMNS + 2 * FILTER_REACH,
    ]
    if np.any(slots[:STRUCTURE] != NOWHERE):
        inner = tile[1:-1, 1:-1, 1:-1]
        _isotropic(inner, table.gaussian[scale], table.narrow[scale], slots, out)
        _gradient(inner, table.gaussian[scale], table.slope[scale], slots[2], out)
        if slots[1] != NOWHERE or np.any(slots[4:STRUCTURE] != NOWHERE):
            _hessian(inner, table.gaussian[scale], table.slope[scale], table.curvature[scale], slots, out)
    if np.any(slots[STRUCTURE:] != NOWHERE):
        _structure_tensor(tile, table, scale, bounds, slots[STRUCTURE:], out)


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def _smooth(volume: Floats, taps: Floats) -> Floats:
    plane = along_axis(along_axis(volume, 2, taps, _EVEN, _RADIUS), 1, taps, _EVEN, _RADIUS)
    return along_axis(plane, 0, taps, _EVEN, _RADIUS)


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def _isotropic(tile: Floats, gaussian: Floats, narrow: Floats, slots: NDArray[np.int64], out: Floats) -> None:
    if slots[0] == NOWHERE and slots[3] == NOWHERE:
        return
    wide = _smooth(tile, gaussian).reshape(-1)
    if slots[0] != NOWHERE:
        out[slots[0]] = wide
    if slots[3] != NOWHERE:
        out[slots[3]] = wide - _smooth(tile, narrow).reshape(-1)


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def _gradient(tile: Floats, smooth: Floats, slope: Floats, slot: int, out: Floats) -> None:
    if slot == NOWHERE:
        return
    square = np.zeros(VOXELS, np.float32)
    along_x = along_axis(tile, 2, smooth, _EVEN, _RADIUS)
    along_xy = along_axis(along_x, 1, smooth, _EVEN, _RADIUS)
    _add_square(square, along_axis(along_xy, 0, slope, _ODD, _RADIUS))
    along_xy = along_axis(along_x, 1, slope, _ODD, _RADIUS)
    _add_square(square, along_axis(along_xy, 0, smooth, _EVEN, _RADIUS))
    along_xy = along_axis(along_axis(tile, 2, slope, _ODD, _RADIUS), 1, smooth, _EVEN, _RADIUS)
    _add_square(square, along_axis(along_xy, 0, smooth, _EVEN, _RADIUS))
    out[slot] = np.sqrt(square)


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def _add_square(total: Floats, component: Floats) -> None:
    flat = component.reshape(-1)
    for i in range(VOXELS):
        total[i] += flat[i] * flat[i]


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def _hessian(
    tile: Floats, smooth: Floats, slope: Floats, curvature: Floats, slots: NDArray[np.int64], out: Floats
) -> None:
    tensor = np.empty((6, VOXELS), np.float32)
    x_0 = along_axis(tile, 2, smooth, _EVEN, _RADIUS)
    x_1 = along_axis(tile, 2, slope, _ODD, _RADIUS)
    xy_00 = along_axis(x_0, 1, smooth, _EVEN, _RADIUS)
    xy_01 = along_axis(x_0, 1, slope, _ODD, _RADIUS)
    xy_10 = along_axis(x_1, 1, smooth, _EVEN, _RADIUS)
    xy_11 = along_axis(x_1, 1, slope, _ODD, _RADIUS)
    xy_02 = along_axis(x_0, 1, curvature, _EVEN, _RADIUS)
    xy_20 = along_axis(along_axis(tile, 2, curvature, _EVEN, _RADIUS), 1, smooth, _EVEN, _RADIUS)
    tensor[0] = along_axis(xy_20, 0, smooth, _EVEN, _RADIUS).reshape(-1)
    tensor[1] = along_axis(xy_11, 0, smooth, _EVEN, _RADIUS).reshape(-1)
    tensor[2] = along_axis(xy_10, 0, slope, _ODD, _RADIUS).reshape(-1)
    tensor[3] = along_axis(xy_02, 0, smooth, _EVEN, _RADIUS).reshape(-1)
    tensor[4] = along_axis(xy_01, 0, slope, _ODD, _RADIUS).reshape(-1)
    tensor[5] = along_axis(xy_00, 0, curvature, _EVEN, _RADIUS).reshape(-1)
    if slots[1] != NOWHERE:
        out[slots[1]] = tensor[0] + tensor[3] + tensor[5]
    _eigenvalues(tensor, slots[4:STRUCTURE], out)


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def _structure_tensor(
    tile: Floats, table: ScaleTable, scale: int, bounds: Bounds, slots: NDArray[np.int64], out: Floats
) -> None:
    smooth, slope = table.inner[scale], table.inner_slope[scale]
    x_0, x_1 = along_axis(tile, 2, smooth, _EVEN, 1), along_axis(tile, 2, slope, _ODD, 1)
    xy_00 = along_axis(x_0, 1, smooth, _EVEN, 1)
    g_x = along_axis(along_axis(x_1, 1, smooth, _EVEN, 1), 0, smooth, _EVEN, 1)
    g_y = along_axis(along_axis(x_0, 1, slope, _ODD, 1), 0, smooth, _EVEN, 1)
    g_z = along_axis(xy_00, 0, slope, _ODD, 1)
    gradient = (g_x, g_y, g_z)
    tensor = np.empty((6, VOXELS), np.float32)
    element = 0
    for i in range(3):
        for j in range(i, 3):
            product = gradient[i] * gradient[j]
            if i != j:
                _mirror_product(product, bounds, 2 - i, 2 - j)
            tensor[element] = _smooth(product, table.gaussian[scale]).reshape(-1)
            element += 1
    _eigenvalues(tensor, slots, out)


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def _mirror_product(product: Floats, bounds: Bounds, axis: int, other: int) -> None:
    """Turn the sign of a mixed product where the image is mirrored along one of its axes."""
    margin = _RADIUS
    at = np.zeros(3, np.int64)
    for z in range(product.shape[0]):
        for y in range(product.shape[1]):
            for x in range(product.shape[2]):
                at[0], at[1], at[2] = z - margin, y - margin, x - margin
                outside = at[axis] < bounds[2 * axis] or at[axis] >= bounds[2 * axis + 1]
                if outside != (at[other] < bounds[2 * other] or at[other] >= bounds[2 * other + 1]):
                    product[z, y, x] = -product[z, y, x]


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def _eigenvalues(tensor: Floats, slots: NDArray[np.int64], out: Floats) -> None:
    if not np.any(slots != NOWHERE):
        return
    values = np.empty((3, VOXELS), np.float32)
    eigenvalue_columns(tensor, values)
    for part in range(3):
        if slots[part] != NOWHERE:
            out[slots[part]] = values[part]
