"""The tables of one well: its cells with their classes, its images, its scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import h5py
import numpy as np
from numpy.typing import NDArray

from batchwork.screening.kernels.backgrounds import Level
from batchwork.screening.kernels.quality import (
    CellFault,
    CellLimits,
    WellFault,
    WellLimits,
    judge_cells,
    judge_wells,
    least_serum_from,
    reasons,
)
from batchwork.screening.kernels.scores import THRESHOLD, Scores, infected_cells, score_cells, significance
from batchwork.screening.plates.channels import MARKER, SERUM, serum_name
from batchwork.screening.plates.errors import MissingControls
from batchwork.screening.tables.calibration import Calibration, level_between
from batchwork.screening.tables.confidence import ratio_interval
from batchwork.screening.tables.sites import CLEAN, SiteHead, SiteTable
from batchwork.screening.tables.soft import SoftScore, score_softly, with_classes
from batchwork.screening.tables.table import Table, read_table, write_table
from batchwork.screening.tables.twins import Twins
from batchwork.screening.tables.zones import told_columns

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
MOCK, DOUBTFUL = "mock well", "doubtful class"
_TABLES = ("cells", "images", "scores")
_SEPARATOR = "; "


@dataclass(frozen=True, slots=True)
class ScoreRules:
    """How cells are told apart and scored.

    Attributes
    ----------
    threshold : float
        MADs of the background above its median from which on a cell is no control.
    doubt : float
        How far above the threshold a cell is left out as doubtful, as a share of the way to the median marker of
        all cells above it; 0 counts each of them as infected, as the reference does. Light of infected neighbours
        makes controls seem infected.
    infected_by : str
        Statistic of the cleaned marker that is compared, such as `q0.95`.
    scored_by : str
        Statistic of the serum that is scored, such as `mean`.
    background : str
        "well" and "image" are taken here; others from the plate.
    mock_wells : tuple of str
        Patterns of names of wells that are not infected and have no score.
    cell_limits, well_limits : CellLimits, WellLimits
    least_serum : float or None
        Median of infected cells that a well must reach; None takes the assay's.
    """

    threshold: float = THRESHOLD
    doubt: float = 0.5
    infected_by: str = "q0.95"
    scored_by: str = "mean"
    background: str = "plate"
    mock_wells: tuple[str, ...] = ("*01",)
    cell_limits: CellLimits = field(default_factory=CellLimits)
    well_limits: WellLimits = field(default_factory=WellLimits)
    least_serum: float | None = None


def is_mock(well: str, patterns: Sequence[str]) -> bool:
    """Say whether a well was not infected: one of the patterns fits its name."""
    return any(fnmatchcase(well, pattern) for pattern in patterns)


@dataclass(frozen=True, slots=True)
class WellTables:
    """The tables of one well."""

    cells: Table
    """A row for each cell, with what leaves it out."""
    images: Table
    """A row for each image and serum."""
    scores: Table
    """A row for each serum."""

    def write(self, path: Path) -> None:
        """Write them to an HDF5 file."""
        with h5py.File(path, "w", libver="latest") as file:
            for name in _TABLES:
                write_table(file, name, getattr(self, name))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read them back."""
        with h5py.File(path, "r") as file:
            return cls(*(read_table(file, name) for name in _TABLES))


def tables_of_well(
    well: str,
    sites: Sequence[SiteTable],
    plate: Calibration,
    rules: ScoreRules,
    twins: Mapping[str, Twins] = MappingProxyType({}),
) -> WellTables:
    """Score the cells of a well.

    Parameters
    ----------
    well : str
    sites : sequence of SiteTable
        Of this well, in natural order of their keys.
    plate : Calibration
    rules : ScoreRules
    twins : mapping of str to Twins
        Role of a serum → what twins of the plate taught; without, scores are the reference's ratio.
    """
    serums = sorted(role for role in sites[0].dark if role.startswith(SERUM))
    levels = {role: _levels(role, sites, plate, rules) for role in serums}
    found = [_cells(site, plate, rules, {r: levels[r][k] for r in serums}) for k, site in enumerate(sites)]
    cells = _classified(Table.joined(found), plate.levels[MARKER + CLEAN], rules)
    counts = cells["excluded"] == ""
    usable = counts | (cells["excluded"] == DOUBTFUL)
    soft = {
        role: score_softly(sites, plate, role, [level.median for level in levels[role]], usable, twins[role])
        for role in serums
        if role in twins and not is_mock(well, rules.mock_wells)
    }
    images = [_image(site, cells, counts, plate, role) for site in sites for role in serums]
    scores = [_well(well, cells.where(counts), images, levels[role][0], role, rules, soft.get(role)) for role in serums]
    cells = with_classes(cells, next((found for found in soft.values() if found), None))
    return WellTables(cells, Table.of_rows(images), Table.of_rows(scores))


def _levels(role: str, sites: Sequence[SiteTable], plate: Calibration, rules: ScoreRules) -> list[Level]:
    """Give the background of a serum for each site."""
    heads = [SiteHead(site.name, site.shape, len(site.cells), site.dark) for site in sites]
    good = [head for head in heads if head.name.key not in plate.left_out]
    if rules.background == "image":
        return [level_between(role, [h], plate) if h in good else plate.levels[role] for h in heads]
    if rules.background == "well" and good:
        return [level_between(role, good, plate)] * len(sites)
    return [plate.levels[role]] * len(sites)


def _cells(site: SiteTable, plate: Calibration, rules: ScoreRules, levels: Mapping[str, Level]) -> Table:
    """Give a site's cells their classes, their values over the background, and what leaves them out."""
    told, name = site.cells, site.name
    n = len(told)
    clean = MARKER + CLEAN
    light = {role: plate.light_at(role, told["y"], told["x"]) for role in (clean, *levels)}
    marker = told[f"{clean}_{rules.infected_by}"] / light[clean]
    values = {
        f"{role}_value": told[f"{role}_{rules.scored_by}"] / light[role] - level.median
        for role, level in levels.items()
    }
    faults = judge_cells(
        told["area"], nucleus_area=told["nucleus_area"], measured=np.min([*values.values()], axis=0),
        limits=rules.cell_limits,
    )  # fmt: skip
    image = plate.left_out.get(name.key, ())
    words = {flag: _SEPARATOR.join([*reasons(flag, CellFault), *(f"image: {why}" for why in image)])
             for flag in np.unique(faults).tolist()}  # fmt: skip
    return Table(
        {
            "image": np.full(n, name.key), "well": np.full(n, name.well), "site": np.full(n, name.site),
            **told_columns(told), "marker_value": marker, **values,
            "excluded": np.array([words[flag] for flag in faults.tolist()] or np.empty(0), dtype="U"),
        }
    )  # fmt: skip


def _classified(cells: Table, background: Level, rules: ScoreRules) -> Table:
    """Add the class of each cell, and leave out those whose class is doubtful."""
    marker, counts = cells["marker_value"], cells["excluded"] == ""
    above = infected_cells(marker, background, threshold=rules.threshold)
    sure = above
    if rules.doubt > 0 and (above & counts).any():
        least = background.median + rules.threshold * background.mad
        sure = marker > least + rules.doubt * (np.median(marker[above & counts]) - least)
    excluded = np.where(above & ~sure & counts, DOUBTFUL, cells["excluded"])
    return Table({**cells.columns, "infected": sure, "excluded": excluded})


def _image(site: SiteTable, cells: Table, counts: Mask, plate: Calibration, role: str) -> dict[str, object]:
    """Describe an image, with the scores of its own cells."""
    name, here = site.name, cells["image"] == site.name.key
    mine = cells.where(here & counts)
    scores = score_cells(mine[f"{role}_value"], mine["infected"])
    return {
        "image": name.key, "well": name.well, "site": name.site, "serum": serum_name(role),
        "cells_found": int(here.sum()), **_numbers(scores),
        "excluded": _SEPARATOR.join(plate.left_out.get(name.key, ())),
    }  # fmt: skip


def _numbers(scores: Scores) -> dict[str, object]:
    names = (
        "infected_cells", "control_cells", "infected_median", "control_median", "control_mad", "ratio", "difference",
        "difference_over_sum", "robust_z", "ratio_of_means", "ratio_high_to_low", "ratio_low_to_high",
    )  # fmt: skip
    return {name: getattr(scores, name) for name in names}


def _well(
    well: str,
    cells: Table,
    images: Sequence[Mapping[str, Any]],
    level: Level,
    role: str,
    rules: ScoreRules,
    soft: SoftScore | None,
) -> dict[str, object]:
    """Score a well; it has no score where it fails its quality control."""
    mine = [image for image in images if image["serum"] == serum_name(role) and not image["excluded"]]
    values, infected = cells[f"{role}_value"], cells["infected"].astype(bool)
    scores = score_cells(values, infected)
    ratios = np.array([image["ratio"] for image in mine], np.float64)
    if soft is None:
        score, (low, high) = scores.ratio, ratio_interval(values[infected], values[~infected], ratios)
    else:
        score, low, high = soft.score, soft.low, soft.high
    faults = _faults(scores, len(mine), level, role, rules)
    why = [MOCK] if is_mock(well, rules.mock_wells) else reasons(faults, WellFault)
    told = significance(values, infected)
    score, low, high = (np.nan, np.nan, np.nan) if why else (score, low, high)
    return {
        "well": well, "serum": serum_name(role), "score": score, "low": low, "high": high,
        "infected_share": np.nan if soft is None else soft.share,
        "cells": len(cells), "sites": len(mine), **_numbers(scores), "background": level.median,
        "background_mad": level.mad, "kolmogorov_smirnov": told.kolmogorov_smirnov, "welch_t": told.welch_t,
        "rank_sum": told.rank_sum, "qc": _SEPARATOR.join(why),
    }  # fmt: skip


def _faults(scores: Scores, images: int, level: Level, role: str, rules: ScoreRules) -> int:
    least = rules.least_serum
    if least is None:
        measured = level.mad if rules.background == "wells" else None
        least = least_serum_from(serum_name(role), measured, rules.well_limits)
    flags = judge_wells(
        np.array([scores.control_cells]), np.array([scores.infected_cells]), np.array([scores.infected_median]),
        np.array([images]), least_serum=least, limits=rules.well_limits,
    )  # fmt: skip
    return int(flags[0])


def check_controls(tables: WellTables, rules: ScoreRules) -> None:
    """See that a well has control cells enough.

    Raises
    ------
    MissingControls
        If it has not.
    """
    least = rules.well_limits.control_cells
    for row in tables.scores.dicts():
        if int(str(row["control_cells"])) < least:
            raise MissingControls(
                f"well {row['well']} has {row['control_cells']} control cells, {least} are needed; take fewer "
                "(control_cells), or leave its score out (require_controls = false)"
            )
