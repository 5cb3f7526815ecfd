"""Kernels of Gaussian smoothing and its derivatives, as sampled, cut off and scaled by ilastik's filter library."""

import math

import numpy as np
from numpy.typing import NDArray

SMOOTHING_WINDOW = 3.5
"""Radius of the smoothing that goes before all features, in sigmas."""
FILTER_WINDOW = 2.0
"""Radius of the filters themselves, in sigmas."""


def radius(sigma: float, window: float) -> int:
    """Give the radius in pixels of a kernel; at 0 it leaves the image as it is.

    Parameters
    ----------
    sigma : float
        Standard deviation in pixels.
    window : float
        Radius in sigmas.
    """
    return math.floor(window * sigma + 0.5)


def half_kernel(sigma: float, order: int, window: float) -> NDArray[np.float64]:
    """Give the taps at distance 0, 1, … of a Gaussian or of its first or second derivative.

    Parameters
    ----------
    sigma : float
        Standard deviation in pixels, > 0.
    order : int
        0, 1 or 2; the taps of order 1 are those on the side that is counted positive, the others have the
        opposite sign.
    window : float
        Radius in sigmas.

    Returns
    -------
    (1 + radius,) float64

    Notes
    -----
    A kernel of order 0 has the sum 1; one of order 1 gives the slope of a straight line; one of order 2 has
    the sum 0 and gives the second derivative of a parabola. Derivatives of radius 0 vanish.
    """
    x = np.arange(radius(sigma, window) + 1, dtype=np.float64)
    gaussian = np.exp(-0.5 * (x / sigma) ** 2)
    sides = np.where(x == 0, 1.0, 2.0)
    if order == 0:
        return np.asarray(gaussian / np.sum(sides * gaussian))
    if len(x) == 1:
        return np.zeros(1)
    if order == 1:
        return np.asarray(x * gaussian / np.sum(sides * x * x * gaussian))
    second = (x * x / sigma**2 - 1.0) * gaussian
    second -= np.sum(sides * second) / np.sum(sides)
    return np.asarray(second / (np.sum(sides * x * x * second) / 2.0))


def presmoothing_sigma(scale: float) -> float:
    """Give the sigma of the smoothing before the filters of a scale; below 1 an image is smoothed twice."""
    return math.sqrt(scale * scale - 1.0) if scale > 1.0 else scale


def filter_sigma(scale: float) -> float:
    """Give the sigma of the filters of a scale, after smoothing."""
    return min(scale, 1.0)
