"""Smooth random fields, of which texture, clumps and wobbling borders are made."""

import numpy as np
from numpy.typing import NDArray

from batchwork.screening.kernels.filters import enlarge, smooth

Field = NDArray[np.float32]


def noise_field(rng: np.random.Generator, shape: tuple[int, int], scale_px: float) -> Field:
    """Draw smooth Gaussian noise of mean 0 and variance 1.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where chance comes from.
    shape : (ny, nx)
        In pixels.
    scale_px : float
        Width of its hills, as the sigma of the Gaussian that makes them.
    """
    step = max(1, int(scale_px / 1.5))
    small = (-(-shape[0] // step), -(-shape[1] // step))
    margin = 4
    wide = (small[0] + 2 * margin, small[1] + 2 * margin)
    rough = smooth(rng.standard_normal(wide, dtype=np.float32), scale_px / step)[margin:-margin, margin:-margin]
    field = enlarge(np.ascontiguousarray(rough), step, shape)
    return np.asarray((field - field.mean()) / field.std())
