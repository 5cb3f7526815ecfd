"""Boxes of an image and what lies around them, mirrored where the image ends."""

import numpy as np
from numpy.typing import NDArray

Span = tuple[int, int]
Box = tuple[Span, Span, Span]
"""First pixel and the one after the last, along z, y and x."""
Size = tuple[int, int, int]
"""Slices, rows and columns."""


def size_of(box: Box) -> Size:
    """Give the number of pixels along each axis."""
    (z, z_end), (y, y_end), (x, x_end) = box
    return z_end - z, y_end - y, x_end - x


def slices_of(box: Box) -> tuple[slice, slice, slice]:
    """Give the index of a box in an array."""
    return slice(*box[0]), slice(*box[1]), slice(*box[2])


def reach(box: Box, shape: Size, halo: tuple[int, int]) -> Box:
    """Give the part of an image that a box and its surroundings are made of.

    Parameters
    ----------
    box : Box
        A box of the image.
    shape : tuple
        Size of the image.
    halo : tuple
        Size of the surroundings along z, and along y and x.
    """
    z, y, x = ((max(0, a - h), min(n, b + h)) for (a, b), n, h in zip(box, shape, _sides(halo), strict=True))
    return z, y, x


def surrounded(part: NDArray[np.generic], box: Box, shape: Size, halo: tuple[int, int]) -> NDArray[np.float32]:
    """Put a box with its surroundings into the form that the loops read.

    Parameters
    ----------
    part : (slices, rows, columns, channels)
        The pixels of `reach`.
    box, shape, halo
        As given to `reach`.

    Returns
    -------
    (channels, slices, rows, columns) float32
        Beyond the image its mirror image, in which the outermost pixels are not repeated.
    """
    widths = [(max(0, h - a), max(0, b + h - n)) for (a, b), n, h in zip(box, shape, _sides(halo), strict=True)]
    single = np.ascontiguousarray(np.moveaxis(part, -1, 0), np.float32)
    return np.pad(single, [(0, 0), *widths], "reflect") if any(map(any, widths)) else single


def bounds_from(box: Box, shape: Size) -> tuple[int, int, int, int, int, int]:
    """Give where the image begins and ends along each axis, counted from the first pixel of a box."""
    (z, _), (y, _), (x, _) = box
    return -z, shape[0] - z, -y, shape[1] - y, -x, shape[2] - x


def _sides(halo: tuple[int, int]) -> Size:
    return halo[0], halo[1], halo[1]
