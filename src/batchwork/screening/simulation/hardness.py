"""How hard a simulated plate is: the figures by which simulated and real plates are compared.

All are measured with the true light taken out; those of `Hardness` with the true outlines and classes, the error of
the reference's score with outlines and classes found by this package.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchwork.screening.kernels.backgrounds import Counts, Level, count_values, level_of
from batchwork.screening.kernels.cells import segment_cells
from batchwork.screening.kernels.flat_field import correct
from batchwork.screening.kernels.labelling import areas
from batchwork.screening.kernels.morphology import white_tophat
from batchwork.screening.kernels.nuclei import segment_nuclei
from batchwork.screening.kernels.quality import judge_cells
from batchwork.screening.kernels.scores import THRESHOLD, infected_cells, score_cells
from batchwork.screening.kernels.statistics import measure
from batchwork.screening.simulation.light import shading
from batchwork.screening.simulation.plate import Plate, Site, draw_site

Floats = NDArray[np.float64]

TOPHAT_PX = 20
"""Radius of the top-hat that cleans the marker."""
_BINS = 80


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What is measured on one site."""

    well: int
    cell_area: NDArray[np.int64]
    """(cells,) in pixels."""
    nucleus_area: NDArray[np.int64]
    """(cells,) in pixels."""
    covered: float
    """Share of the image that is cell."""
    marker: Floats
    """(cells,) quantile 0.95 of the marker's top-hat, in counts."""
    serum: Floats
    """(cells,) mean of the serum, in counts."""
    marker_dark: Counts
    """Values of the marker's top-hat between cells."""
    serum_dark: Counts
    """Values of the serum between cells."""
    infected: NDArray[np.bool_]
    """(true cells,)"""
    true_serum: Floats
    """(true cells,) in counts."""


@dataclass(frozen=True, slots=True)
class Hardness:
    """Figures of one plate; shares from 0 to 1."""

    cells: float
    """Cells of a site, median."""
    cells_sd: float
    cell_area: float
    """In pixels, median."""
    cell_area_99: float
    nucleus_area: float
    covered: float
    mock_over: float
    """Mock cells that count as infected."""
    controls_over: float
    """Cells of infected wells that are not infected and count as if, for their neighbours' light."""
    controls_to_infected: float
    """Quantile 0.95 of the controls' marker over the median of that of infected cells."""
    infected_spread: float
    """Quantile 0.05 of the infected cells' marker over its median."""
    overlap: float
    """Overlap of the distributions of the markers' logarithms."""
    best_accuracy: float
    """Cells told right by the best single threshold."""
    serum_cv: float
    """Standard deviation over mean of the controls' serum, median over wells."""
    slope: float
    """Slope of the measured over the drawn ratio, with true outlines and classes."""


def site_facts(plate: Plate, well: int, site: int, *, found: bool = False) -> SiteFacts:
    """Draw one site and measure it.

    Parameters
    ----------
    plate : Plate
        From `design_plate`.
    well, site : int
        As of `draw_site`.
    found : bool
        Whether cells are segmented, rather than taken from the truth.
    """
    drawn = draw_site(plate, well, site)
    marker, serum = (_corrected(plate, drawn, channel) for channel in (1, 2))
    nuclei, cells = _outlines(drawn, serum) if found else (drawn.nuclei, drawn.cells)
    cleaned = white_tophat(marker, TOPHAT_PX)
    return SiteFacts(
        well=well,
        cell_area=areas(cells, int(nuclei.max())),
        nucleus_area=areas(nuclei),
        covered=float((cells > 0).mean()),
        marker=_padded(measure(cells, cleaned, top=()).quantiles[:, 0], int(nuclei.max())),
        serum=_padded(measure(cells, serum, quantiles=(), top=()).mean, int(nuclei.max())),
        marker_dark=count_values(cleaned, cells == 0),
        serum_dark=count_values(serum, cells == 0),
        infected=drawn.infected,
        true_serum=drawn.serum,
    )


def _corrected(plate: Plate, drawn: Site, channel: int) -> NDArray[np.uint16]:
    light = shading(plate.look.microscope, channel, plate.design.shape)
    return np.clip(np.rint(correct(drawn.image[channel], light)), 0, 65535).astype(np.uint16)


def _outlines(drawn: Site, serum: NDArray[Any]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    nuclei = segment_nuclei(drawn.image[0])
    return nuclei, segment_cells(serum, nuclei)


def _padded(values: Floats, count: int) -> Floats:
    """Give the last labels, where they have no pixels, NaN."""
    return np.concatenate([values, np.full(count - values.size, np.nan)])


def measured_hardness(plate: Plate, facts: Sequence[SiteFacts]) -> Hardness:
    """Sum up sites measured with their true outlines; wells without infected cells are mock."""
    mock = np.concatenate([np.full(f.infected.size, plate.wells[f.well].infected == 0) for f in facts])
    marker, infected = (np.concatenate([getattr(f, name) for f in facts]) for name in ("marker", "infected"))
    area = np.concatenate([f.cell_area for f in facts])
    per_site = [f.infected.size for f in facts]
    over = infected_cells(marker, _level(facts, "marker_dark"), threshold=THRESHOLD)
    seen = np.isfinite(marker)
    bright, dim = marker[seen & infected], marker[seen & ~infected & ~mock]
    controls, slope = _serum(plate, facts)
    return Hardness(
        cells=float(np.median(per_site)),
        cells_sd=float(np.std(per_site)),
        cell_area=float(np.median(area[area > 0])),
        cell_area_99=float(np.quantile(area[area > 0], 0.99)),
        nucleus_area=float(np.median(np.concatenate([f.nucleus_area for f in facts]))),
        covered=float(np.mean([f.covered for f in facts])),
        mock_over=float(over[mock].mean()),
        controls_over=float(over[~infected & ~mock].mean()),
        controls_to_infected=float(np.quantile(dim, 0.95) / np.median(bright)),
        infected_spread=float(np.quantile(bright, 0.05) / np.median(bright)),
        overlap=_overlap(np.log(np.maximum(bright, 1)), np.log(np.maximum(dim, 1))),
        best_accuracy=_best_accuracy(bright, dim),
        serum_cv=controls,
        slope=slope,
    )


def _level(facts: Sequence[SiteFacts], name: str) -> Level:
    """Give the background of pooled sites."""
    return level_of(np.sum([getattr(f, name) for f in facts], axis=0))


def _overlap(one: Floats, other: Floats) -> float:
    """Give the overlap coefficient of two samples, from their histograms."""
    edges = np.histogram_bin_edges(np.concatenate([one, other]), _BINS)
    shares = [np.histogram(values, edges)[0] / values.size for values in (one, other)]
    return float(np.minimum(*shares).sum())


def _best_accuracy(bright: Floats, dim: Floats) -> float:
    """Give the share told right by the best of all thresholds."""
    values = np.concatenate([dim, bright])
    order = np.argsort(values, kind="stable")
    step = np.where(order < dim.size, 1, -1)  # a threshold that passes a control gains, one that passes another loses
    return float((bright.size + max(0, np.cumsum(step).max())) / values.size)


def _pooled(facts: Sequence[SiteFacts]) -> dict[int, list[SiteFacts]]:
    wells = dict[int, list[SiteFacts]]()
    for fact in facts:
        wells.setdefault(fact.well, []).append(fact)
    return wells


def drawn_ratio(facts: Sequence[SiteFacts]) -> float:
    """Give the ratio of the cells that were drawn: the truth that a score is held against."""
    infected, serum = (np.concatenate([getattr(f, name) for f in facts]) for name in ("infected", "true_serum"))
    return score_cells(serum, infected).ratio


def _serum(plate: Plate, facts: Sequence[SiteFacts]) -> tuple[float, float]:
    """Give the spread of the controls and the slope of the scores."""
    spreads, drawn, measured = [], [], []
    for well, sites in _pooled(facts).items():
        if plate.wells[well].infected == 0:
            continue
        infected = np.concatenate([f.infected for f in sites])
        serum = np.concatenate([f.serum for f in sites]) - _level(sites, "serum_dark").median
        controls = serum[~infected & np.isfinite(serum)]
        spreads.append(controls.std() / controls.mean())
        drawn.append(drawn_ratio(sites))
        measured.append(score_cells(serum, infected).ratio)
    return float(np.median(spreads)), float(np.polyfit(drawn, measured, 1)[0])


def reference_errors(plate: Plate, facts: Sequence[SiteFacts]) -> Floats:
    """Score each infected well as the reference does and give the errors against the drawn cells: (wells,).

    Parameters
    ----------
    plate : Plate
        From `design_plate`.
    facts : sequence of SiteFacts
        Measured with outlines that were found.
    """
    marker_dark, serum_dark = (_level(facts, name) for name in ("marker_dark", "serum_dark"))
    errors = []
    for well, sites in _pooled(facts).items():
        if plate.wells[well].infected > 0:
            marker, serum, area = (
                np.concatenate([getattr(f, n) for f in sites]) for n in ("marker", "serum", "cell_area")
            )
            good = judge_cells(area, measured=serum) == 0
            infected = infected_cells(marker[good], marker_dark)
            errors.append(score_cells(serum[good] - serum_dark.median, infected).ratio - drawn_ratio(sites))
    return np.array(errors)
