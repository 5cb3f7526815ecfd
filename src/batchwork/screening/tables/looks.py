"""What a plate looks like, in figures that a simulated twin is fitted to."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from batchwork.io.atomic import write_text
from batchwork.screening.kernels.scores import THRESHOLD
from batchwork.screening.plates.channels import MARKER, NUCLEI
from batchwork.screening.tables.calibration import Calibration
from batchwork.screening.tables.cell_light import CellLight, SiteLight
from batchwork.screening.tables.sites import CLEAN

Floats = NDArray[np.float64]

SHARPNESS = (0.03, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.97)
"""Quantiles over sites of how blurred they are."""
_STRONG = 0.5
"""Share of the median marker of all cells above the threshold from which on an infection is strong."""
_HALO_AT, _NEAR_AT, _FAR_AT = 5, 4, slice(9, 14)
_FEW = 20
_DIGITS = 2


@dataclass(frozen=True, slots=True)
class Statistics:
    """Figures of a plate: light in counts over the background, areas in pixels, spreads as quartile ranges of logs.

    Attributes
    ----------
    cells : float
        Of a site, mean.
    area, nucleus_area, nucleus_spread : float
    nuclei : float
        Light inside of nuclei.
    halo, far : float
        Light 6 pixels from nuclei over that inside, and 10 to 14 pixels from them over that at 5.
    edge : float
        Light just outside of nuclei over that inside, the higher the more blurred.
    marker, marker_spread : float
        Light of strong infections, 2 to 5 pixels from the nucleus.
    marker_near, marker_far : float
        Over it, that up to 2 and that 9 to 14 pixels from the nucleus.
    faint : float
        Marker of cells without any.
    serum, serum_spread : float
        Of cells below the threshold.
    background : (nuclei, marker, serum)
    edges : tuple of float
        `SHARPNESS` quantiles over sites of their own edge, over the median.
    """

    cells: float
    area: float
    nucleus_area: float
    nucleus_spread: float
    nuclei: float
    halo: float
    far: float
    edge: float
    marker: float
    marker_spread: float
    marker_near: float
    marker_far: float
    faint: float
    serum: float
    serum_spread: float
    background: tuple[float, float, float]
    edges: tuple[float, ...]

    def rounded(self) -> Self:
        """Round so that one more site rarely changes anything: to about 2 %."""
        values = {f.name: _rounded(getattr(self, f.name)) for f in fields(self)}
        return type(self)(**values)  # type: ignore[arg-type]  # tuples stay tuples

    @classmethod
    def of(cls, told: dict[str, Any]) -> Self:  # Any: read from JSON
        """Make them from what `json.loads` gives."""
        values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in told.items()}
        return cls(**values)

    def as_json(self) -> str:
        """Write them in one line."""
        return json.dumps(asdict(self))

    @property
    def is_known(self) -> bool:
        """Whether all could be measured."""
        values = np.concatenate([np.atleast_1d(getattr(self, f.name)) for f in fields(self)])
        lit = (self.nuclei, self.marker, self.serum, self.halo, self.edge, self.faint, self.serum_spread)
        return bool(np.isfinite(values).all() and min(lit) > 0)


def figures_of(sites: Sequence[SiteLight], plate: Calibration, serum: str) -> Statistics | None:
    """Give the figures that twins are fitted to, rounded; None where they are not all known; see `statistics_of`."""
    found = statistics_of(sites, plate, serum)
    return found.rounded() if found is not None and found.is_known else None


def write_looks(path: Path, looks: Mapping[str, Statistics | None]) -> None:
    """Write the figures for each serum, by role, as JSON."""
    told = {role: None if figures is None else asdict(figures) for role, figures in looks.items()}
    write_text(path, json.dumps(told, indent=1) + "\n")


def read_looks(path: Path) -> dict[str, Statistics | None]:
    """Read them back."""
    told = json.loads(path.read_text(encoding="utf-8"))
    return {role: None if figures is None else Statistics.of(figures) for role, figures in told.items()}


def _rounded(value: float | tuple[float, ...]) -> float | tuple[float, ...]:
    """Round to steps of a fiftieth of the value's own size, the same for values of similar size."""
    if isinstance(value, tuple):
        return tuple(float(f"{v:.{_DIGITS}g}") for v in value)
    if value <= 0 or not np.isfinite(value):
        return value
    return float(f"{np.exp(np.round(np.log(value) * 50) / 50):.6g}")


def statistics_of(sites: Sequence[SiteLight], plate: Calibration, serum: str) -> Statistics | None:
    """Measure what a plate looks like; None where too few cells are there.

    Parameters
    ----------
    sites : sequence of SiteLight
        That count.
    plate : Calibration
    serum : str
        Role.
    """
    found = [site for site in sites if site.light.area.size >= _FEW]
    if not found:
        return None
    level = plate.levels[serum].median
    dark = plate.levels[MARKER + CLEAN]
    least = dark.median + THRESHOLD * dark.mad
    cells = CellLight.joined([site.light for site in found])
    above = cells.clean[:, 0] > least
    if above.sum() < _FEW or (~above).sum() < _FEW:
        return None
    strong = cells.marker[cells.clean[:, 0] > _STRONG * np.median(cells.clean[above, 0])]
    at, far, near = np.median(strong, axis=0)[[2, 4, 1]].tolist()
    spread = np.median([_spread(site, plate) for site in found], axis=0)
    edges = np.array([np.median(s.light.nuclei[:, 1] / np.maximum(s.light.nuclei[:, 0], 1)) for s in found])
    edge = float(np.median(edges))
    dim = np.concatenate([_dim_serum(site.light, least) for site in found])
    return Statistics(
        cells=float(np.mean([site.cells for site in found])),
        area=float(np.median(cells.area)),
        nucleus_area=float(np.median(cells.nucleus_area)),
        nucleus_spread=_quartiles(np.log(np.maximum(cells.nucleus_area, 10))),
        nuclei=float(np.median(cells.nuclei[:, 0])),
        halo=float(spread[_HALO_AT]),
        far=float(np.mean(spread[_FAR_AT]) / max(spread[_NEAR_AT], 1e-6)),
        edge=edge,
        marker=at,
        marker_spread=_quartiles(np.log(np.maximum(strong[:, 2], 1))),
        marker_near=near / at,
        marker_far=far / at,
        faint=float(np.quantile(cells.marker[:, -1], 0.03)),
        serum=float(np.median(cells.serum[~above])),
        serum_spread=_quartiles(dim),
        background=(plate.levels[NUCLEI].median, plate.levels[MARKER].median, level),
        edges=tuple(float(q) for q in np.quantile(edges, SHARPNESS) / edge),
    )


def _spread(site: SiteLight, plate: Calibration) -> Floats:
    """Give the light around nuclei over that inside of them."""
    return np.asarray((site.spread - plate.levels[NUCLEI].median) / np.median(site.light.nuclei[:, 0]))


def _dim_serum(cells: CellLight, least: float) -> Floats:
    """Give the logarithm of the serum of cells below the threshold, over their median; none where they are few."""
    dim = cells.serum[cells.clean[:, 0] <= least]
    if dim.size < _FEW or not np.median(dim) > 0:
        return np.empty(0)
    return np.asarray(np.log(np.maximum(dim / np.median(dim), 0.05)))


def _quartiles(values: Floats) -> float:
    return float(np.diff(np.quantile(values, [0.25, 0.75]))[0]) if values.size else float("nan")
