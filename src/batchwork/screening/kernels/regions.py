"""Parts of cells: cores, and rings around nuclei."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.screening.kernels.checking import checked_labels
from batchwork.screening.kernels.distances import nearest_labels
from batchwork.screening.kernels.labelling import areas
from batchwork.screening.kernels.morphology import dilate, erode

Labels = NDArray[np.int32]


def erode_labels(labels: NDArray[Any], radius: int) -> Labels:
    """Keep the pixels of each object around which a disc holds nothing else; the border of the image takes nothing.

    Parameters
    ----------
    labels : (ny, nx) integers
        Objects that may touch, 0 elsewhere.
    radius : int
        Of the disc, in pixels, at least 0.
    """
    given = checked_labels(labels)
    return np.where(erode(given, radius) == dilate(given, radius), given, 0)


def voronoi_rings(
    nuclei: NDArray[Any], *, width_px: float | None = None, factor: float = 1.0, keep_nuclei: bool = False
) -> Labels:
    """Grow nuclei into rings; where two meet, each pixel goes to the nearer one.

    Parameters
    ----------
    nuclei : (ny, nx) integers
        Labels of nuclei, 0 elsewhere.
    width_px : float, optional
        Width of the rings in pixels, above 0.
    factor : float
        Without `width_px`, the width is this many times √(median area of the nuclei).
    keep_nuclei : bool
        Whether nuclei belong to their rings.

    Raises
    ------
    ParameterError
        If the width is not above 0.
    """
    given = checked_labels(nuclei)
    area = areas(given)
    if not area.any():
        return np.zeros_like(given)
    width = factor * float(np.sqrt(np.median(area[area > 0]))) if width_px is None else width_px
    if not width > 0:
        raise ParameterError(f"width_px = {width} must be above 0")
    squares, nearest = nearest_labels(given)
    return np.where((squares <= width**2) & (keep_nuclei | (given == 0)), nearest, 0).astype(np.int32, copy=False)
