"""Axes of images: any order of t, z, y, x and c outside, always this one inside."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.errors import WrongAxes

Value = TypeVar("Value", bound=np.generic)

CANONICAL = "tzyxc"
"""The order inside: time, three dimensions of space, channels."""


def check_axes(axes: str, dimensions: int) -> None:
    """See that axes name the dimensions of an array.

    Raises
    ------
    WrongAxes
        If a letter is unknown or stands twice, y or x is missing, or their number is another.
    """
    unknown = sorted(set(axes) - set(CANONICAL))
    if unknown:
        raise WrongAxes(f"axes {axes!r}: {', '.join(unknown)} is none of {', '.join(CANONICAL)}")
    if len(set(axes)) != len(axes):
        raise WrongAxes(f"axes {axes!r}: a letter stands twice")
    if not {"y", "x"} <= set(axes):
        raise WrongAxes(f"axes {axes!r}: both y and x are needed")
    if len(axes) != dimensions:
        raise WrongAxes(f"axes {axes!r} name {len(axes)} dimensions, the image has {dimensions}")


def to_canonical(image: NDArray[np.generic], axes: str) -> NDArray[np.generic]:
    """Give a view with the axes t, z, y, x, c; those that are missing have length 1.

    Raises
    ------
    WrongAxes
        If the axes do not fit the image.
    """
    check_axes(axes, image.ndim)
    ordered = image.transpose([axes.index(axis) for axis in CANONICAL if axis in axes])
    return ordered[tuple(slice(None) if axis in axes else np.newaxis for axis in CANONICAL)]


def result_axes(axes: str) -> str:
    """Give the axes of a result: those of the image, with channels behind where it has none."""
    return axes if "c" in axes else axes + "c"


def from_canonical(result: NDArray[Value], axes: str) -> NDArray[Value]:
    """Give a view of a result with these axes; others must have length 1."""
    dropped = tuple(i for i, axis in enumerate(CANONICAL) if axis not in axes)
    kept = [axis for axis in CANONICAL if axis in axes]
    return result.squeeze(dropped).transpose([kept.index(axis) for axis in axes])
