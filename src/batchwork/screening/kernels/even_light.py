"""Uneven light taken out of one image by itself."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchwork.screening.kernels.cells import dark_surface
from batchwork.screening.kernels.checking import checked_image
from batchwork.screening.kernels.filters import smooth

_SIGMA = 1.0
"""Smoothing against noise before the dark is looked for, in pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class EvenImage:
    """An image as it would be under even light."""

    image: NDArray[np.float32]
    """(ny, nx), in the unit of the raw image."""
    dark: float
    """Level between its cells, in the same unit."""


def even_light(image: NDArray[Any]) -> EvenImage:
    """Divide an image by what its dark shows of the light; the mean of the dark stays.

    Parameters
    ----------
    image : (ny, nx) integers or float32
        Bright cells on a background that is above the camera's own.

    Notes
    -----
    ``image · mean(dark) / dark``, with the dark a quadratic fitted by `dark_surface`. Where that is below a tenth of
    its mean, a tenth is taken. An image without a background above 0 stays as it is.
    """
    raw = checked_image(image, "image").astype(np.float32)
    surface = dark_surface(smooth(raw, _SIGMA))
    level = float(surface.mean())
    if level <= 0:
        return EvenImage(raw, level)
    share = np.float32(level) / np.maximum(surface, np.float32(level / 10))
    return EvenImage(np.asarray(raw * share, np.float32), level)
