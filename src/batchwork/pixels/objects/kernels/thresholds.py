"""Objects where a probability is high."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.pixels.objects.kernels.components import components
from batchwork.pixels.objects.kernels.smoothing import smoothed


@dataclass(frozen=True, slots=True)
class Thresholding:
    """How objects are found; the names are those of ilastik's applet.

    Raises
    ------
    ParameterError
        If a value has no meaning.
    """

    threshold: float = 0.5
    """Pixels above it belong to objects."""
    core: float | None = None
    """With hysteresis: objects must also hold a pixel above this one."""
    sigma: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Smoothing before that, pixels along z, y and x."""
    min_size: int = 10
    """Smaller objects are left out, in pixels."""
    max_size: int | None = None
    """So are larger ones."""
    corners: bool = False
    """Whether pixels that share only a corner belong together."""

    def __post_init__(self) -> None:
        """Check the values."""
        if not 0 <= self.threshold < 1:
            raise ParameterError(f"threshold must lie between 0 and 1, not {self.threshold:g}")
        if self.core is not None and not self.threshold <= self.core < 1:
            raise ParameterError(f"core must lie between threshold {self.threshold:g} and 1, not {self.core:g}")
        if any(not 0 <= sigma < float("inf") for sigma in self.sigma):
            raise ParameterError(f"sigma must be 0 or more pixels, not {self.sigma}")
        if self.max_size is not None and self.max_size < self.min_size:
            raise ParameterError(f"max_size {self.max_size} is less than min_size {self.min_size}")


def find_objects(probability: NDArray[np.float32], options: Thresholding) -> tuple[NDArray[np.int32], int]:
    """Find objects in the probability of one class.

    Parameters
    ----------
    probability : (slices, rows, columns) float32
        From 0 to 1.
    options : Thresholding
        How.

    Returns
    -------
    labels : (slices, rows, columns) int32
        1, 2, … in the order of their first pixels; 0 outside.
    count : int
        Number of objects.
    """
    smooth = smoothed(probability, options.sigma)
    labels, count = components(smooth > options.threshold, corners=options.corners)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    kept = sizes >= max(options.min_size, 1)
    if options.max_size is not None:
        kept &= sizes <= options.max_size
    if options.core is not None:
        kept &= np.bincount(labels[smooth > options.core], minlength=count + 1) > 0
    kept[0] = False
    numbers = np.where(kept, np.cumsum(kept), 0).astype(np.int32)
    return numbers[labels], int(np.count_nonzero(kept))
