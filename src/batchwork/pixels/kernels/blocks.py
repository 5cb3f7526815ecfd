"""One block of an image: its features, or the probabilities of its classes.

A block comes with its surroundings, mirrored where the image ends. It is worked off in strips, whose smoothed
planes stay in the second cache, and these in tiles, whose columns do.
"""

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.kernels.lines import CONTRACT
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
    block: Floats, halo: tuple[int, int], strip: Corner, bounds: Bounds, flat: ScaleTable, deep: ScaleTable, out: Floats
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
    flat, deep : ScaleTable
        The scales that are computed slice by slice, and in 3D.
    out : (columns, slices, rows, columns) float32
        Result.
    """
    size = out.shape[1:]
    for first in _corners((0, 0, 0), size, strip):
        planes, volumes = _smooth_strip(block, halo, first, _inside(first, strip, size), strip, flat, deep)
        values = np.zeros((out.shape[0], _tile_depth(deep) * TILE), np.float32)
        scratch, slots = np.zeros(SCRATCH, np.float32), np.zeros(SLOT_COUNT * TILE, np.float32)
        for z, y, x in _tiles(first, strip, size, _tile_depth(deep)):
            at = (z - first[0], y - first[1], x - first[2])
            _fill(planes, volumes, at, _shifted(bounds, z, y, x), flat, deep, scratch, slots, values)
            depth, height, width = _inside((z, y, x), (_tile_depth(deep), TILE_ROWS, TILE_COLUMNS), size)
            tile = values.reshape(out.shape[0], _tile_depth(deep), TILE_ROWS, TILE_COLUMNS)
            out[:, z : z + depth, y : y + height, x : x + width] = tile[:, :depth, :height, :width]


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def block_probabilities(
    block: Floats,
    halo: tuple[int, int],
    strip: Corner,
    bounds: Bounds,
    flat: ScaleTable,
    deep: ScaleTable,
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
    size = out.shape[:3]
    tally = np.empty((forest.classes, CHUNK), np.float32)
    for first in _corners((0, 0, 0), size, strip):
        planes, volumes = _smooth_strip(block, halo, first, _inside(first, strip, size), strip, flat, deep)
        values = np.zeros((max(columns, 1), _tile_depth(deep) * TILE), np.float32)
        scratch, slots = np.zeros(SCRATCH, np.float32), np.zeros(SLOT_COUNT * TILE, np.float32)
        for z, y, x in _tiles(first, strip, size, _tile_depth(deep)):
            at = (z - first[0], y - first[1], x - first[2])
            _fill(planes, volumes, at, _shifted(bounds, z, y, x), flat, deep, scratch, slots, values)
            depth, height, width = _inside((z, y, x), (_tile_depth(deep), TILE_ROWS, TILE_COLUMNS), size)
            for k in range(depth):
                count_votes(forest, values, k * TILE, tally)
                for label in range(forest.classes):
                    plane = tally[label].reshape(TILE_ROWS, TILE_COLUMNS)
                    out[z + k, y : y + height, x : x + width, label] = plane[:height, :width]


@nb.njit(nogil=True, cache=True)
def _tile_depth(deep: ScaleTable) -> int:
    return TILE_SLICES if len(deep.radius) > 0 else 1


@nb.njit(nogil=True, cache=True)
def _corners(first: Corner, end: Corner, step: Corner) -> list[Corner]:
    """List the corners of the boxes that a box is cut into."""
    return [
        (z, y, x)
        for z in range(first[0], end[0], step[0])
        for y in range(first[1], end[1], step[1])
        for x in range(first[2], end[2], step[2])
    ]


@nb.njit(nogil=True, cache=True)
def _tiles(first: Corner, strip: Corner, size: Corner, depth: int) -> list[Corner]:
    inside = _inside(first, strip, size)
    end = (first[0] + inside[0], first[1] + inside[1], first[2] + inside[2])
    return _corners(first, end, (depth, TILE_ROWS, TILE_COLUMNS))


@nb.njit(nogil=True, cache=True)
def _inside(first: Corner, box: Corner, size: Corner) -> Corner:
    """Give the size of the part of a box that lies in the block."""
    return min(box[0], size[0] - first[0]), min(box[1], size[1] - first[1]), min(box[2], size[2] - first[2])


@nb.njit(nogil=True, cache=True)
def _shifted(bounds: Bounds, z: int, y: int, x: int) -> Bounds:
    return bounds[0] - z, bounds[1] - z, bounds[2] - y, bounds[3] - y, bounds[4] - x, bounds[5] - x


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def _smooth_strip(
    block: Floats,
    halo: tuple[int, int],
    first: Corner,
    inside: Corner,
    strip: Corner,
    flat: ScaleTable,
    deep: ScaleTable,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Smooth a strip at all scales: (channels, scales, z, y, x), in whole tiles with a margin of `FILTER_REACH`."""
    channels = block.shape[0]
    height, width = strip[1] + _MARGIN, strip[2] + _MARGIN
    planes = np.zeros((channels, len(flat.radius), strip[0], height, width), np.float32)
    deep_shape = (channels, len(deep.radius), strip[0] + _MARGIN, height, width)
    volumes = np.zeros(deep_shape if len(deep.radius) > 0 else (channels, 0, 0, 0, 0), np.float32)
    z, y, x = halo[0] + first[0], halo[1] + first[1] - FILTER_REACH, halo[1] + first[2] - FILTER_REACH
    for channel in range(channels):
        for j in range(len(flat.radius)):
            for k in range(inside[0]):
                part = planes[channel, j, k, : inside[1] + _MARGIN, : inside[2] + _MARGIN]
                smooth_plane(block[channel, z + k], y, x, flat.smoothing[j], flat.radius[j], part)
        for j in range(len(deep.radius)):
            box = volumes[channel, j, : inside[0] + _MARGIN, : inside[1] + _MARGIN, : inside[2] + _MARGIN]
            smooth_volume(block[channel], (z - FILTER_REACH, y, x), deep.smoothing[j], deep.radius[j], box)
    return planes, volumes


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def _fill(
    planes: NDArray[np.float32],
    volumes: NDArray[np.float32],
    at: Corner,
    bounds: Bounds,
    flat: ScaleTable,
    deep: ScaleTable,
    scratch: Floats,
    slots: Floats,
    values: Floats,
) -> None:
    """Compute all columns of one tile that begins at `at` in its strip."""
    z, y, x = at
    for channel in range(planes.shape[0]):
        for j in range(len(flat.radius)):
            for k in range(min(_tile_depth(deep), planes.shape[2] - z)):
                plane = planes[channel, j, z + k]
                fill_tile(plane, y, x, flat, channel, j, bounds[2:], scratch, slots, values, k * TILE)
        for j in range(len(deep.radius)):
            fill_voxels(volumes[channel, j], at, deep, channel, j, bounds, values)
