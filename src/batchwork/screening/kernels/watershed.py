"""Watershed from seeds, by flooding in the order of height and age."""

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.screening.kernels.checking import checked_image, checked_labels, checked_mask

Labels = NDArray[np.int32]
Heights = NDArray[np.uint16]
Queues = tuple[Labels, Labels, Labels]

LEVELS = 1 << 16
"""Heights that `watershed` tells apart."""
_SPREAD = 1 << 12
_CLOSED = np.int32(-1)


@nb.njit(nogil=True, cache=True)
def _queue_seeds(height: Heights, owner: Labels, columns: int, queues: Queues) -> None:
    """Queue the seeds that have room beside them; from the last one on, each is put in front of the others."""
    head, tail, following = queues
    for place in range(owner.size - columns - 1, columns, -1):
        if owner[place] <= 0:
            continue
        if owner[place - columns] and owner[place - 1] and owner[place + 1] and owner[place + columns]:
            continue
        level = height[place]
        following[place] = head[level]
        if head[level] < 0:
            tail[level] = place
        head[level] = place


@nb.njit(nogil=True, cache=True)
def _flood(height: Heights, owner: Labels, columns: int) -> None:
    """Spread labels over places that are 0; each level has a queue, linked through `following`, the oldest first.

    The level rises only: what lies below it waits no longer than what lies on it. The arrays are those of an image of
    so many columns, line after line, with a border that no label may enter. Queues are written out here, as a function
    for them takes twice the time.
    """
    head, tail = np.full(LEVELS, -1, np.int32), np.empty(LEVELS, np.int32)
    following = np.empty(owner.size, np.int32)
    _queue_seeds(height, owner, columns, (head, tail, following))
    for level in range(LEVELS):
        while head[level] >= 0:
            place = head[level]
            head[level] = following[place]
            label = owner[place]
            for away in (-columns, -1, 1, columns):
                other = place + away
                if owner[other] == 0:
                    owner[other] = label
                    wait = max(int(height[other]), level)
                    following[other] = -1
                    if head[wait] < 0:
                        head[wait] = other
                    else:
                        following[tail[wait]] = other
                    tail[wait] = other


def watershed(heights: NDArray[Any], seeds: NDArray[Any], mask: NDArray[Any]) -> Labels:
    """Grow seeds over a mask, low places first; where two meet stays the border between them.

    Once the flood has come over a pass, what lies lower behind it fills from all sides at one pace.

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
