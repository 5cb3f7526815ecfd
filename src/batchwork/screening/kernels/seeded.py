"""Cells grown from nuclei over predicted boundaries and a predicted foreground."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.screening.kernels.checking import checked_image, checked_labels
from batchwork.screening.kernels.distances import erode_mask, nearest_labels
from batchwork.screening.kernels.filters import smooth
from batchwork.screening.kernels.labelling import areas, components, fill_holes, relabel
from batchwork.screening.kernels.watershed import as_heights, watershed
from batchwork.screening.parameters import Flooding

_SURE = 0.5
_LEAST_SHARE = 0.15
"""Of the area of a usual nucleus; what is smaller is none."""


def nuclei_of(probabilities: NDArray[Any], *, diameter_px: float = 25.0) -> NDArray[np.int32]:
    """Label what is most likely nucleus: (ny, nx) int32, connected parts without holes and specks.

    Parameters
    ----------
    probabilities : (ny, nx) float32
        That a pixel is of a nucleus.
    diameter_px : float
        Of a usual nucleus.
    """
    usual = np.pi / 4 * diameter_px**2
    parts = components(fill_holes(checked_image(probabilities, "probabilities") > _SURE, int(usual)))
    return relabel(parts, areas(parts) >= _LEAST_SHARE * usual)


def flood_from_nuclei(
    boundaries: NDArray[Any], foreground: NDArray[Any], nuclei: NDArray[Any], flooding: Flooding | None = None
) -> NDArray[np.int32]:
    """Give each nucleus its cell.

    Parameters
    ----------
    boundaries, foreground : (ny, nx) float32
        Probabilities that a pixel is a border between cells, and that it is of a cell.
    nuclei : (ny, nx) integers
        Labels; 0 is none.
    flooding : Flooding, optional

    Returns
    -------
    (ny, nx) int32
        The labels of the nuclei, over their cells.

    Raises
    ------
    ParameterError
        If the shapes differ.

    Notes
    -----
    Nuclei flood the foreground; then cells and background flood what is between them. A part of the foreground
    without a nucleus is no cell.
    """
    how, edges = flooding or Flooding(), checked_image(boundaries, "boundaries")
    seeds, inside = checked_labels(nuclei, edges.shape, "nuclei"), checked_image(foreground, "foreground")
    if inside.shape != edges.shape:
        raise ParameterError(f"boundaries {edges.shape} and foreground {inside.shape} must have one shape")
    squares, nearest = nearest_labels(seeds)
    wide = np.where(squares <= how.dilate_seeds**2, nearest, 0)
    hills = smooth(edges, how.boundary_smoothing) if how.boundary_smoothing else edges
    heights = as_heights(hills, float(hills.min()), float(hills.max()))
    ground = (inside > how.foreground_threshold) | (wide > 0)
    cells = watershed(heights, wide, ground)
    if not how.erode_mask:
        return cells
    empty = int(seeds.max(initial=0)) + 1
    outside = erode_mask(~ground, how.erode_mask) | (ground & (cells == 0))
    found = watershed(heights, np.where(outside, empty, cells), np.ones(edges.shape, np.bool_))
    return np.asarray(np.where(found == empty, 0, found), np.int32)
