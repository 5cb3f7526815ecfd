"""Simulated plates: what stands in which well, and one site of it at a time."""

from dataclasses import dataclass
from string import ascii_uppercase

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.screening.simulation.light import Floats, add_debris, expose, marker_light, nuclear_light, serum_light
from batchwork.screening.simulation.look import SHAPE, Look, draw_look
from batchwork.screening.simulation.settling import Labels, Layer, settle

FORMATS = {6: (2, 3), 24: (4, 6), 96: (8, 12), 384: (16, 24), 1536: (32, 48)}
"""Rows and columns of a plate by its number of wells."""
FULL = 65535.0
_CELLS, _CELLS_SD = 565.0, 100.0
_FEWEST, _MOST = 40, 900
_DEFOCUS_PX = 2.2
_EDGE = 1.2
"""Serum at the edge of a plate, of that inside."""
_SATURATED = 1.6
"""Full count of a camera that was exposed too long, in lights of cells above the background."""
_LOOK, _WELL, _SITE = 1, 2, 3
"""Where seeds part, so that no two draws share one."""


@dataclass(frozen=True, slots=True)
class PlateDesign:
    """What to simulate; ranges are drawn from evenly, well by well."""

    wells: int = 96
    """How many are filled, row by row; column 1 is mock."""
    sites: int = 9
    """Images of each well."""
    seed: int = 0
    format: int = 96
    """Wells of the plate, one of `FORMATS`."""
    ratio: tuple[float, float] = (1.0, 1.8)
    """Serum of infected cells over that of the others."""
    infected: tuple[float, float] = (0.45, 0.9)
    """Share of infected cells."""
    debris: int = 0
    """Blobs on each site."""
    defocus: float = 0.0
    """Share of the sites that are out of focus."""
    saturate: float = 0.0
    """Share of the sites whose serum was exposed too long."""
    edge: bool = False
    """Whether wells at the edge of the plate are brighter."""
    shape: tuple[int, int] = SHAPE
    """(ny, nx) of the images in pixels."""

    def __post_init__(self) -> None:
        """Check what the options can be."""
        if self.format not in FORMATS:
            raise ParameterError(f"format = {self.format} is no plate; take one of {', '.join(map(str, FORMATS))}")
        if not 1 <= self.wells <= self.format or self.sites < 1:
            raise ParameterError(f"wells = {self.wells} must be 1 to {self.format}, sites = {self.sites} at least 1")
        if not 0 < self.ratio[0] <= self.ratio[1]:
            raise ParameterError(f"ratio = {self.ratio} must rise from above 0")
        if not 0 <= self.infected[0] <= self.infected[1] <= 1:
            raise ParameterError(f"infected = {self.infected} must rise from 0 to 1 at most")
        if self.debris < 0 or not 0 <= self.defocus <= 1 or not 0 <= self.saturate <= 1:
            raise ParameterError("debris must be at least 0, defocus and saturate shares from 0 to 1")


@dataclass(frozen=True, slots=True)
class Well:
    """The truth of one well."""

    name: str
    """Row letters and column number, `A01`."""
    ratio: float
    """Median serum of infected over that of other cells, in the population that sites are drawn from."""
    infected: float
    """Share of infected cells; 0 in mock wells."""
    serum: float
    """Median light of cells that are not infected, in counts."""
    marker: float
    """Median light of infected cells' marker, in counts."""
    cells: float
    """Mean number of cells of a site."""


@dataclass(frozen=True, slots=True)
class Plate:
    """A plate before any picture is taken."""

    design: PlateDesign
    look: Look
    wells: tuple[Well, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """One site's picture and truth."""

    image: NDArray[np.uint16]
    """(3, ny, nx): nuclei, marker, serum."""
    nuclei: Labels
    """(ny, nx) true labels 1 … n."""
    cells: Labels
    """(ny, nx) true labels of the same cells."""
    infected: NDArray[np.bool_]
    """(n,)"""
    serum: Floats
    """(n,) true light of each cell, in counts."""


def well_names(plate_format: int) -> list[str]:
    """Name the wells of a plate row by row, A01, A02 and so on; rows after Z are AA to AF."""
    rows, columns = FORMATS[plate_format]
    letters = [*ascii_uppercase, *(f"A{c}" for c in ascii_uppercase)][:rows]
    return [f"{letter}{column:02d}" for letter in letters for column in range(1, columns + 1)]


def design_plate(design: PlateDesign, look: Look | None = None) -> Plate:
    """Draw what stands in each well, and what sites look like where that is not given."""
    look = look or draw_look(np.random.default_rng([design.seed, _LOOK]), design.shape)
    return Plate(design, look, tuple(_draw_well(design, index) for index in range(design.wells)))


def _draw_well(design: PlateDesign, index: int) -> Well:
    rng = np.random.default_rng([design.seed, _WELL, index])
    rows, columns = FORMATS[design.format]
    row, column = divmod(index, columns)
    ratio, infected = rng.uniform(*design.ratio), rng.uniform(*design.infected)
    at_edge = row in (0, rows - 1) or column in (0, columns - 1)
    serum = rng.lognormal(np.log(1100), 0.15) * (_EDGE if design.edge and at_edge else 1)
    return Well(
        name=well_names(design.format)[index],
        ratio=ratio,
        infected=0.0 if column == 0 else infected,
        serum=serum,
        marker=rng.lognormal(np.log(2200), 0.15),
        cells=rng.normal(_CELLS, _CELLS_SD / 2),
    )


def draw_site(plate: Plate, well: int, site: int) -> Site:
    """Draw one site; the same for the same plate, well and site, whatever was drawn before.

    Parameters
    ----------
    plate : Plate
        From `design_plate`.
    well, site : int
        Places among the plate's wells and the well's sites, from 0.
    """
    design, here = plate.design, plate.wells[well]
    rng = np.random.default_rng([design.seed, _SITE, well, site])
    scale = design.shape[0] * design.shape[1] / (SHAPE[0] * SHAPE[1])
    count = np.clip(rng.normal(here.cells, _CELLS_SD * 0.8), _FEWEST, _MOST) * scale
    layer = settle(rng, design.shape, int(count), plate.look.cells)
    infected = rng.random(layer.mitotic.size) < here.infected
    serum = _serum(rng, infected, here, plate.look)
    image = _picture(rng, plate, here, layer, _marker(rng, infected, here, plate.look), serum)
    return Site(image, layer.nuclei, layer.cells, infected, serum)


def _serum(rng: np.random.Generator, infected: NDArray[np.bool_], well: Well, look: Look) -> Floats:
    spread = rng.lognormal(0, look.stains.serum_sd, infected.size)
    return np.asarray(well.serum * spread * np.where(infected, well.ratio, 1))


def _marker(rng: np.random.Generator, infected: NDArray[np.bool_], well: Well, look: Look) -> Floats:
    """Draw the marker of infected cells, and of a few others that hold specks."""
    speckled = rng.random(infected.size) < look.stains.marker_specks_share
    spread = rng.lognormal(0, look.stains.marker_sd, infected.size)
    return np.asarray(well.marker * spread * np.where(infected, 1.0, 0.25 * speckled))


def _picture(
    rng: np.random.Generator, plate: Plate, well: Well, layer: Layer, marker: Floats, serum: Floats
) -> NDArray[np.uint16]:
    look, design = plate.look, plate.design
    blur = _DEFOCUS_PX if rng.random() < design.defocus else look.microscope.blur_px
    too_long = rng.random() < design.saturate
    lights = (
        nuclear_light(rng, layer, look),
        marker_light(rng, layer, marker, look),
        serum_light(rng, layer, serum, look),
    )
    full = [FULL, FULL, look.microscope.background[2] + _SATURATED * well.serum if too_long else FULL]
    planes = []
    for channel, light in enumerate(lights):
        add_debris(rng, light, design.debris)
        planes.append(expose(rng, light, channel, blur, look.microscope, full[channel]))
    return np.stack(planes)
