"""Nuclei found by their light, parted by their shape, and drawn along their edges."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.screening.kernels.checking import checked_image
from batchwork.screening.kernels.distances import distances
from batchwork.screening.kernels.filters import enlarge, shrink, smooth
from batchwork.screening.kernels.labelling import areas, components, fill_holes, largest_pieces, relabel
from batchwork.screening.kernels.merging import merge_shallow, peaks_of
from batchwork.screening.kernels.morphology import dilate, opening
from batchwork.screening.kernels.slopes import slopes
from batchwork.screening.kernels.statistics import measure
from batchwork.screening.kernels.thresholds import SIGMA_PER_MAD, background_of, otsu
from batchwork.screening.kernels.watershed import as_heights, watershed

Image = NDArray[np.float32]
Labels = NDArray[np.int32]
Mask = NDArray[np.bool_]

_SIGMA = 1.0
"""Smoothing against noise, in pixels."""
_SLOPE_SIGMA = 0.7
"""Smoothing before slopes are taken, on top."""
_NOISE = 4.0
"""What is darker than so many sigmas above the background is none."""
_LIT = 0.45
"""Share of the light of the brightest nucleus nearby that is inside for sure …"""
_DARK = 0.2
"""… and the share below which everything is outside."""
_FAINT = 0.5
"""Share of Otsu's level, of the logarithm, below which an image holds no nuclei."""
_SHARE, _DEPTH = 0.82, 0.6
"""Maxima parted by less are one nucleus; see `merge_shallow`."""
_CORE = 0.6
"""Share of a nucleus' half width that is its core."""
_HALF = 0.5
"""Share of the light of a nucleus' core above which a place belongs to it for sure."""
_SHRINK = 8
_EMPTY = 0.02
"""Share of dark pixels around a place below which its background is rather the lowest there."""
_TENTH_OF_AREA = 12


@dataclass(frozen=True, slots=True)
class _Light:
    """One image over its background."""

    smooth: Image
    excess: Image
    """Over the background."""
    nearby: Image
    """Brightness of the brightest nucleus nearby."""
    noise: float
    """Standard deviation of the background."""


def _background(image: Image, diameter: float) -> Image:
    """Average what is dark around nuclei and clumps up to four diameters wide.

    What is dark is first told from the image's opening, then three times from the average itself.
    """
    small = shrink(image, _SHRINK)
    radius = max(1, round(4 * diameter / _SHRINK))
    lowest = opening(small, radius)
    level = lowest
    rest = small - level
    dark = rest <= _FAINT * otsu(rest)
    for _ in range(3):
        weight = smooth(dark.astype(np.float32), radius / 3) + _EMPTY
        level = (smooth(np.where(dark, small, 0), radius / 3) + _EMPTY * lowest) / weight
        rest = small - level
        dark = rest <= 3 * SIGMA_PER_MAD * np.median(np.abs(rest[dark])) if dark.any() else dark
    return enlarge(level, _SHRINK, (image.shape[0], image.shape[1]))


def _light(image: NDArray[Any], diameter: float) -> _Light:
    even = smooth(image, _SIGMA)
    excess = even - _background(even, diameter)
    dark = background_of(excess)
    excess -= np.float32(dark.level)
    reach = max(1, round(diameter / 3))
    solid = opening(excess, max(1, round(diameter / 8)))
    return _Light(even, excess, smooth(dilate(solid, reach), reach / 2), dark.sigma)


def _foreground(light: _Light) -> Mask:
    """Mark what is inside nuclei for sure."""
    bright = np.log(np.maximum(light.excess, np.float32(max(light.noise, 1e-30))))
    inside = (light.excess > _NOISE * light.noise) & (light.excess > _LIT * light.nearby)
    inside &= bright > otsu(bright) + np.log(_FAINT)
    return opening(inside.view(np.uint8), 1) > 0


def _shape(mask: Mask, image: Image, diameter: float) -> Image:
    """Give the depth within the mask in pixels, less where the light falls off towards a neighbour."""
    deep = smooth(distances(mask), 1.0)
    blurred = smooth(image, diameter / 12)
    brightest = smooth(dilate(blurred, max(1, round(diameter / 4))), diameter / 8)
    return np.where(mask, deep * np.clip(blurred / np.maximum(brightest, np.float32(1e-6)), 0, 1), 0).astype(np.float32)


def _parts(mask: Mask, shape: Image) -> Labels:
    """Part the mask between the maxima of its shape."""
    tops = components(mask & (shape >= dilate(shape, 2)) & (shape > 0), diagonal=True)
    basins = watershed(as_heights(-shape, -float(shape.max()), 0.0), tops, mask)
    return merge_shallow(basins, shape, share=_SHARE, depth=_DEPTH)


def _cores(parts: Labels) -> Labels:
    """Keep what is deep within each part."""
    depth = distances(parts > 0)
    return np.where(depth > _CORE * peaks_of(parts, depth)[parts], parts, 0)


def _inner(parts: Labels, edges: NDArray[np.uint16], light: _Light) -> Labels:
    """Keep of each nucleus its core and what has half the light of its core, so that texture makes no edge."""
    cores = _cores(parts)
    core_light = np.nan_to_num(measure(cores, light.excess, quantiles=(), top=()).median)
    level = np.concatenate(([0.0], core_light)).astype(np.float32) * np.float32(_HALF)
    nuclei = watershed(edges, cores, parts > 0)
    return largest_pieces(np.where((light.excess > level[nuclei]) | (cores > 0), nuclei, 0))


def _along_edges(parts: Labels, light: _Light) -> Labels:
    """Let nuclei and the dark grow towards each other until they meet at the steepest slope."""
    steep = slopes(smooth(light.smooth, _SLOPE_SIGMA))
    edges = as_heights(steep, 0.0, float(np.percentile(steep[::3, ::3], 99.9)))
    dark = (light.excess < _DARK * light.nearby) | (light.excess < 2 * light.noise)
    outside = int(parts.max()) + 1
    seeds = np.where(dark & (parts == 0), outside, _inner(parts, edges, light))
    found = watershed(edges, seeds, np.ones(parts.shape, bool))
    return np.where(found == outside, 0, found)


def segment_nuclei(image: NDArray[Any], *, diameter_px: float = 25.0, min_area_px: int | None = None) -> Labels:
    """Find nuclei in a fluorescence image.

    What is bright against its surroundings is parted where shape or light has a neck, and each part then grows to its
    steepest edge, so that bright nuclei and dim ones beside them are drawn alike.

    Parameters
    ----------
    image : (ny, nx) integers or float32
        Stain of nuclei, bright on dark, any unit, no NaN. Its light may be uneven.
    diameter_px : float
        Of a common nucleus; half and twice as large ones are found too.
    min_area_px : int, optional
        Smaller ones are left out; a twelfth of a disc of `diameter_px`, if not given.

    Returns
    -------
    (ny, nx) int32
        Nuclei 1 … n, consecutive, 0 elsewhere.

    Raises
    ------
    ParameterError
        If the diameter is below 4 pixels or the image has not two axes.

    References
    ----------
    Meyer, Beucher, Morphological segmentation, J. Vis. Commun. Image Represent. 1 (1990) 21, for growth to edges.
    """
    pixels = checked_image(image)
    if not diameter_px >= 4:  # noqa: PLR2004 - below that nothing has a shape
        raise ParameterError(f"diameter_px = {diameter_px} must be at least 4")
    disc = np.pi / 4 * diameter_px**2
    light = _light(pixels, diameter_px)
    mask = fill_holes(_foreground(light), round(disc / 3))
    if not mask.any():
        return np.zeros(pixels.shape, np.int32)
    nuclei = largest_pieces(_along_edges(_parts(mask, _shape(mask, light.excess, diameter_px)), light))
    least = round(disc / _TENTH_OF_AREA) if min_area_px is None else min_area_px
    return relabel(nuclei, areas(nuclei) >= least)
