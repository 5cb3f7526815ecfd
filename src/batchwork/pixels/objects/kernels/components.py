"""Connected components in two and three dimensions."""

import numba as nb
import numpy as np
from numpy.typing import NDArray


@nb.njit(nogil=True, cache=True)
def _root(parents: NDArray[np.int32], label: int) -> int:
    while parents[label] != label:
        parents[label] = parents[parents[label]]
        label = parents[label]
    return label


@nb.njit(nogil=True, cache=True)
def _joined(parents: NDArray[np.int32], one: int, two: int) -> int:
    """Join two sets; the smaller number, which was met first, stands for both."""
    one, two = _root(parents, one), _root(parents, two)
    parents[max(one, two)] = min(one, two)
    return min(one, two)


@nb.njit(nogil=True, cache=True)
def _first_pass(
    inside: NDArray[np.bool_], offsets: NDArray[np.int64], labels: NDArray[np.int32], parents: NDArray[np.int32]
) -> int:
    """Give each voxel the label of a neighbour met before it, or a new one; give the number of labels."""
    slices, rows, columns = inside.shape
    count = 0
    for z in range(slices):
        for y in range(rows):
            for x in range(columns):
                if not inside[z, y, x]:
                    continue
                found = 0
                for dz, dy, dx in offsets:
                    a, b, c = z + dz, y + dy, x + dx
                    if a >= 0 and 0 <= b < rows and 0 <= c < columns and labels[a, b, c]:
                        near = labels[a, b, c]
                        found = near if found == 0 else _joined(parents, found, near)
                if found == 0:
                    count += 1
                    found = count
                labels[z, y, x] = found
    return count


@nb.njit(nogil=True, cache=True)
def _second_pass(labels: NDArray[np.int32], parents: NDArray[np.int32], count: int) -> int:
    """Number the components in the order in which they are met; give their number."""
    numbers = np.zeros(count + 1, np.int32)
    last = 0
    for label in range(1, count + 1):
        root = _root(parents, label)
        if root == label:
            last += 1
            numbers[label] = last
        else:
            numbers[label] = numbers[root]
    flat = labels.reshape(-1)
    for i in range(len(flat)):
        flat[i] = numbers[flat[i]]
    return last


def components(inside: NDArray[np.bool_], *, corners: bool = False) -> tuple[NDArray[np.int32], int]:
    """Label connected components.

    Parameters
    ----------
    inside : (slices, rows, columns) bool
        What belongs to components.
    corners : bool, optional
        Whether voxels that share only an edge or a corner are connected; else only those that share a face.

    Returns
    -------
    labels : (slices, rows, columns) int32
        1, 2, … in the order of their first voxels; 0 outside.
    count : int
        Number of components.

    References
    ----------
    Rosenfeld and Pfaltz, J. ACM 13 (1966) 471.
    """
    labels = np.zeros(inside.shape, np.int32)
    parents = np.arange(int(np.count_nonzero(inside)) + 1, dtype=np.int32)
    count = _first_pass(inside, _earlier(corners=corners), labels, parents)
    return labels, int(_second_pass(labels, parents, count))


def _earlier(*, corners: bool) -> NDArray[np.int64]:
    """Give the neighbours that come before a voxel."""
    around = np.stack(np.meshgrid(*[[-1, 0, 1]] * 3, indexing="ij"), -1).reshape(-1, 3)[:13]
    return around if corners else around[np.abs(around).sum(1) == 1]
