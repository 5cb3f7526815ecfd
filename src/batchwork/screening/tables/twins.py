"""Twins of a plate: fitted to its figures, drawn, segmented and measured as the plate is, and learned from."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from batchwork.io.atomic import write_text
from batchwork.screening.kernels.cells import segment_cells
from batchwork.screening.kernels.nuclei import segment_nuclei
from batchwork.screening.kernels.quality import Limits
from batchwork.screening.kernels.scores import score_cells
from batchwork.screening.parameters import Measuring, Outlining
from batchwork.screening.plates.channels import MARKER, NUCLEI, SERUM
from batchwork.screening.simulation.twins import Twin, TwinSite, draw_twin, fit_twin, twin_sites
from batchwork.screening.tables.calibration import Calibration, PlateRules, calibrate
from batchwork.screening.tables.cell_light import cell_light, good_cells, lights_of
from batchwork.screening.tables.classifier import PLAIN, Bend, Model, TwinCells, learn
from batchwork.screening.tables.looks import Statistics, statistics_of
from batchwork.screening.tables.sites import SiteHead, SiteName, SiteTable, measure_site

_THREADS = 2
_GROUPS = 6
"""Of sites, one of which is left out at a time to see how much the model hangs on each."""
_SERUM = SERUM + "_twin"
_VERSION = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """How sites are segmented and measured."""

    outlining: Outlining = field(default_factory=Outlining)
    measuring: Measuring = field(default_factory=Measuring)


@dataclass(frozen=True, slots=True)
class Twins:
    """What was learned from twins of a plate, for one serum.

    Attributes
    ----------
    statistics : Statistics or None
        Of the plate, rounded; what the twins were fitted to.
    models : tuple of Model
        From all twins, then with one group after the other left out; none where twins cannot be drawn.
    bend : Bend
        Of the log odds, to fit the plate.
    """

    statistics: Statistics | None
    models: tuple[Model, ...]
    bend: Bend = PLAIN

    @classmethod
    def of(cls, told: dict[str, Any]) -> Self:  # Any: read from JSON
        """Make it from what `json.loads` gives."""
        figures = told["statistics"]
        models = tuple(Model.of(model) for model in told["models"])
        return cls(None if figures is None else Statistics.of(figures), models, Bend(**told["bend"]))


def twins_of(
    figures: Statistics | None, serum: str, shape: tuple[int, int], count: int, finding: Finding, kept: Path
) -> Twins:
    """Fit twins to a plate and learn from them, or take up what was learned from the same figures before.

    Parameters
    ----------
    figures : Statistics or None
        Of the plate, rounded; None has no twins.
    serum : str
        Role.
    shape : (ny, nx)
        Of the images in pixels.
    count : int
        Sites to learn from; 0 draws none.
    finding : Finding
    kept : Path
        Folder of what was learned before.
    """
    if figures is None or not count:
        return Twins(None, ())
    key = json.dumps([_VERSION, serum, figures.as_json(), count, shape, asdict(finding)])
    path = kept / f"{hashlib.blake2b(key.encode(), digest_size=12).hexdigest()}.json"
    if path.is_file():
        return read_twins(path)[serum]
    made = _learned(figures, shape, count, finding)
    kept.mkdir(parents=True, exist_ok=True)
    write_twins(path, {serum: made})
    return made


def _learned(figures: Statistics, shape: tuple[int, int], count: int, finding: Finding) -> Twins:
    def measured(twin: Twin, sites: Sequence[TwinSite]) -> tuple[Statistics | None, float]:
        drawn = _drawn(twin, sites, finding)
        tables, plate = _as_plate(drawn)
        seen = sum(len(d.table.cells) for d in drawn) / max(sum(d.infected.size for d in drawn), 1)
        return statistics_of(lights_of(tables, plate, _SERUM), plate, _SERUM), seen

    twin = fit_twin(figures, shape, measured)
    drawn = _drawn(twin, twin_sites(twin, figures, count), finding)
    tables, plate = _as_plate(drawn)
    seen = statistics_of(lights_of(tables, plate, _SERUM), plate, _SERUM)
    cells = [_known(site, plate) for site in drawn]
    both = [c for c in cells if 0 < c.infected.sum() < c.infected.size and np.isfinite(c.ratio)]
    if seen is None or len(both) < 2 * _GROUPS:
        return Twins(figures, ())
    parts = [both, *([c for k, c in enumerate(both) if k % _GROUPS != g] for g in range(_GROUPS))]
    return Twins(figures, tuple(learn(part, seen.marker) for part in parts))


@dataclass(frozen=True, slots=True)
class _Drawn:
    table: SiteTable
    true: NDArray[np.int64]
    """(found cells,) drawn cell that each one is, from 0; -1 for none."""
    infected: NDArray[np.bool_]
    serum: NDArray[np.float64]


def _drawn(twin: Twin, sites: Sequence[TwinSite], finding: Finding) -> list[_Drawn]:
    """Draw sites, and segment and measure them."""
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(lambda site: _measured(twin, site, finding), sites))


def _measured(twin: Twin, site: TwinSite, finding: Finding) -> _Drawn:
    drawn = draw_twin(twin, site)
    images = dict(zip((NUCLEI, MARKER, _SERUM), drawn.image, strict=True))
    nuclei = segment_nuclei(images[NUCLEI], diameter_px=finding.outlining.nucleus_diameter)
    cells = segment_cells(images[_SERUM], nuclei, reach_px=finding.outlining.reach)
    name = SiteName(f"twin{site.number}", "A02", site.number, site.number)
    table = measure_site(name, images, nuclei, cells, finding.measuring)
    true = _most_common(nuclei, drawn.nuclei)[table.cells["label"]] - 1
    return _Drawn(table, true, drawn.infected, drawn.serum)


def _most_common(found: NDArray[np.int32], true: NDArray[np.int32]) -> NDArray[np.int64]:
    """Give for each found label the true one that covers most of it, 0 for none; that of 0 is 0."""
    width = int(true.max()) + 1
    pairs, pixels = np.unique(found.ravel().astype(np.int64) * width + true.ravel(), return_counts=True)
    pixels[pairs % width == 0] = 0
    order = np.argsort(pixels, kind="stable")
    matched = np.zeros(int(found.max()) + 1, np.int64)
    matched[pairs[order] // width] = np.where(pixels[order] > 0, pairs[order] % width, 0)
    matched[0] = 0
    return matched


def _as_plate(drawn: Sequence[_Drawn]) -> tuple[list[SiteTable], Calibration]:
    tables = [site.table for site in drawn]
    heads = [SiteHead(t.name, t.shape, len(t.cells), t.dark) for t in tables]
    return tables, calibrate(heads, PlateRules(flat_field=False, image_cells=Limits()))


def _known(site: _Drawn, plate: Calibration) -> TwinCells:
    """Give the good cells that were drawn, their light and their truth."""
    kept = good_cells(site.table, _SERUM) & (site.true >= 0)
    light = cell_light(site.table, plate, _SERUM, plate.levels[_SERUM].median).where(kept)
    return TwinCells(light, site.infected[site.true[kept]], score_cells(site.serum, site.infected).ratio)


def write_twins(path: Path, twins: Mapping[str, Twins]) -> None:
    """Write what was learned for each serum, by role, as JSON."""
    write_text(path, json.dumps({role: asdict(found) for role, found in twins.items()}, indent=1) + "\n")


def read_twins(path: Path) -> dict[str, Twins]:
    """Read it back."""
    return {role: Twins.of(told) for role, told in json.loads(path.read_text(encoding="utf-8")).items()}
