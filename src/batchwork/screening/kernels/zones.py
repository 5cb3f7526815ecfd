"""Zones of a cell by distance from its nucleus, and the light in each."""

from itertools import pairwise
from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.screening.kernels.checking import checked_image, checked_labels
from batchwork.screening.kernels.morphology import dilate, erode

Floats = NDArray[np.float64]
Zones = NDArray[np.uint8]

ENDS_PX = (2.0, 5.0, 9.0, 14.0)
"""Distances from the nucleus at which zones end; the last zone has no end."""
COUNT = len(ENDS_PX) + 2
"""Zone 0 is the inside of the nucleus, 1 the first around it."""
INSET_PX = 2
"""How far inside nuclei, and from what is no part of the cell, pixels are looked at."""
NOWHERE = 255


def cell_zones(nuclei: NDArray[Any], cells: NDArray[Any], squares: NDArray[Any]) -> Zones:
    """Say which zone of its cell each pixel lies in.

    Parameters
    ----------
    nuclei, cells : (ny, nx) integers
        Labels; those of a cell and its nucleus are the same.
    squares : (ny, nx) int32
        Squared distances to the nearest nucleus, from `nearest_labels`.

    Returns
    -------
    (ny, nx) uint8
        0 to `COUNT` - 1; `NOWHERE` outside cells, at borders of nuclei, and near what is not the cell unless it lies
        in the first zone.
    """
    seeds, outlines = checked_labels(nuclei), checked_labels(cells)
    ends = np.square(ENDS_PX)
    number = (1 + np.searchsorted(ends, np.arange(ends[-1] + 2))).astype(np.uint8)
    zones = number[np.minimum(squares, number.size - 1)]
    within = (erode(outlines, INSET_PX) == dilate(outlines, INSET_PX)) | (zones == 1)
    core = erode(seeds, INSET_PX) == dilate(seeds, INSET_PX)
    zones = np.where(seeds > 0, np.where(core, 0, NOWHERE), zones)
    return np.where(within & (outlines > 0), zones, NOWHERE).astype(np.uint8)


@nb.njit(nogil=True, cache=True)
def _sums(labels: NDArray[np.int32], zones: Zones, image: NDArray[Any], sums: Floats, counts: Floats) -> None:
    for y in range(labels.shape[0]):
        for x in range(labels.shape[1]):
            if zones[y, x] != NOWHERE:
                sums[labels[y, x] - 1, zones[y, x]] += image[y, x]
                counts[labels[y, x] - 1, zones[y, x]] += 1


def zone_means(cells: NDArray[Any], zones: Zones, image: NDArray[Any], count: int) -> Floats:
    """Give the mean light of each zone of each cell.

    Parameters
    ----------
    cells : (ny, nx) integers
        Labels 1 … `count`.
    zones : (ny, nx) uint8
        From `cell_zones`.
    image : (ny, nx) integers or float32
        Light, any unit.
    count : int

    Returns
    -------
    (count, `COUNT` + 1) float64
        The last column is the whole core: all zones but the nucleus' border; NaN where a cell has no such pixel.
    """
    sums, counts = np.zeros((count, COUNT)), np.zeros((count, COUNT))
    _sums(checked_labels(cells), zones, checked_image(image), sums, counts)
    total = np.column_stack([sums, sums.sum(axis=1)])
    pixels = np.column_stack([counts, counts.sum(axis=1)])
    return np.asarray(np.divide(total, pixels, out=np.full_like(total, np.nan), where=pixels > 0))


@nb.njit(nogil=True, cache=True)
def _label_sums(labels: NDArray[np.int32], image: NDArray[Any], sums: Floats, counts: Floats) -> None:
    for y in range(labels.shape[0]):
        for x in range(labels.shape[1]):
            if labels[y, x] > 0:
                sums[labels[y, x] - 1] += image[y, x]
                counts[labels[y, x] - 1] += 1


def label_means(labels: NDArray[Any], image: NDArray[Any], count: int) -> Floats:
    """Give the mean light of each label 1 … `count`: (count,) float64; NaN where one has no pixel.

    Parameters
    ----------
    labels : (ny, nx) integers
    image : (ny, nx) integers or float32
    count : int
        No label is above it.
    """
    sums, counts = np.zeros(count), np.zeros(count)
    _label_sums(checked_labels(labels), checked_image(image), sums, counts)
    return np.asarray(np.divide(sums, counts, out=np.full(count, np.nan), where=counts > 0))


def light_by_distance(squares: NDArray[Any], image: NDArray[Any], most_px: int) -> Floats:
    """Give the median light at each distance from the nuclei: (most_px,) for 1 … most_px pixels; NaN where none is.

    Parameters
    ----------
    squares : (ny, nx) int32
        Squared distances to the nearest nucleus, from `nearest_labels`.
    image : (ny, nx) integers or float32
    most_px : int
    """
    reach = np.arange((most_px + 1) ** 2 + 1)
    number = np.minimum(np.rint(np.sqrt(reach)), most_px + 1).astype(np.uint16)
    away = number[np.minimum(squares, reach[-1])].ravel()
    order = np.argsort(away, kind="stable")
    ends = np.searchsorted(away[order], np.arange(1, most_px + 2))
    light = checked_image(image).ravel()[order]
    return np.array([np.median(light[a:b]) if b > a else np.nan for a, b in pairwise(ends.tolist())])
