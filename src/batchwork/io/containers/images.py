"""Images in containers: a group of scales, the full image in ``s0``."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ContainerError

FULL_SCALE = "s0"
"""The full image in a group of scales."""
CHUNKS = 256
"""Side of a block in the last two dimensions, pixels."""

_AVERAGED = frozenset(np.dtype(name) for name in ("u1", "i1", "u2", "i2", "f4", "f8"))
"""Intensities; images of other types are labels, which have no mean."""
_CONTRAST_PERCENT = (1, 99)

Container = Any  # a group of h5py, or our own of N5 and Zarr: they share no class
Image = NDArray[Any]
"""An image of any type of element, (…, ny, nx)."""


def write_image(
    container: Container,
    key: str,
    image: Image,
    *,
    scale_factors: Sequence[int] = (1,),
    settings: Mapping[str, object] | None = None,
) -> None:
    """Write an image as a group of scales; what stands under the key is replaced.

    Parameters
    ----------
    container : group
        From `open_file`.
    key : str
    image : (…, ny, nx) array
    scale_factors : sequence of int
        How much smaller each scale is than the image; the first is 1. Intensities (8 and 16 bit integers, floats)
        are averaged, all else are labels, of which every n-th is taken.
    settings : mapping, optional
        Attributes for viewers, such as ``{"Color": "Green"}``. ``ScaleFactors``, and for intensities
        ``ContrastLimits`` (percentiles 1 and 99), are added.

    Raises
    ------
    ContainerError
        If the first scale is not 1, or one is less.
    """
    if not scale_factors or scale_factors[0] != 1 or min(scale_factors) < 1:
        raise ContainerError(f"'{key}': scale_factors begin with 1 and are whole numbers, not {list(scale_factors)}")
    if key in container:
        del container[key]
    group = container.create_group(key)
    for number, factor in enumerate(scale_factors):
        scaled = downscaled(image, factor)
        sides = [1] * (scaled.ndim - 2) + [CHUNKS, CHUNKS]
        chunks = tuple(max(1, min(n, side)) for n, side in zip(scaled.shape, sides[-scaled.ndim :], strict=True))
        group.create_dataset(f"s{number}", data=scaled, chunks=chunks, compression="gzip")
    group.attrs["ScaleFactors"] = list(map(int, scale_factors))
    if image.dtype in _AVERAGED and image.size:
        group.attrs["ContrastLimits"] = [float(x) for x in np.percentile(image, _CONTRAST_PERCENT)]
    for name, value in (settings or {}).items():
        group.attrs[name] = value


def read_image(container: Container, key: str, scale: int = 0) -> Image:
    """Read an image: of a group, one of its scales; a dataset as it is.

    Raises
    ------
    KeyError
        If there is no such key or scale.
    """
    node = container[key]
    found: Image = (node[f"s{scale}"] if hasattr(node, "keys") else node)[...]
    return found


def downscaled(image: Image, factor: int) -> Image:
    """Make an image smaller in its last two dimensions: means of intensities, every n-th label.

    Parts of blocks at the far edges are averaged over what they have.

    Examples
    --------
    >>> downscaled(np.array([[1.0, 3.0, 5.0], [1.0, 3.0, 7.0]]), 2)
    array([[2., 6.]])
    """
    if factor == 1:
        return image
    if image.dtype not in _AVERAGED:
        return image[..., ::factor, ::factor]
    summed, counts = image.astype(np.float64), np.ones(image.shape[-2:])
    for axis in (-2, -1):
        starts = np.arange(0, image.shape[axis], factor)
        summed, counts = np.add.reduceat(summed, starts, axis), np.add.reduceat(counts, starts, axis)
    mean = summed / counts
    return (np.rint(mean) if image.dtype.kind in "iu" else mean).astype(image.dtype)
