"""What a classifier is trained on: images with brush strokes."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.axes import to_canonical
from batchwork.pixels.kernels.surroundings import Box
from batchwork.pixels.projects.model import LabelBlock
from batchwork.pixels.sources import PixelSource

_TILE = {"t": 1, "z": 64, "y": 256, "x": 256}


@dataclass(frozen=True, slots=True, eq=False)
class Lane:
    """One image and what is drawn on it."""

    name: str
    """For messages."""
    source: PixelSource
    axes: str
    """Axes of the labels: a letter out of t, z, y, x, c per dimension."""
    blocks: tuple[LabelBlock, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Strokes:
    """The labels of a box at one time."""

    time: int
    box: Box
    labels: NDArray[np.uint8]
    """(slices, rows, columns), 0 where nothing is drawn."""


def strokes_of(lane: Lane) -> Iterator[Strokes]:
    """Give the labels of a lane box by box; boxes hold at least one label and do not overlap."""
    for block in lane.blocks:
        values = to_canonical(block.values, lane.axes)[..., 0]
        start = dict(zip(lane.axes, block.start, strict=True))
        corner = [start.get(axis, 0) for axis in "tzyx"]
        for time, labels in enumerate(values, corner[0]):
            if labels.any():
                yield _tightened(time, corner[1:], np.asarray(labels, np.uint8))


def _tightened(time: int, corner: list[int], labels: NDArray[np.uint8]) -> Strokes:
    inner = tightest(labels)
    spans = [(first + span.start, first + span.stop) for first, span in zip(corner, inner, strict=True)]
    return Strokes(time, (spans[0], spans[1], spans[2]), labels[inner])


def tightest(labels: NDArray[np.generic]) -> tuple[slice, ...]:
    """Give the smallest box around all that is not 0."""
    found = []
    for axis in range(labels.ndim):
        used = np.flatnonzero(labels.any(axis=tuple(i for i in range(labels.ndim) if i != axis)))
        found.append(slice(int(used[0]), int(used[-1]) + 1))
    return tuple(found)


def blocks_of_labels(labels: NDArray[np.uint8], axes: str) -> tuple[LabelBlock, ...]:
    """Cut an image of labels into the blocks that hold any, as small as they can be.

    Parameters
    ----------
    labels : (…) uint8
        Class of each pixel, from 1 on; 0 where nothing is drawn.
    axes : str
        A letter out of t, z, y, x, c per dimension.
    """
    if not labels.any():
        return ()
    sides = [min(_TILE.get(axis, size), size) for axis, size in zip(axes, labels.shape, strict=True)]
    found = []
    for corner in np.ndindex(*(-(-size // side) for size, side in zip(labels.shape, sides, strict=True))):
        start = [i * side for i, side in zip(corner, sides, strict=True)]
        tile = labels[tuple(slice(i, i + side) for i, side in zip(start, sides, strict=True))]
        if tile.any():
            inner = tightest(tile)
            first = tuple(i + span.start for i, span in zip(start, inner, strict=True))
            found.append(LabelBlock(first, np.ascontiguousarray(tile[inner])))
    return tuple(found)
