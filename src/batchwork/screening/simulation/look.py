"""What all sites of one simulated plate have in common: cells, stains and microscope."""

from dataclasses import dataclass, field

import numpy as np

Triple = tuple[float, float, float]

CHANNELS = ("nuclei", "marker", "serum")
"""The order of channels in images and triples."""
SHAPE = (930, 1024)
"""(ny, nx) of the assay's images in pixels of 0.65 µm."""


@dataclass(frozen=True, slots=True)
class Cells:
    """How cells lie and what they look like; lengths in pixels."""

    spacing_px: float = 15.0
    """Least distance between the centres of nuclei."""
    empty_share: float = 0.225
    """Share of the image where no cell settles."""
    clump_px: float = 45.0
    """Size of what is settled and what is empty."""
    nucleus_area_px: float = 352.0
    """Median."""
    nucleus_area_sd: float = 0.3
    """Of its logarithm."""
    elongation: float = 1.6
    """Largest ratio of a nucleus' axes; the least is 1."""
    reach_px: float = 16.0
    """How far cells spread from their nucleus where no neighbour stops them."""
    reach_sd_px: float = 7.0
    """How much that varies from place to place."""
    wobble_px: float = 3.5
    """How far borders between cells stray from the middle between nuclei."""
    mitotic_share: float = 0.015
    """Cells with a small bright nucleus."""


@dataclass(frozen=True, slots=True)
class Stains:
    """How stains spread over cells; a sd is that of a logarithm."""

    nucleus_light: float = 3000.0
    """Median light of nuclei, in counts."""
    nucleus_sd: float = 0.3
    nucleus_texture: float = 0.25
    serum_sd: float = 0.31
    """Over cells of one class."""
    serum_texture: float = 0.18
    serum_in_nucleus: float = 0.75
    """Light over the nucleus, of that over the rest of the cell."""
    marker_sd: float = 0.64
    """Over infected cells."""
    marker_distance_px: float = 5.5
    """Where around the nucleus the marker is brightest …"""
    marker_width_px: float = 7.3
    """… and how wide it spreads, as a sigma."""
    marker_everywhere: float = 48.0
    """Light of all cells in the marker's channel, in counts."""
    marker_specks_share: float = 0.01
    """Cells that are not infected and hold specks as bright as a weak infection."""


@dataclass(frozen=True, slots=True)
class Microscope:
    """What optics and camera make of the light."""

    blur_px: float = 1.1
    """Sigma of the blur in focus."""
    halo: float = 0.145
    """Share of the light that spreads widely …"""
    halo_px: float = 5.0
    """… with this sigma."""
    shade: Triple = (0.25, 0.35, 0.30)
    """Loss of light per channel in the corners of a square image around the centre."""
    centre: tuple[float, float] = (0.5, 0.5)
    """(x, y) of the brightest place, in sides of the image."""
    background: Triple = (400.0, 900.0, 3000.0)
    """Light without cells, in counts."""
    gain: float = 0.35
    """Variance of a count of light, in counts."""
    read_noise: float = 12.0
    """Standard deviation in the dark, in counts."""


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that the sites of a plate have in common."""

    shape: tuple[int, int] = SHAPE
    cells: Cells = field(default_factory=Cells)
    stains: Stains = field(default_factory=Stains)
    microscope: Microscope = field(default_factory=Microscope)


def draw_look(rng: np.random.Generator, shape: tuple[int, int] = SHAPE) -> Look:
    """Draw the look of one plate; plates differ by as much as days in the laboratory do."""
    stains = Stains(serum_sd=rng.uniform(0.28, 0.34), marker_sd=rng.uniform(0.62, 0.66))
    microscope = Microscope(
        halo=rng.uniform(0.135, 0.155),
        halo_px=rng.uniform(4.7, 5.3),
        shade=_triple(rng.uniform(0.2, 0.4, 3)),
        centre=(float(rng.uniform(0.45, 0.55)), float(rng.uniform(0.45, 0.55))),
        background=_triple(rng.uniform((350.0, 800.0, 2600.0), (450.0, 1000.0, 3800.0))),
    )
    return Look(shape, Cells(empty_share=rng.uniform(0.2, 0.25)), stains, microscope)


def _triple(values: np.ndarray) -> Triple:
    first, second, third = (float(v) for v in values)
    return first, second, third
