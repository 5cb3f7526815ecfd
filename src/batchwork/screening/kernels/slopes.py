"""How steep an image is at each place."""

import numba as nb
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]


@nb.njit(nogil=True, cache=True)
def _slopes(image: Image, out: Image) -> None:
    rows, columns = image.shape
    for row in range(rows):
        up, down = max(row - 1, 0), min(row + 1, rows - 1)
        for column in range(columns):
            left, right = max(column - 1, 0), min(column + 1, columns - 1)
            rise, run = image[down, column] - image[up, column], image[row, right] - image[row, left]
            out[row, column] = np.sqrt(rise * rise + run * run) / 2


def slopes(image: Image) -> Image:
    """Give the length of the gradient by central differences, in units of the image a pixel: (ny, nx) float32."""
    out = np.empty_like(image)
    _slopes(image, out)
    return out
