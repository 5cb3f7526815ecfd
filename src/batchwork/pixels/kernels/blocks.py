"""One block of an image: its features, or the probabilities of its classes.

A block comes with its surroundings, mirrored where the image ends. It is worked off in strips, whose smoothed
planes stay in the second cache, and these in tiles, whose columns do.
"""

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.kernels.lines import CONTRACT, copy
from batchwork.pixels.kernels.masks import CHUNK
from batchwork.pixels.kernels.planes import SCRATCH, TILE, TILE_COLUMNS, TILE_ROWS, fill_tile
from batchwork.pixels.kernels.selection import FILTER_REACH
from batchwork.pixels.kernels.smoothing import smooth_plane, smooth_volume
from batchwork.pixels.kernels.tables import SLOT_COUNT, ScaleTable
from batchwork.pixels.kernels.volumes import TILE_SLICES, fill_voxels
from batchwork.pixels.kernels.votes import VotingForest, count_votes

Floats = NDArray[np.float32]
Bounds = tuple[int, int, int, int, int, int]
Corner = tuple[int, int, int]

_MARGIN = 2 * FILTER_REACH


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def block_features(
    block: Floats,
    halo: tuple[int, int],
    strip: Corner,
    bounds: Bounds,
    flat: ScaleTable,
    deep: ScaleTable | None,
    out: Floats,
) -> None:
    """Compute the features of a block.

    Parameters
    ----------
    block : (channels, slices, rows, columns) float32
        The block with its surroundings.
    halo : tuple
        Size of the surroundings along z, and along y and x.
    strip : tuple
        Size of the strips along z, y and x, in whole tiles.
    bounds : tuple
        First slice, end of slices, and so on for rows and columns, of the image, counted from the block's first
        voxel.
    flat : ScaleTable
        The scales that are computed slice by slice.
    deep : ScaleTable or None
        The scales that are computed in 3D.
    out : (columns, slices, rows, columns) float32
        Result.
    """
    columns, slices, rows, width = out.shape
    depth = tile_depth(deep)
    values = np.zeros((columns, depth, TILE_ROWS, TILE_COLUMNS), np.float32)
    scratch, slots = np.zeros(SCRATCH, np.float32), np.zeros(SLOT_COUNT * TILE, np.float32)
    for top in range(0, slices, strip[0]):
        for y0 in range(0, rows, strip[1]):
            for x0 in range(0, width, strip[2]):
                first = (top, y0, x0)
                end = (min(top + strip[0], slices), min(y0 + strip[1], rows), min(x0 + strip[2], width))
                planes = _smooth_planes(block, halo, first, end, strip, flat)
                volumes = _smooth_volumes(block, halo, first, end, strip, deep)
                for z in range(top, end[0], depth):
                    for y in range(y0, end[1], TILE_ROWS):
                        for x in range(x0, end[2], TILE_COLUMNS):
                            tile = (z, y, x)
                            flat_values = values.reshape(columns, depth * TILE)
                            _fill(planes, volumes, first, tile, bounds, flat, deep, scratch, slots, flat_values)
                            d, h, w = min(depth, end[0] - z), min(TILE_ROWS, end[1] - y), min(TILE_COLUMNS, end[2] - x)
                            _write_columns(values, out[:, z : z + d, y : y + h, x : x + w])


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def block_probabilities(
    block: Floats,
    halo: tuple[int, int],
    strip: Corner,
    bounds: Bounds,
    flat: ScaleTable,
    deep: ScaleTable | None,
    columns: int,
    forest: VotingForest,
    out: Floats,
) -> None:
    """Compute the probabilities of a block.

    Parameters
    ----------
    block, halo, strip, bounds, flat, deep
        As in `block_features`.
    columns : int
        Columns that the tables fill.
    forest : VotingForest
        It reads these columns.
    out : (slices, rows, columns, classes) float32
        Result.
    """
    slices, rows, width, classes = out.shape
    depth = tile_depth(deep)
    values = np.zeros((max(columns, 1), depth * TILE), np.float32)
    scratch, slots = np.zeros(SCRATCH, np.float32), np.zeros(SLOT_COUNT * TILE, np.float32)
    tally = np.empty((classes, CHUNK), np.float32)
    for top in range(0, slices, strip[0]):
        for y0 in range(0, rows, strip[1]):
            for x0 in range(0, width, strip[2]):
                first = (top, y0, x0)
                end = (min(top + strip[0], slices), min(y0 + strip[1], rows), min(x0 + strip[2], width))
                planes = _smooth_planes(block, halo, first, end, strip, flat)
                volumes = _smooth_volumes(block, halo, first, end, strip, deep)
                for z in range(top, end[0], depth):
                    for y in range(y0, end[1], TILE_ROWS):
                        for x in range(x0, end[2], TILE_COLUMNS):
                            tile = (z, y, x)
                            _fill(planes, volumes, first, tile, bounds, flat, deep, scratch, slots, values)
                            for k in range(z, min(z + depth, end[0])):
                                count_votes(forest, values, (k - z) * TILE, tally)
                                _write(tally, out[k, y : min(y + TILE_ROWS, end[1]), x : min(x + TILE_COLUMNS, end[2])])


@nb.njit(nogil=True, cache=True)
def _write_columns(values: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    for column in range(out.shape[0]):
        for z in range(out.shape[1]):
            for y in range(out.shape[2]):
                copy(out[column, z, y], values[column, z, y])


@nb.njit(nogil=True, cache=True)
def _write(tally: Floats, out: NDArray[np.float32]) -> None:
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            for label in range(out.shape[2]):
                out[y, x, label] = tally[label, y * TILE_COLUMNS + x]


@nb.njit(nogil=True, cache=True)
def tile_depth(deep: ScaleTable | None) -> int:
    """Give how many slices a tile has."""
    if deep is None:
        return 1
    return TILE_SLICES


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def _smooth_planes(
    block: Floats, halo: tuple[int, int], first: Corner, end: Corner, strip: Corner, table: ScaleTable
) -> NDArray[np.float32]:
    """Smooth the planes of a strip: (channels, scales, slices, rows, columns), whole tiles with their margin."""
    channels, scales = block.shape[0], len(table.radius)
    smoothed = np.zeros((channels, scales, strip[0], strip[1] + _MARGIN, strip[2] + _MARGIN), np.float32)
    y, x = halo[1] + first[1] - FILTER_REACH, halo[1] + first[2] - FILTER_REACH
    height, width = end[1] - first[1] + _MARGIN, end[2] - first[2] + _MARGIN
    for channel in range(channels):
        for j in range(scales):
            for k in range(end[0] - first[0]):
                plane, out = block[channel, halo[0] + first[0] + k], smoothed[channel, j, k, :height, :width]
                smooth_plane(plane, y, x, table.smoothing[j], table.radius[j], out)
    return smoothed


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def _smooth_volumes(
    block: Floats, halo: tuple[int, int], first: Corner, end: Corner, strip: Corner, table: ScaleTable | None
) -> NDArray[np.float32] | None:
    """Smooth a strip in 3D: (channels, scales, slices, rows, columns), whole tiles with their margin."""
    if table is None:
        return None
    channels, scales = block.shape[0], len(table.radius)
    shape = (channels, scales, strip[0] + _MARGIN, strip[1] + _MARGIN, strip[2] + _MARGIN)
    smoothed = np.zeros(shape, np.float32)
    start = (halo[0] + first[0] - FILTER_REACH, halo[1] + first[1] - FILTER_REACH, halo[1] + first[2] - FILTER_REACH)
    d, h, w = end[0] - first[0] + _MARGIN, end[1] - first[1] + _MARGIN, end[2] - first[2] + _MARGIN
    for channel in range(channels):
        for j in range(scales):
            part = smoothed[channel, j, :d, :h, :w]
            smooth_volume(block[channel], start, table.smoothing[j], table.radius[j], part)
    return smoothed


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def _fill(
    planes: NDArray[np.float32],
    volumes: NDArray[np.float32] | None,
    first: Corner,
    tile: Corner,
    bounds: Bounds,
    flat: ScaleTable,
    deep: ScaleTable | None,
    scratch: Floats,
    slots: Floats,
    values: Floats,
) -> None:
    """Compute all columns of a tile in the strip that begins at `first`."""
    at = (tile[0] - first[0], tile[1] - first[1], tile[2] - first[2])
    inside = (bounds[2] - tile[1], bounds[3] - tile[1], bounds[4] - tile[2], bounds[5] - tile[2])
    for channel in range(planes.shape[0]):
        for j in range(len(flat.radius)):
            for k in range(tile_depth(deep)):
                plane = planes[channel, j, at[0] + k]
                fill_tile(plane, at[1], at[2], flat, channel, j, inside, scratch, slots, values, k * TILE)
        if deep is not None and volumes is not None:
            box = (bounds[0] - tile[0], bounds[1] - tile[0], *inside)
            for j in range(len(deep.radius)):
                fill_voxels(volumes[channel, j], at, deep, channel, j, box, values)
