"""Simulated twins of a plate: the look that gives a plate's own figures, found by drawing and comparing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from batchwork.screening.simulation.look import SHAPE, Cells, Look, Microscope, Stains
from batchwork.screening.simulation.plate import Plate, PlateDesign, Site, Well, draw_site
from batchwork.screening.tables.looks import SHARPNESS, Statistics

_TURNS = 5
_INFECTED, _RATIO = (0.45, 0.65, 0.85), 1.4
"""Shares of infected cells of the sites that the look is fitted with, and their ratio."""
_SHARES, _RATIOS = (0.3, 0.93), (0.95, 1.95)
"""What the sites that are learned from span."""
_SEED = 2020
_REACH_GAIN, _SPREAD_GAIN = 32.0, 0.75
"""Square pixels of a cell's area for each pixel of reach; quartile range of the marker for each sd of its logarithm."""
_RING_GAINS = np.array([[-0.033, 0.032], [0.111, 0.076]])
"""Change of the marker near and far from the nucleus for each pixel of its distance and its width."""


@dataclass(frozen=True, slots=True)
class Twin:
    """What is drawn to look like a plate."""

    look: Look
    serum: float
    """Median light of cells that are not infected, in counts."""
    marker: float
    """Median light of infected cells' marker, in counts."""
    cells: float
    """Asked for on an image of the assay's size."""


@dataclass(frozen=True, slots=True)
class TwinSite:
    """One site to draw."""

    number: int
    ratio: float
    infected: float
    blur_px: float


Measured = Callable[[Twin, Sequence[TwinSite]], tuple[Statistics | None, float]]
"""Draws sites and gives their figures, and how many cells are found for each one drawn."""


def first_twin(target: Statistics, shape: tuple[int, int]) -> Twin:
    """Give the twin that the search begins at."""
    cells = Cells(reach_px=16.0)
    microscope = Microscope(blur_px=1.2, halo=0.1, halo_px=6.0, shade=(0.0, 0.0, 0.0), background=target.background)
    stains = Stains(marker_sd=0.6, marker_distance_px=5.0, marker_width_px=7.0, marker_everywhere=50.0)
    return Twin(
        Look(shape, cells, stains, microscope),
        1100.0,
        2200.0,
        target.cells * SHAPE[0] * SHAPE[1] / (shape[0] * shape[1]),
    )


def fit_twin(target: Statistics, shape: tuple[int, int], measured: Measured) -> Twin:
    """Find the look whose figures are those of a plate.

    Parameters
    ----------
    target : Statistics
    shape : (ny, nx)
        Of the plate's images in pixels.
    measured : callable
        See `Measured`.

    Notes
    -----
    Each figure leads one parameter, so that a few turns with the same chance suffice.
    """
    twin = first_twin(target, shape)
    whole = shape[0] * shape[1] / (SHAPE[0] * SHAPE[1])
    for _ in range(_TURNS):
        sites = [TwinSite(k, _RATIO, share, twin.look.microscope.blur_px) for k, share in enumerate(_INFECTED)]
        found, seen = measured(twin, sites)
        if found is None or not found.is_known:
            break
        twin = _nearer(twin, found, target, max(seen, 0.1) * whole)
    return twin


def _nearer(twin: Twin, found: Statistics, target: Statistics, seen: float) -> Twin:
    """Correct each parameter by how far its figure is off."""

    def times(name: str, power: float = 1.0) -> float:
        goal, got = (max(float(getattr(s, name)), 1e-4) for s in (target, found))
        return float(np.clip((goal / got) ** power, 0.6, 1.6))

    def by(name: str) -> float:
        return float(getattr(target, name) - getattr(found, name))

    cells, stains, microscope = twin.look.cells, twin.look.stains, twin.look.microscope
    ring = np.clip(0.7 * np.linalg.solve(_RING_GAINS, [by("marker_near"), by("marker_far")]), -2, 2)
    look = replace(
        twin.look,
        cells=replace(
            cells,
            nucleus_area_px=cells.nucleus_area_px * times("nucleus_area"),
            nucleus_area_sd=_within(cells.nucleus_area_sd + by("nucleus_spread"), 0.05, 0.8),
            reach_px=_within(cells.reach_px + by("area") / _REACH_GAIN, 5, 40),
        ),
        stains=replace(
            stains,
            nucleus_light=stains.nucleus_light * times("nuclei"),
            serum_sd=stains.serum_sd * times("serum_spread"),
            marker_sd=_within(stains.marker_sd + by("marker_spread") / _SPREAD_GAIN, 0.15, 1.2),
            marker_distance_px=_within(stains.marker_distance_px + ring[0], 0, 12),
            marker_width_px=_within(stains.marker_width_px + ring[1], 2, 15),
            marker_everywhere=stains.marker_everywhere * times("faint"),
        ),
        microscope=replace(
            microscope,
            halo=_within(microscope.halo * times("halo"), 0.005, 0.5),
            halo_px=_within(microscope.halo_px * times("far", 0.45), 3, 12),
            blur_px=_within(microscope.blur_px * times("edge", 1.4), 0.6, 4),
        ),
    )
    return Twin(look, twin.serum * times("serum"), twin.marker * times("marker"), target.cells / seen)


def _within(value: float, least: float, most: float) -> float:
    return float(min(max(value, least), most))


def twin_sites(twin: Twin, target: Statistics, count: int) -> list[TwinSite]:
    """Say which sites are learned from: of all shares and ratios, as sharp and blurred as the plate's."""
    rng = np.random.default_rng([_SEED, count])
    shares, ratios = (rng.permutation(np.linspace(*ends, count)) for ends in (_SHARES, _RATIOS))
    edges = np.interp((np.arange(count) + 0.5) / count, SHARPNESS, target.edges)
    blurs = np.clip(twin.look.microscope.blur_px * edges**1.5, 0.6, 5)
    return [TwinSite(1000 + k, float(ratios[k]), float(shares[k]), float(blurs[k])) for k in range(count)]


def draw_twin(twin: Twin, site: TwinSite) -> Site:
    """Draw one site of a twin."""
    look = replace(twin.look, microscope=replace(twin.look.microscope, blur_px=site.blur_px))
    well = Well("A02", site.ratio, site.infected, twin.serum, twin.marker, twin.cells)
    return draw_site(Plate(PlateDesign(wells=1, sites=1, seed=_SEED, shape=look.shape), look, (well,)), 0, site.number)
