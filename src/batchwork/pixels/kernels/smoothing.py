"""The smoothing before the filters, of planes and of volumes.

Inputs carry their mirrored surroundings with them, so that no border needs a case of its own.
"""

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.kernels.lines import CONTRACT, across, along

Floats = NDArray[np.float32]


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def smooth_plane(plane: Floats, top: int, left: int, taps: Floats, radius: int, out: Floats) -> None:
    """Smooth a part of a plane.

    Parameters
    ----------
    plane : (rows, columns) float32
        The image with its surroundings.
    top, left : int
        The pixel of `plane` that the first one of `out` belongs to; `radius` pixels around are read.
    taps : (radius + 1,) float32
        Half a kernel.
    radius : int
        Distance of the last tap.
    out : (part of the rows, part of the columns) float32
        Result.
    """
    line = np.empty(out.shape[1] + 2 * radius, np.float32)
    for y in range(out.shape[0]):
        across(line, plane, top + y, left - radius, taps, radius)
        along(out[y], line, taps, radius)


@nb.njit(nogil=True, fastmath=CONTRACT, cache=True)
def smooth_volume(volume: Floats, first: tuple[int, int, int], taps: Floats, radius: int, out: Floats) -> None:
    """Smooth a part of a volume, along z, then y, then x.

    Parameters
    ----------
    volume : (slices, rows, columns) float32
        The image with its surroundings.
    first : tuple
        The voxel of `volume` that the first one of `out` belongs to; `radius` voxels around are read.
    taps : (radius + 1,) float32
        Half a kernel.
    radius : int
        Distance of the last tap.
    out : (part of the slices, rows and columns) float32
        Result.
    """
    z0, y0, x0 = first
    depth, height, width = out.shape
    along_z = np.empty((height + 2 * radius, width + 2 * radius), np.float32)
    for z in range(depth):
        for y in range(height + 2 * radius):
            across(along_z[y], volume[:, y0 - radius + y], z0 + z, x0 - radius, taps, radius)
        smooth_plane(along_z, radius, radius, taps, radius, out[z])
