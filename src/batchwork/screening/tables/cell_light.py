"""The light of cells that classes and scores are taken from, over the background and with uneven light taken out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchwork.screening.kernels.quality import CellLimits, judge_cells
from batchwork.screening.kernels.zones import COUNT
from batchwork.screening.plates.channels import MARKER, NUCLEI, SERUM
from batchwork.screening.tables.calibration import Calibration
from batchwork.screening.tables.sites import CLEAN, SiteTable
from batchwork.screening.tables.table import Table

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

ZONES = tuple(f"zone{k}" for k in range(COUNT + 1))
"""Columns of the mean light of each zone, the last of the whole core."""
BESIDE, AROUND = "beside", "around"
"""Columns of the light smoothed by a little, and by more."""
RINGS = ("ring_q50", "ring_q90")
"""Columns of quantiles of the cleaned marker around the nucleus."""
_CLEAN = MARKER + CLEAN
_UNSMEARED = 0.25
"""Share of the difference to the light beside it that is added to a cell's serum, against light that spread."""


@dataclass(frozen=True, slots=True)
class CellLight:
    """Light of the good cells of one site or well, in counts.

    Attributes
    ----------
    area, nucleus_area : (n,) float
        In pixels.
    nuclei : (n, 2) float
        Inside the nucleus, and just around it.
    marker : (n, zones) float
    marker_near : (n, 2) float
        Smoothed by a little and by more.
    clean : (n, 3) float
        Cleaned marker: quantile 0.95 of the cell, quantiles 0.5 and 0.9 around the nucleus.
    serum : (n,) float
    """

    area: Floats
    nucleus_area: Floats
    nuclei: Floats
    marker: Floats
    marker_near: Floats
    clean: Floats
    serum: Floats

    @classmethod
    def joined(cls, parts: Sequence["CellLight"]) -> "CellLight":
        """Put the cells of several sites together."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__slots__))

    def where(self, kept: Mask | slice) -> "CellLight":
        """Keep some cells."""
        return CellLight(*(getattr(self, name)[kept] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class SiteLight:
    """Light of one site.

    Attributes
    ----------
    well : str
    cells : int
        Found, whether they are good or not.
    light : CellLight
        Of the good ones.
    spread : (n,) float
        Median light of nuclei at 1, 2 … pixels from them, in counts.
    """

    well: str
    cells: int
    light: CellLight
    spread: Floats


def lights_of(sites: Iterable[SiteTable], plate: Calibration, serum: str) -> list[SiteLight]:
    """Give the light of the sites whose cells were measured by zones; each is looked at once."""
    level = plate.levels[serum].median
    return [
        SiteLight(
            site.name.well,
            len(site.cells),
            cell_light(site, plate, serum, level).where(good_cells(site, serum)),
            site.spread,
        )
        for site in sites
        if has_light(site.cells, serum)
    ]


def good_cells(site: SiteTable, serum: str, limits: CellLimits | None = None) -> Mask:
    """Mark the cells that count and whose serum is known: (cells,)."""
    told = site.cells
    return np.asarray(judge_cells(told["area"], measured=told[f"{serum}_core"], limits=limits) == 0)


def cell_light(site: SiteTable, plate: Calibration, serum: str, background: float) -> CellLight:
    """Give the light of all cells of a site.

    Parameters
    ----------
    site : SiteTable
    plate : Calibration
    serum : str
        Role.
    background : float
        Of the serum, in counts.
    """
    told = site.cells

    def over(role: str, *names: str) -> Floats:
        light = plate.light_at(role, told["y"], told["x"])
        level = 0.0 if role == _CLEAN else plate.levels[role].median
        return np.column_stack([told[f"{role}_{name}"] / light - level for name in names])

    light = plate.light_at(serum, told["y"], told["x"])
    core, beside = (told[f"{serum}_{name}"] / light - background for name in ("core", BESIDE))
    clean = over(_CLEAN, "q0.95", *RINGS)
    return CellLight(
        told["area"].astype(np.float64),
        told["nucleus_area"].astype(np.float64),
        _filled(over(NUCLEI, *ZONES[:2])),
        _filled(over(MARKER, *ZONES)),
        np.nan_to_num(over(MARKER, BESIDE, AROUND)),
        np.where(np.isfinite(clean), clean, clean[:, :1]),
        core + _UNSMEARED * (core - beside),
    )


def _filled(zones: Floats) -> Floats:
    """Give zones that a cell lacks the light of the zone before; the first has that of the second."""
    found = zones.copy()
    found[:, 0] = np.where(np.isfinite(found[:, 0]), found[:, 0], found[:, 1])
    for k in range(1, found.shape[1]):
        found[:, k] = np.where(np.isfinite(found[:, k]), found[:, k], found[:, k - 1])
    return np.nan_to_num(found)


def needed_columns(table: Table) -> list[str]:
    """Name the columns that the light of cells is taken from, of all serums."""
    of_marker = {f"{MARKER}_{name}" for name in (*ZONES, BESIDE, AROUND)}
    of_marker |= {f"{_CLEAN}_{name}" for name in ("q0.95", *RINGS)}
    wanted = {"y", "x", "area", "nucleus_area", *of_marker, *(f"{NUCLEI}_{name}" for name in ZONES[:2])}
    of_serum = {name for name in table.columns if name.startswith(SERUM) and name.endswith(("_core", f"_{BESIDE}"))}
    return [name for name in table.columns if name in wanted | of_serum]


def has_light(table: Table, serum: str) -> bool:
    """Say whether a table of cells has what is needed."""
    needed = (f"{MARKER}_{AROUND}", f"{_CLEAN}_{RINGS[0]}", f"{_CLEAN}_q0.95", f"{serum}_core")
    return all(name in table.columns for name in needed)
