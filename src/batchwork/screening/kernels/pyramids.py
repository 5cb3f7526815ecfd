"""Images at falling sizes, for viewers."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchwork.screening.kernels.checking import checked_image
from batchwork.screening.kernels.filters import shrink

FACTORS = (1, 2, 4, 8, 16)
"""How much smaller each level is than the image."""


def pyramid(image: NDArray[Any], *, labels: bool = False) -> list[NDArray[Any]]:
    """Give an image at full size, half of it, a quarter and so on, down to a sixteenth.

    Parameters
    ----------
    image : (ny, nx) integers or float32
    labels : bool
        Whether values are labels: then the pixel in the middle of each square is taken, else the mean, which is
        rounded for whole numbers.

    Returns
    -------
    list of (ny // f, nx // f)
        For each of `FACTORS` that is no larger than the image; rows and columns that fill no square are left out.
    """
    whole = checked_image(image)
    return [_level(whole, factor, labels=labels) for factor in FACTORS if factor <= min(whole.shape)]


def _level(image: NDArray[Any], factor: int, *, labels: bool) -> NDArray[Any]:
    if factor == 1:
        return image
    rows, columns = (side // factor * factor for side in image.shape)
    if labels:
        return np.ascontiguousarray(image[factor // 2 : rows : factor, factor // 2 : columns : factor])
    means = shrink(image[:rows, :columns], factor)
    return np.rint(means).astype(image.dtype) if image.dtype.kind in "iu" else means.astype(image.dtype)
