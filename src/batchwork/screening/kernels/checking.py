"""What arrays must look like before a compiled loop takes them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError


def checked_image(image: NDArray[Any], name: str = "image") -> NDArray[Any]:
    """Give an image of two axes, contiguous; a ParameterError tells what is wrong with it."""
    pixels = np.ascontiguousarray(image)
    if np.ndim(image) != 2 or pixels.size == 0:  # noqa: PLR2004 - rows and columns
        raise ParameterError(f"{name} must have the shape (rows, columns) and hold pixels, not {np.shape(image)}")
    if pixels.dtype.kind not in "uif" or pixels.dtype.itemsize > 8 or pixels.dtype == np.float16:  # noqa: PLR2004 - bytes
        raise ParameterError(f"{name} must hold whole numbers, float32 or float64, not {pixels.dtype}")
    return pixels


def checked_labels(
    labels: NDArray[Any], shape: tuple[int, ...] | None = None, name: str = "labels"
) -> NDArray[np.int32]:
    """Give labels of two axes as int32, 0 for none; a ParameterError tells what is wrong with them."""
    given = checked_image(labels, name)
    if given.dtype.kind not in "ui":
        raise ParameterError(f"{name} must be whole numbers, not {given.dtype}")
    if shape is not None and given.shape != shape:
        raise ParameterError(f"{name} have the shape {given.shape}, the image {shape}; they must be equal")
    if given.dtype != np.int32 and given.max() > np.iinfo(np.int32).max:
        raise ParameterError(f"{name} go up to {given.max()}; give them as 1 … n")
    if given.dtype.kind == "i" and given.min() < 0:
        raise ParameterError(f"{name} go down to {given.min()}; 0 is the background and the lowest")
    return given.astype(np.int32, copy=False)


def checked_mask(mask: NDArray[Any], shape: tuple[int, ...] | None = None, name: str = "mask") -> NDArray[np.bool_]:
    """Give a mask of two axes, contiguous; a ParameterError tells what is wrong with it."""
    if np.ndim(mask) != 2 or np.size(mask) == 0:  # noqa: PLR2004 - rows and columns
        raise ParameterError(f"{name} must have the shape (rows, columns) and hold pixels, not {np.shape(mask)}")
    if shape is not None and np.shape(mask) != shape:
        raise ParameterError(f"{name} has the shape {np.shape(mask)}, the image {shape}; they must be equal")
    return np.ascontiguousarray(mask, dtype=bool)
