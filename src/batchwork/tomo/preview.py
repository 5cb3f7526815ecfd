"""The picture of a slice that reports show."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from batchwork.io.png import write_grey

PREVIEW_PX = 512
"""Largest side of the picture."""
_PERCENTILES = (5.0, 95.0)


def preview_pixels(image: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Scale a slice down to at most `PREVIEW_PX` and its values to 8 bits.

    Black and white are the 5th and 95th percentile of the finite values; what is not finite is black.

    Parameters
    ----------
    image : (n, n) float32
        In any unit.

    Returns
    -------
    (m, m) uint8
        m is at most 512.
    """
    side = -(-len(image) // PREVIEW_PX)
    m = len(image) // side
    small = image[: m * side, : m * side].reshape(m, side, m, side).mean((1, 3), dtype=np.float64)
    finite = np.isfinite(small)
    if not finite.any():
        return np.zeros((m, m), np.uint8)
    black, white = np.percentile(small[finite], _PERCENTILES)
    scaled = (np.where(finite, small, black) - black) / (white - black or 1.0)
    return np.asarray(np.clip(np.rint(255 * scaled), 0, 255), np.uint8)


def write_preview(path: Path, image: NDArray[np.float32]) -> None:
    """Write the picture of a slice, (n, n) float32, as PNG."""
    pixels = preview_pixels(image)
    write_grey(path, pixels.tobytes(), pixels.shape[1], pixels.shape[0])
