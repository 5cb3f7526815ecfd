"""A feature selection as the arrays that compiled loops read."""

from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.kernels.gaussians import (
    FILTER_WINDOW,
    SMOOTHING_WINDOW,
    filter_sigma,
    half_kernel,
    presmoothing_sigma,
)
from batchwork.pixels.kernels.selection import Column, Feature, FeatureSelection, smoothing_radius

TAPS = 3
"""Taps of half a filter: its sigma is at most 1, its radius at most 2."""
SLOTS = {
    Feature.GAUSSIAN_SMOOTHING: 0,
    Feature.LAPLACIAN_OF_GAUSSIAN: 1,
    Feature.GAUSSIAN_GRADIENT_MAGNITUDE: 2,
    Feature.DIFFERENCE_OF_GAUSSIANS: 3,
    Feature.HESSIAN_OF_GAUSSIAN_EIGENVALUES: 4,
    Feature.STRUCTURE_TENSOR_EIGENVALUES: 7,
}
"""Where the values of a feature stand among all those of one scale and channel; eigenvalues take three places."""
STRUCTURE = SLOTS[Feature.STRUCTURE_TENSOR_EIGENVALUES]
"""Slots from here on come from the structure tensor, those before from derivatives of the image."""
SLOT_COUNT = STRUCTURE + 3
NOWHERE = -1
"""Marks a value that no column takes."""

GAUSSIAN, SLOPE, CURVATURE, NARROW, DIFFERENCE = range(5)
"""Filters of a scale: by order of the derivative, then a narrower Gaussian, and the first less that one."""

_NARROW_FACTOR = 0.66
_INNER_FACTOR = 0.5


class ScaleTable(NamedTuple):
    """Kernels of some scales, and which column takes which value. Kernels are halves, from the centre on."""

    radius: NDArray[np.int64]
    """(scales,) Of the smoothing."""
    smoothing: NDArray[np.float32]
    """(scales, largest radius + 1)"""
    filters: NDArray[np.float32]
    """(scales, 5, TAPS) Filters of the smoothed image: `GAUSSIAN`, `SLOPE`, `CURVATURE`, `NARROW`, `DIFFERENCE`."""
    inner: NDArray[np.float32]
    """(scales, 2, TAPS - 1) The same two first ones for the gradient of the structure tensor."""
    slots: NDArray[np.int64]
    """(channels, scales, SLOT_COUNT) Column of each value, or `NOWHERE`."""


def scale_tables(
    selection: FeatureSelection, channels: int, wanted: NDArray[np.int32], *, volume: bool
) -> tuple[ScaleTable, ScaleTable]:
    """Make the tables of the scales that are computed slice by slice, and of those in 3D.

    Parameters
    ----------
    selection : FeatureSelection
        What the columns are.
    channels : int
        Channels of the image.
    wanted : (columns,) int32
        Numbers of the columns to compute; they come out side by side in this order.
    volume : bool
        Whether the image has more than one slice.

    Notes
    -----
    The structure tensor takes the gradient at half the scale and smooths its products at the whole scale.
    """
    columns = selection.columns(channels, volume=volume)
    chosen = [(columns[number], place) for place, number in enumerate(wanted)]
    flat = selection.flat_scales(volume=volume)
    return (
        _table(selection, channels, [(column, place) for column, place in chosen if flat[column.scale]]),
        _table(selection, channels, [(column, place) for column, place in chosen if not flat[column.scale]]),
    )


def _table(selection: FeatureSelection, channels: int, chosen: list[tuple[Column, int]]) -> ScaleTable:
    used = sorted({column.scale for column, _ in chosen})
    scales = [selection.scales[j] for j in used]
    slots = np.full((channels, len(used), SLOT_COUNT), NOWHERE, np.int64)
    for column, place in chosen:
        slots[column.channel, used.index(column.scale), SLOTS[column.feature] + column.part] = place
    filters = [filter_sigma(scale) for scale in scales]
    radii = [smoothing_radius(scale) for scale in scales]
    smoothing = [half_kernel(presmoothing_sigma(scale), 0, SMOOTHING_WINDOW) for scale in scales]
    return ScaleTable(
        radius=np.array(radii, np.int64),
        smoothing=_stacked(smoothing, max(radii, default=0) + 1),
        filters=np.array([_filters(sigma) for sigma in filters], np.float32).reshape(-1, 5, TAPS),
        inner=np.array([_inner(sigma) for sigma in filters], np.float32).reshape(-1, 2, TAPS - 1),
        slots=slots,
    )


def _filters(sigma: float) -> NDArray[np.float32]:
    gaussian, slope, curvature = (half_kernel(sigma, order, FILTER_WINDOW) for order in (GAUSSIAN, SLOPE, CURVATURE))
    narrow = half_kernel(_NARROW_FACTOR * sigma, GAUSSIAN, FILTER_WINDOW)
    difference = gaussian - np.pad(narrow, (0, len(gaussian) - len(narrow)))
    return _stacked([gaussian, slope, curvature, narrow, difference], TAPS)


def _inner(sigma: float) -> NDArray[np.float32]:
    return _stacked([half_kernel(_INNER_FACTOR * sigma, order, FILTER_WINDOW) for order in (GAUSSIAN, SLOPE)], TAPS - 1)


def _stacked(halves: list[NDArray[np.float64]], width: int) -> NDArray[np.float32]:
    """Put kernels below each other, with zeros behind the shorter ones."""
    stacked = np.zeros((len(halves), width), np.float32)
    for row, half in zip(stacked, halves, strict=True):
        row[: len(half)] = half
    return stacked


@nb.njit(nogil=True, cache=True)
def wants(slots: NDArray[np.int64], first: int, end: int) -> bool:
    """Say whether any value of a range of slots goes into a column."""
    for slot in range(first, end):  # noqa: SIM110 - compiled
        if slots[slot] != NOWHERE:
            return True
    return False
