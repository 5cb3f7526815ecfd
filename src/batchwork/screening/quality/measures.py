"""What is judged of a plate: a few measures of each well, taken from the tables of scores and images."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from batchwork.screening.quality.inspecting import Inspection
from batchwork.screening.quality.robust import middle
from batchwork.screening.tables.wells import MOCK

SCORE, SERUM, INFECTED, CELLS = "score", "serum", "infected share", "cells per site"
BACKGROUND, SHARPNESS = "background", "sharpness"
UNITS: Mapping[str, str] = {
    SCORE: "infected over control cells", SERUM: "counts, median of control cells over the background",
    INFECTED: "of the cells that count", CELLS: "found", BACKGROUND: "counts, between cells",
    SHARPNESS: "fine over coarse structure of nuclei",
}  # fmt: skip
"""Measures, with what they are in."""
SAMPLE, MOCK_ROLE = "sample", "mock"
_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class WellRow:
    """What is known of one well and serum.

    Attributes
    ----------
    well, serum : str
    role : str
        As the plate map's column `control` has it; "mock" for mock wells, else "sample".
    values : mapping of str to float
        Measure → value; NaN where there is none.
    sites : tuple of float
        Ratio of each image that counts.
    """

    well: str
    serum: str
    role: str
    values: Mapping[str, float]
    sites: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure of the wells of a plate.

    Attributes
    ----------
    name : str
        One of `UNITS`.
    serum : str
        Empty where it is the same for every serum.
    wells : mapping of str to float
        Well → value; NaN where there is none.
    """

    name: str
    serum: str
    wells: Mapping[str, float]


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read a table that the plate's tables were written to."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def number(text: str | None) -> float:
    """Read a number of such a table; NaN where there is none."""
    return float(text) if text else _NAN


def well_rows(
    scores: Iterable[Mapping[str, str]],
    images: Iterable[Mapping[str, str]],
    inspections: Iterable[Inspection],
) -> list[WellRow]:
    """Put together what is known of each well and serum.

    Parameters
    ----------
    scores, images : iterables of mapping
        Rows of the plate's tables.
    inspections : iterable of Inspection
        Of all images.
    """
    counted: dict[tuple[str, str], list[Mapping[str, str]]] = {}
    for image in images:
        if not image["excluded"]:
            counted.setdefault((image["well"], image["serum"]), []).append(image)
    looked_at = {one.image: one for one in inspections}
    return [_row(told, counted.get((told["well"], told["serum"]), ()), looked_at) for told in scores]


def _row(
    told: Mapping[str, str],
    images: Sequence[Mapping[str, str]],
    looked_at: Mapping[str, Inspection],
) -> WellRow:
    serum, infected, control = told["serum"], number(told["infected_cells"]), number(told["control_cells"])
    seen = [looked_at[image["image"]] for image in images if image["image"] in looked_at]
    values = {
        SCORE: number(told["score"]),
        SERUM: number(told["control_median"]),
        INFECTED: infected / (infected + control) if infected + control else _NAN,
        CELLS: middle([number(image["cells_found"]) for image in images]),
        BACKGROUND: middle([one.background.get(f"serum_{serum}", one.background.get("serum", _NAN)) for one in seen]),
        SHARPNESS: middle([one.sharpness for one in seen]),
    }
    sites = tuple(ratio for image in images if isfinite(ratio := number(image["ratio"])))
    return WellRow(told["well"], serum, _role(told), values, sites)


def _role(told: Mapping[str, str]) -> str:
    return told.get("control") or (MOCK_ROLE if told["qc"] == MOCK else SAMPLE)


def measures_of(rows: Sequence[WellRow]) -> Iterator[Measure]:
    """Give every measure, those of single serums once for each."""
    serums = list(dict.fromkeys(row.serum for row in rows))
    for name in UNITS:
        for serum in serums if name in {SCORE, SERUM, BACKGROUND} else serums[:1]:
            wells = {row.well: row.values[name] for row in rows if row.serum == serum}
            yield Measure(name, serum if name in {SCORE, SERUM, BACKGROUND} else "", wells)
