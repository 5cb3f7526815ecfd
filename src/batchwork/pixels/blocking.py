"""How an image is cut into blocks that fit a memory budget."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from batchwork.pixels.kernels.features import ClassifierKernels
from batchwork.pixels.kernels.planes import TILE_COLUMNS, TILE_ROWS
from batchwork.pixels.kernels.selection import FILTER_REACH
from batchwork.pixels.kernels.surroundings import Box, Size, size_of
from batchwork.pixels.kernels.volumes import TILE_SLICES, VOXELS

_LARGEST_PLANE = (1, 1024, 1024)
_LARGEST_VOLUME = (128, 128, 256)
_LEAST_PLANE = (1, 256, 256)
_LEAST_VOLUME = (32, 64, 128)
_SINGLE = 4


@dataclass(frozen=True, slots=True)
class Region:
    """A part of an image that is wanted."""

    times: tuple[int, int]
    """First time and the one after the last."""
    box: Box


def block_size(
    stages: Sequence[ClassifierKernels], channels: int, region: Region, *, threads: int, max_bytes: int
) -> Size:
    """Choose the size of blocks.

    Parameters
    ----------
    stages : sequence of ClassifierKernels
        What is computed for each block, one after the other.
    channels : int
        Channels of the image.
    region : Region
        What is wanted.
    threads : int
        Blocks that are worked on at once.
    max_bytes : int
        What they may take together.

    Returns
    -------
    tuple of int
        Slices, rows and columns. Blocks are made smaller than they could be so that every thread has work, but not
        so small that they would mostly consist of surroundings; a tile is the least in any case.
    """
    deep = any(stage.features.deep is not None for stage in stages)
    size = _clipped(_LARGEST_VOLUME if deep else _LARGEST_PLANE, size_of(region.box))
    tile = (TILE_SLICES if deep else 1, TILE_ROWS, TILE_COLUMNS)
    least = _LEAST_VOLUME if deep else _LEAST_PLANE
    while (smaller := _halved(size, tile)) and threads * block_bytes(stages, channels, size) > max_bytes:
        size = smaller
    while (smaller := _halved(size, least)) and _count(region, size) < 2 * threads:
        size = smaller
    return size


def block_bytes(stages: Sequence[ClassifierKernels], channels: int, size: Size) -> int:
    """Estimate the memory that a block takes, with what earlier stages need for its surroundings."""
    total = 0
    for stage in reversed(stages):
        depth, halo = stage.features.halo
        wide: Size = size[0] + 2 * depth, size[1] + 2 * halo, size[2] + 2 * halo
        earlier = sum(other.classes for other in stages[:-1])
        padded = 3 * _SINGLE * (channels + earlier) * math.prod(wide)
        result = 2 * _SINGLE * stage.classes * math.prod(size)
        total = max(total, padded + result + _strip_bytes(stage, channels + earlier, size))
        size = wide
    return total


def _strip_bytes(stage: ClassifierKernels, channels: int, size: Size) -> int:
    use = stage.features
    strip = use.strip(size)
    margin = 2 * FILTER_REACH
    rows = (strip[1] + margin) * (strip[2] + margin)
    planes = len(use.flat.radius) * strip[0] * rows
    volumes = 0 if use.deep is None else len(use.deep.radius) * (strip[0] + margin) * rows
    return _SINGLE * (channels * (planes + volumes) + (use.columns + 30) * VOXELS)


def _clipped(size: Size, extent: Size) -> Size:
    return min(size[0], extent[0]), min(size[1], extent[1]), min(size[2], extent[2])


def _halved(size: Size, least: Size) -> Size | None:
    """Halve the side that is longest for its least length; None where all are at theirs."""
    sides = [extent / shortest for extent, shortest in zip(size, least, strict=True)]
    axis = int(np.argmax(sides))
    if sides[axis] <= 1:
        return None
    half = max(least[axis], -(-size[axis] // (2 * least[axis])) * least[axis])
    return (half, *size[1:]) if axis == 0 else (size[0], half, size[2]) if axis == 1 else (*size[:2], half)


def _count(region: Region, size: Size) -> int:
    blocks = (-(-extent // side) for extent, side in zip(size_of(region.box), size, strict=True))
    return math.prod(blocks) * (region.times[1] - region.times[0])


def blocks_of(region: Region, size: Size) -> Iterator[tuple[int, Box]]:
    """Cut a region into blocks, each with its time."""
    (z0, z1), (y0, y1), (x0, x1) = region.box
    for time in range(*region.times):
        for z in range(z0, z1, size[0]):
            for y in range(y0, y1, size[1]):
                for x in range(x0, x1, size[2]):
                    yield time, ((z, min(z + size[0], z1)), (y, min(y + size[1], y1)), (x, min(x + size[2], x1)))
