"""Watershed from seeds, by flooding in the order of height and age."""

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.screening.kernels.checking import checked_image, checked_labels, checked_mask

Labels = NDArray[np.int32]
Heights = NDArray[np.uint16]

LEVELS = 1 << 16
"""Heights that `watershed` tells apart."""
_SPREAD = 1 << 12
_GROUP = 32
"""Levels passed over at once where nothing waits in any of them."""
_CLOSED = np.int32(-1)


@nb.njit(inline="always")
def _append(queues: Labels, waiting: Labels, following: Labels, level: int, place: int) -> None:
    """Put a place last into the queue of its level."""
    following[place] = -1
    if queues[level, 0] < 0:
        queues[level, 0] = place
    else:
        following[queues[level, 1]] = place
    queues[level, 1] = place
    waiting[level // _GROUP] += 1


@nb.njit(inline="always")
def _is_free_beside(owner: Labels, place: int, columns: int) -> bool:
    return owner[place - columns] == 0 or owner[place - 1] == 0 or owner[place + 1] == 0 or owner[place + columns] == 0


@nb.njit(nogil=True, cache=True)
def _flood(height: Heights, owner: Labels, columns: int) -> None:
    """Spread labels over places that are 0; each height has a queue, linked through `following`, the oldest first.

    The arrays are those of an image of so many columns, line after line, with a border that no label may enter.
    """
    queues, waiting = np.full((LEVELS, 2), -1, np.int32), np.zeros(LEVELS // _GROUP, np.int32)
    following = np.empty(owner.size, np.int32)
    for place in range(columns, owner.size - columns):
        if owner[place] > 0 and _is_free_beside(owner, place, columns):
            _append(queues, waiting, following, height[place], place)
    level = 0
    while level < LEVELS:
        if waiting[level // _GROUP] == 0:
            level = (level // _GROUP + 1) * _GROUP
            continue
        place = queues[level, 0]
        if place < 0:
            level += 1
            continue
        queues[level, 0] = following[place]
        waiting[level // _GROUP] -= 1
        for away in (-columns, -1, 1, columns):
            other = place + away
            if owner[other] == 0:
                owner[other] = owner[place]
                _append(queues, waiting, following, height[other], other)
                level = min(level, height[other])


def watershed(heights: NDArray[Any], seeds: NDArray[Any], mask: NDArray[Any]) -> Labels:
    """Grow seeds over a mask, low places first; where two meet stays the border between them.

    Parameters
    ----------
    heights : (ny, nx) uint16 or uint8
        What is flooded; see `as_heights`.
    seeds : (ny, nx) integers
        Labels to grow, 0 elsewhere; those outside the mask are dropped.
    mask : (ny, nx) bool
        Where labels may grow, over sides of pixels.

    Returns
    -------
    (ny, nx) int32
        Labels; 0 outside the mask and where no seed comes to.

    Raises
    ------
    ParameterError
        If types or shapes do not fit.

    References
    ----------
    Meyer, Topographic distance and watershed lines, Signal Processing 38 (1994) 113.
    """
    floor = checked_image(heights, "heights")
    if floor.dtype not in (np.uint8, np.uint16):
        raise ParameterError(f"heights must be uint8 or uint16, not {floor.dtype}; as_heights makes them so")
    land = checked_mask(mask, floor.shape)
    given = checked_labels(seeds, floor.shape, "seeds")
    owner = np.pad(np.where(land, given, _CLOSED), 1, constant_values=_CLOSED)
    _flood(np.pad(floor.astype(np.uint16), 1).ravel(), owner.ravel(), owner.shape[1])
    return np.ascontiguousarray(np.maximum(owner[1:-1, 1:-1], 0))


def as_heights(values: NDArray[Any], lowest: float, highest: float) -> Heights:
    """Spread values over 4,096 heights for `watershed`, which floods fewer ones faster; values outside are clipped."""
    span = highest - lowest
    scale = (_SPREAD - 1) / span if span > 0 else 0.0
    raised = (values - np.float32(lowest)) * np.float32(scale)
    return np.asarray(np.clip(raised, 0, _SPREAD - 1), np.uint16)
