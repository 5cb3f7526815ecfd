"""What of an image is shown, and how its values are spread over few bits."""

import numpy as np
from numpy.typing import NDArray


def mask_circle(images: NDArray[np.float32], ratio: float, value: float = 0.0) -> None:
    """Set what lies outside a circle, in place.

    Parameters
    ----------
    images : (slices, n, n) float32
        Of any unit.
    ratio : float
        Diameter of the circle over the side of the image.
    value : float
        What to set.
    """
    n = images.shape[-1]
    place = np.arange(n) - (n - 1) / 2
    images[:, place[:, None] ** 2 + place**2 > (ratio * n / 2) ** 2] = value


def value_range(images: NDArray[np.float32], low: float, high: float) -> tuple[float, float]:
    """Give two percentiles of the finite values; (0, 1) if there are none.

    Parameters
    ----------
    images : float32, any shape
        A sample of slices.
    low, high : float
        Percentiles, 0 to 100.
    """
    finite = images[np.isfinite(images)]
    if finite.size == 0:
        return 0.0, 1.0
    first, last = (float(v) for v in np.percentile(finite, (low, high)))
    return first, last
