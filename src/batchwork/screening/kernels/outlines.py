"""Parts of a mask of nuclei grown to the edges of the light."""

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.screening.kernels.filters import smooth
from batchwork.screening.kernels.labelling import largest_pieces, relabel
from batchwork.screening.kernels.merging import peaks_of
from batchwork.screening.kernels.nuclear_light import NuclearLight, darkness
from batchwork.screening.kernels.slopes import slopes
from batchwork.screening.kernels.watershed import as_heights, watershed

Floats = NDArray[np.float64]
Image = NDArray[np.float32]
Labels = NDArray[np.int32]
Mask = NDArray[np.bool_]

_SLOPE_SIGMA = 0.7
"""Smoothing before slopes are taken, on top of that of the light."""
_SOFT = 2.0
"""Slopes are those of the logarithm of the light and so many times that of a common nucleus."""
_CORE = 0.6
"""Share of a nucleus' half width that is its core."""
_SURE = 0.6
"""Share of the light of a nucleus' core above which a place is inside for sure …"""
_GAP = 2
"""… if it lies further than so many pixels from another nucleus, along rows and columns."""
_FAINT = 0.25
"""What has less than this share of the light of a common nucleus is none."""


@nb.njit(nogil=True, cache=True)
def _core_light(parts: Labels, depth: Image, peaks: Image, excess: Image) -> Floats:
    """Average the light of what is deep within each part; of label 0 first."""
    total, count = np.zeros(peaks.size), np.zeros(peaks.size)
    for label, deep, light in zip(parts.ravel(), depth.ravel(), excess.ravel()):  # noqa: B905 - numba knows no strict
        if label > 0 and deep > _CORE * peaks[label]:
            total[label] += light
            count[label] += 1
    return total / np.maximum(count, 1)


@nb.njit(nogil=True, cache=True)
def _clear_around(row: int, column: int, out: Labels) -> None:
    out[max(row - _GAP, 0) : row + _GAP + 1, max(column - _GAP, 0) : column + _GAP + 1] = 0


@nb.njit(nogil=True, cache=True)
def _apart(parts: Labels) -> Labels:
    """Clear what is near the border of two parts."""
    out = parts.copy()
    rows, columns = parts.shape
    for row in range(rows):
        for column in range(columns):
            here = parts[row, column]
            if here == 0:
                continue
            right = parts[row, min(column + 1, columns - 1)]
            below = parts[min(row + 1, rows - 1), column]
            if (right > 0 and right != here) or (below > 0 and below != here):
                _clear_around(row, column, out)
    return out


@nb.njit(nogil=True, cache=True)
def _seeds(parts: Labels, depth: Image, peaks: Image, core: Floats, excess: Image, dark: Mask, seeds: Labels) -> None:
    """Keep of each part its core, and what is bright and not near another part, so that texture makes no edge.

    `seeds` comes as parts that are apart; what is dark outside all parts has the label after the last one.
    """
    for row in range(parts.shape[0]):
        for column in range(parts.shape[1]):
            label = parts[row, column]
            if label == 0:
                seeds[row, column] = core.size if dark[row, column] else 0
            elif depth[row, column] > _CORE * peaks[label]:
                seeds[row, column] = label
            elif excess[row, column] <= _SURE * core[label]:
                seeds[row, column] = 0


def _edges(light: NuclearLight, common: float) -> NDArray[np.uint16]:
    soft = np.log(np.maximum(light.excess, 0) + np.float32(_SOFT * common))
    steep = slopes(smooth(soft, _SLOPE_SIGMA))
    return as_heights(steep, 0.0, float(np.percentile(steep[::3, ::3], 99.9)))


def grow_to_edges(parts: Labels, depth: Image, light: NuclearLight) -> Labels:
    """Let parts and the dark grow towards each other until they meet where the light falls off most.

    Parameters
    ----------
    parts : (ny, nx) int32
        Inner parts of nuclei 1 … n, none of them empty; touching ones are parted near where they touch.
    depth : (ny, nx) float32
        Distance in pixels to what is outside all parts.
    light : NuclearLight
        Of the same shape.

    Returns
    -------
    (ny, nx) int32
        Nuclei 1 … n, of one piece each; parts much fainter than the others are left out.

    Notes
    -----
    What counts is the slope of log(light + c) with c in proportion to the common light of the image: edges of nuclei
    that are brighter than others, and rounder, lie further down their own light than those of dim and flat ones.

    References
    ----------
    Meyer, Beucher, Morphological segmentation, J. Vis. Commun. Image Represent. 1 (1990) 21.
    """
    peaks = peaks_of(parts, depth)
    core = _core_light(parts, depth, peaks, light.excess)
    common = float(np.median(core[1:]))
    seeds = _apart(parts)
    _seeds(parts, depth, peaks, core, light.excess, darkness(light), seeds)
    found = watershed(_edges(light, common), seeds, np.ones(parts.shape, bool))
    found[found == core.size] = 0
    return relabel(largest_pieces(found), core[1:] > _FAINT * common)
