"""What kernels check of the arrays they are given, and the room they make for what they give."""

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError

_DIMENSIONS = 3


def require_stack(shape: tuple[int, ...], axes: str, what: str = "projections") -> None:
    """See that an array is a stack of pictures.

    Parameters
    ----------
    shape : tuple of int
        Of the array.
    axes : str
        What its axes are, as in "angles, rows, columns".
    what : str
        What an error calls it.

    Raises
    ------
    ParameterError
        If it has another number of axes.
    """
    if len(shape) != _DIMENSIONS:
        raise ParameterError(f"{what} must have the shape ({axes}), not {shape}")


def require_sinograms(shape: tuple[int, ...], angles: int, columns: int) -> None:
    """See that sinograms, (slices, angles, columns), are those of a detector.

    Raises
    ------
    ParameterError
        If they are not.
    """
    if len(shape) != _DIMENSIONS or shape[1:] != (angles, columns):
        raise ParameterError(f"sinograms must have the shape (slices, {angles}, {columns}), not {shape}")


def require_shape(shape: tuple[int, ...], wanted: tuple[int, ...], what: str) -> None:
    """See that an array has a shape.

    Raises
    ------
    ParameterError
        If it has another one.
    """
    if shape != wanted:
        raise ParameterError(f"{what} must have the shape {wanted}, not {shape}")


def room_for(shape: tuple[int, ...], out: NDArray[np.float32] | None) -> NDArray[np.float32]:
    """Give an array to write to: `out`, or a new one where there is none.

    Raises
    ------
    ParameterError
        If `out` is not float32 of this shape.
    """
    if out is None:
        return np.empty(shape, np.float32)
    if out.shape != shape or out.dtype != np.float32:
        raise ParameterError(f"out must be float32 of shape {shape}, not {out.dtype} of {out.shape}")
    return out
