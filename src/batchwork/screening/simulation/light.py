"""The light of cells in each channel, and what microscope and camera make of it."""

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.screening.kernels.filters import smooth
from batchwork.screening.simulation.fields import Field, noise_field
from batchwork.screening.simulation.look import Look, Microscope
from batchwork.screening.simulation.settling import Labels, Layer

Floats = NDArray[np.float64]

_MITOTIC = 3.0
"""How much brighter condensed nuclei are."""
_FLOOR = 0.2
"""Least light of textured stains, of the mean."""
_DEBRIS_LIGHT = (3000.0, 15000.0)
_DEBRIS_PX = (4.0, 25.0)


@nb.njit(nogil=True, cache=True)
def _paint(labels: Labels, values: Floats, texture: Field, strength: float, out: Field) -> None:
    """Give each object its light, of mean 1 in texture."""
    for y in range(labels.shape[0]):
        for x in range(labels.shape[1]):
            if labels[y, x] > 0:
                out[y, x] = values[labels[y, x] - 1] * max(1 + strength * texture[y, x], _FLOOR)


@nb.njit(nogil=True, cache=True)
def _paint_around(layer: Any, values: Floats, pattern: Field, place: float, width: float, out: Field) -> None:
    """Give each cell specks of light around its nucleus."""
    nuclei, cells, from_nucleus = layer
    for y in range(cells.shape[0]):
        for x in range(cells.shape[1]):
            if cells[y, x] > 0 and nuclei[y, x] == 0 and pattern[y, x] > 0:
                away = (from_nucleus[y, x] - place) / width
                out[y, x] += values[cells[y, x] - 1] * pattern[y, x] * np.exp(-away * away)


def nuclear_light(rng: np.random.Generator, layer: Layer, look: Look) -> Field:
    """Draw the light of nuclei, in counts."""
    stains = look.stains
    light = rng.lognormal(np.log(stains.nucleus_light), stains.nucleus_sd, layer.mitotic.size)
    out = np.zeros(look.shape, np.float32)
    texture = noise_field(rng, look.shape, 3.0)
    _paint(layer.nuclei, light * np.where(layer.mitotic, _MITOTIC, 1), texture, stains.nucleus_texture, out)
    return out


def marker_light(rng: np.random.Generator, layer: Layer, light: Floats, look: Look) -> Field:
    """Draw the light of the marker of infection, in counts; `light` is that of each cell, (n,)."""
    stains = look.stains
    out = np.float32(stains.marker_everywhere) * (layer.cells > 0).astype(np.float32)
    planes = (layer.nuclei, layer.cells, layer.from_nucleus)
    pattern = noise_field(rng, look.shape, 3.0)
    _paint_around(planes, light, pattern, stains.marker_distance_px, stains.marker_width_px, out)
    return out


def serum_light(rng: np.random.Generator, layer: Layer, light: Floats, look: Look) -> Field:
    """Draw the light of the serum, in counts; `light` is that of each cell, (n,)."""
    out = np.zeros(look.shape, np.float32)
    _paint(layer.cells, light, noise_field(rng, look.shape, 3.0), look.stains.serum_texture, out)
    out[layer.nuclei > 0] *= np.float32(look.stains.serum_in_nucleus)
    return out


def add_debris(rng: np.random.Generator, light: Field, count: int) -> None:
    """Drop bright blobs on an image, in place."""
    rows, columns = light.shape
    for _ in range(count):
        y, x, size = rng.uniform(0, rows), rng.uniform(0, columns), rng.uniform(*_DEBRIS_PX)
        bright = rng.uniform(*_DEBRIS_LIGHT)
        part = tuple(
            slice(max(int(place - 3 * size), 0), min(int(place + 3 * size) + 1, length))
            for place, length in ((y, rows), (x, columns))
        )
        v, u = np.ogrid[part][0] - y, np.ogrid[part][1] - x
        light[part] += (bright * np.exp(-(v * v + u * u) / (2 * size * size))).astype(np.float32)


def shading(microscope: Microscope, channel: int, shape: tuple[int, int]) -> Field:
    """Give the share of light that arrives at each pixel: (ny, nx), 1 at the centre."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    r2 = ((x / shape[1] - microscope.centre[0]) ** 2 + (y / shape[0] - microscope.centre[1]) ** 2) / 0.5
    return np.asarray(1 - microscope.shade[channel] * r2, np.float32)


def expose(
    rng: np.random.Generator, light: Field, channel: int, blur_px: float, microscope: Microscope, full: float
) -> NDArray[np.uint16]:
    """Take a picture: blur and halo, background, shading, noise of light and camera.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where chance comes from.
    light : (ny, nx) float32
        Light of cells, in counts.
    channel : int
        Place in the microscope's triples.
    blur_px : float
        Sigma of the optics' blur.
    microscope : Microscope
        Optics and camera.
    full : float
        Highest count that the camera reads.
    """
    sharp = smooth(light, blur_px)
    wide = smooth(sharp, microscope.halo_px)
    seen = sharp + np.float32(microscope.halo) * (wide - sharp) + np.float32(microscope.background[channel])
    seen *= shading(microscope, channel, light.shape)
    sigma = np.sqrt(np.float32(microscope.gain) * seen + np.float32(microscope.read_noise**2))
    seen += sigma * rng.standard_normal(seen.shape, dtype=np.float32)
    return np.clip(seen, 0, full).astype(np.uint16)
