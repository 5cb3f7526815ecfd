"""Infected and other ground of a site, told pixel by pixel from the site itself."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.screening.kernels.checking import checked_image
from batchwork.screening.kernels.filters import smooth
from batchwork.screening.kernels.morphology import white_tophat
from batchwork.screening.kernels.thresholds import background_of

Mask = NDArray[np.bool_]


def local_classes(
    marker: NDArray[Any], serum: NDArray[Any], *, sigma_px: float = 2.0, threshold: float = 5.0, radius_px: int = 20
) -> tuple[Mask, Mask]:
    """Tell infected pixels from others where there are cells.

    Parameters
    ----------
    marker, serum : (ny, nx) integers or float32
        Stains of infected and of all cells, bright on dark, any unit.
    sigma_px : float
        Smoothing before both are judged, in pixels.
    threshold : float
        Sigmas of the dark that light must be above it.
    radius_px : int
        Of the top-hat that evens the marker out.

    Returns
    -------
    (ny, nx) bool, (ny, nx) bool
        Infected, and cell but not infected; no pixel is both.

    Raises
    ------
    ParameterError
        If the shapes differ.
    """
    pixels = checked_image(marker, "marker")
    if np.shape(serum) != pixels.shape:
        raise ParameterError(f"marker {pixels.shape} and serum {np.shape(serum)} must have one shape")
    light = smooth(serum, sigma_px)
    dark = background_of(light)
    cell = light > dark.level + threshold * dark.sigma
    spots = smooth(white_tophat(pixels, radius_px), sigma_px)
    quiet = background_of(spots)
    infected = cell & (spots > quiet.level + threshold * quiet.sigma)
    return infected, cell & ~infected
