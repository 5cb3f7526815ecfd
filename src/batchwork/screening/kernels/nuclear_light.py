"""The light of nuclei over what is dark around them, and where it is nuclei for sure."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchwork.screening.kernels.filters import enlarge, shrink, smooth
from batchwork.screening.kernels.morphology import dilate, opening
from batchwork.screening.kernels.thresholds import SIGMA_PER_MAD, background_of, otsu

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]

_SIGMA = 1.0
"""Smoothing against noise, in pixels."""
_NOISE = 4.0
"""What is darker than so many sigmas above the background is no nucleus for sure …"""
_DIM_NOISE = 2.0
"""… and what is darker than so many is none at all."""
_LIT = 0.45
"""Share of the light of the brightest nucleus nearby that is inside for sure …"""
_DIM = 0.2
"""… and the share below which everything is outside."""
_FAINT = 0.5
"""Share of Otsu's level, of the logarithm, below which an image holds no nuclei."""
_SHRINK = 8
_EMPTY = 0.02
"""Share of dark pixels around a place below which its background is rather the lowest there."""


@dataclass(frozen=True, slots=True)
class NuclearLight:
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


def nuclear_light(image: NDArray[Any], diameter: float) -> NuclearLight:
    """Find light and darkness of an image of nuclei whose common diameter is given in pixels."""
    even = smooth(image, _SIGMA)
    excess = even - _background(even, diameter)
    dark = background_of(excess)
    excess -= np.float32(dark.level)
    reach = max(1, round(diameter / 3))
    solid = opening(excess, max(1, round(diameter / 8)))
    return NuclearLight(even, excess, smooth(dilate(solid, reach), reach / 2), dark.sigma)


def foreground(light: NuclearLight) -> Mask:
    """Mark what is inside nuclei for sure."""
    bright = np.log(np.maximum(light.excess, np.float32(max(light.noise, 1e-30))))
    inside = (light.excess > _NOISE * light.noise) & (light.excess > _LIT * light.nearby)
    inside &= bright > otsu(bright) + np.log(_FAINT)
    return opening(inside.view(np.uint8), 1) > 0


def darkness(light: NuclearLight) -> Mask:
    """Mark what is outside nuclei for sure."""
    return (light.excess < _DIM * light.nearby) | (light.excess < _DIM_NOISE * light.noise)
