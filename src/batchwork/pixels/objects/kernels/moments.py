"""Sums over the pixels of each object, from which its properties follow."""

from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

DIRECTIONS = np.stack(np.meshgrid(*[[-1, 0, 1]] * 3, indexing="ij"), -1).reshape(-1, 3)[14:]
"""(13, 3) Steps to the neighbours behind a voxel."""


class Moments(NamedTuple):
    """One row per object."""

    size: NDArray[np.int64]
    """(objects,) Pixels."""
    box: NDArray[np.int64]
    """(objects, 6) First slice, row and column, and those after the last."""
    first: NDArray[np.float64]
    """(objects, 3) Sums of z, y and x."""
    second: NDArray[np.float64]
    """(objects, 6) Sums of zz, yy, xx, zy, zx and yx, counted from the box's first pixel."""
    crossings: NDArray[np.int64]
    """(objects, 13) How often lines along `DIRECTIONS` cross the border."""


@nb.njit(nogil=True, cache=True)
def _boxes(labels: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    box = np.zeros((count, 6), np.int64)
    box[:, :3] = np.array(labels.shape)
    for z in range(labels.shape[0]):
        for y in range(labels.shape[1]):
            for x in range(labels.shape[2]):
                i = labels[z, y, x] - 1
                if i >= 0:
                    for axis, at in enumerate((z, y, x)):
                        box[i, axis] = min(box[i, axis], at)
                        box[i, 3 + axis] = max(box[i, 3 + axis], at + 1)
    return box


@nb.njit(nogil=True, cache=True)
def _count_crossings(
    labels: NDArray[np.int32], directions: NDArray[np.int64], z: int, y: int, x: int, row: NDArray[np.int64]
) -> None:
    slices, rows, columns = labels.shape
    own = labels[z, y, x]
    for k in range(len(directions)):
        for side in (-1, 1):
            a, b, c = z + side * directions[k, 0], y + side * directions[k, 1], x + side * directions[k, 2]
            inside = 0 <= a < slices and 0 <= b < rows and 0 <= c < columns
            if not inside or labels[a, b, c] != own:
                row[k] += 1


@nb.njit(nogil=True, cache=True)
def _moments(labels: NDArray[np.int32], count: int, directions: NDArray[np.int64]) -> Moments:
    size, box = np.zeros(count, np.int64), _boxes(labels, count)
    first, second = np.zeros((count, 3)), np.zeros((count, 6))
    crossings = np.zeros((count, len(directions)), np.int64)
    for z in range(labels.shape[0]):
        for y in range(labels.shape[1]):
            for x in range(labels.shape[2]):
                i = labels[z, y, x] - 1
                if i < 0:
                    continue
                size[i] += 1
                dz, dy, dx = float(z - box[i, 0]), float(y - box[i, 1]), float(x - box[i, 2])
                for k, value in enumerate((dz, dy, dx)):
                    first[i, k] += value
                for k, value in enumerate((dz * dz, dy * dy, dx * dx, dz * dy, dz * dx, dy * dx)):
                    second[i, k] += value
                _count_crossings(labels, directions, z, y, x, crossings[i])
    return Moments(size, box, first, second, crossings)


def moments(labels: NDArray[np.int32], count: int) -> Moments:
    """Sum over the pixels of each object.

    Parameters
    ----------
    labels : (slices, rows, columns) int32
        Objects from 1 to `count`; 0 outside.
    count : int
        Number of objects.

    Returns
    -------
    Moments
        Positions count from the first pixel of each object's box.
    """
    return Moments(*_moments(labels, count, DIRECTIONS))


@nb.njit(nogil=True, cache=True)
def _intensities(labels: NDArray[np.int32], image: NDArray[np.float32], count: int) -> NDArray[np.float64]:
    found = np.zeros((count, 4))
    found[:, 2], found[:, 3] = np.inf, -np.inf
    shift = np.zeros(count)
    flat, values = labels.reshape(-1), image.reshape(-1)
    for i in range(len(flat) - 1, -1, -1):
        if flat[i]:
            shift[flat[i] - 1] = values[i]
    seen = np.zeros(count)
    for i in range(len(flat)):
        k = flat[i] - 1
        if k >= 0:
            value = np.float64(values[i])
            seen[k] += 1
            found[k, 0] += value - shift[k]
            found[k, 1] += (value - shift[k]) ** 2
            found[k, 2] = min(found[k, 2], value)
            found[k, 3] = max(found[k, 3], value)
    for k in range(count):
        mean = found[k, 0] / seen[k]
        found[k, 1] = np.sqrt(max(found[k, 1] / seen[k] - mean * mean, 0.0))
        found[k, 0] = mean + shift[k]
    return found


def intensities(labels: NDArray[np.int32], image: NDArray[np.float32], count: int) -> NDArray[np.float64]:
    """Give mean, standard deviation, least and largest value of an image in each object.

    Parameters
    ----------
    labels : (slices, rows, columns) int32
        Objects from 1 to `count`.
    image : (slices, rows, columns) float32
        One channel.
    count : int
        Number of objects.

    Returns
    -------
    (objects, 4) float64
        Summed from each object's first value, so that no digits are lost.
    """
    return np.asarray(_intensities(labels, np.ascontiguousarray(image, np.float32), count))
