"""The quality of one plate, put together: controls, places, drift, what it can detect."""

import csv
import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.io.atomic import write_text
from batchwork.screening.plates.wells import FORMATS, Place, format_of, place_of
from batchwork.screening.quality.controls import Separation, separation
from batchwork.screening.quality.detecting import Detectable, detectable_ratio
from batchwork.screening.quality.drift import Drift, order_drift
from batchwork.screening.quality.effects import Effect, place_effects
from batchwork.screening.quality.inspecting import Inspection
from batchwork.screening.quality.measures import SAMPLE, SCORE, Measure, WellRow, measures_of
from batchwork.screening.quality.permutation import adjusted
from batchwork.screening.quality.polish import median_polish

Floats = NDArray[np.float64]
LEVEL = 0.05
"""Of all tests of a plate together, below which an effect counts as found."""


@dataclass(frozen=True, slots=True)
class QualityRules:
    """What is compared.

    Attributes
    ----------
    positive, negative : str
        Kinds of controls, as the plate map's column `control` names them.
    plate_wells : int or None
        Wells of the plate; None takes the smallest from 96 on that holds the wells there are.
    """

    positive: str = "positive"
    negative: str = "negative"
    plate_wells: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """An effect or drift, with its probability among all that were looked for."""

    name: str
    size: float
    p: float
    p_adjusted: float
    reason: str

    @property
    def counts(self) -> bool:
        """Whether it is more than chance."""
        return bool(self.p_adjusted < LEVEL)


@dataclass(frozen=True, slots=True)
class MeasureQuality:
    """The quality of a plate in one measure."""

    measure: str
    serum: str
    wells: int
    """Samples with a value."""
    median: float
    """Of them."""
    controls: Separation
    effects: tuple[Found, ...]
    """Of the place, and `drift` over the order in which wells were taken."""


@dataclass(frozen=True, slots=True)
class PlateQuality:
    """The quality of one plate."""

    shape: tuple[int, int]
    negative: str
    """Kind of well that is the negative control."""
    roles: Mapping[str, int]
    """Kind of well → how many."""
    measures: tuple[MeasureQuality, ...]
    detectable: Mapping[str, Detectable]
    """Serum → smallest ratio that is detected."""
    wells: Sequence[Mapping[str, object]] = field(default=(), repr=False)
    """Rows for the table of wells."""


def judge_plate(rows: Sequence[WellRow], looked_at: Sequence[Inspection], rules: QualityRules) -> PlateQuality:
    """Judge a plate.

    Parameters
    ----------
    rows : sequence of WellRow
        From `well_rows`.
    looked_at : sequence of Inspection
        Of all images; they tell when each well was taken.
    rules : QualityRules

    Raises
    ------
    ParameterError
        If wells do not stand on a plate of `plate_wells`.
    """
    places = {row.well: place for row in rows if (place := place_of(row.well)) is not None}
    shape = _shape(places.values(), rules.plate_wells)
    roles = {row.well: row.role for row in rows}
    taken = _times(looked_at)
    measures = list(measures_of(rows))
    judged = [_judged(measure, roles, places, shape, taken, rules) for measure in measures]
    return PlateQuality(
        shape, rules.negative, dict(sorted(Counter(roles.values()).items())), tuple(_together(judged)),
        _detectable(rows, rules), [row for measure in measures for row in _table(measure, roles, places, shape)],
    )  # fmt: skip


def _shape(places: Collection[Place], wells: int | None) -> tuple[int, int]:
    if wells is None:
        return format_of(places)
    rows, columns = FORMATS[wells]
    for place in places:
        if place.row >= rows or place.column >= columns:
            raise ParameterError(f"plate_wells = {wells}: well {place.name} stands on no plate of {rows} × {columns}")
    return rows, columns


def _times(looked_at: Sequence[Inspection]) -> dict[str, float]:
    """Say when each well was taken: the median place of its images in the order of the plate's."""
    order = sorted(looked_at, key=lambda one: (one.sequence, one.image))
    places: dict[str, list[int]] = {}
    for place, one in enumerate(order):
        places.setdefault(one.well, []).append(place)
    return {well: float(np.median(found)) for well, found in places.items()}


def _judged(
    measure: Measure, roles: Mapping[str, str], places: Mapping[str, Place], shape: tuple[int, int],
    taken: Mapping[str, float], rules: QualityRules,
) -> MeasureQuality:  # fmt: skip
    def of(role: str) -> Floats:
        return np.array([value for well, value in measure.wells.items() if roles[well] == role])

    samples = [well for well in measure.wells if roles[well] == SAMPLE and well in places]
    values = np.array([measure.wells[well] for well in samples])
    rows, columns = (np.array([getattr(places[well], name) for well in samples], int) for name in ("row", "column"))
    drift = order_drift(values, np.array([taken.get(well, np.nan) for well in samples]))
    effects = [_found(effect.name, effect) for effect in place_effects(values, rows, columns, shape)]
    seen = values[np.isfinite(values)]
    return MeasureQuality(
        measure.name, measure.serum, len(seen), float(np.median(seen)) if seen.size else np.nan,
        separation(of(rules.positive), of(rules.negative)), (*effects, _found("drift", drift)),
    )  # fmt: skip


def _found(name: str, told: Effect | Drift) -> Found:
    return Found(name, told.size, told.p, np.nan, told.reason)


def _together(judged: Sequence[MeasureQuality]) -> list[MeasureQuality]:
    """Adjust the probabilities of all effects of a plate for how many there are."""
    told = iter(adjusted([effect.p for one in judged for effect in one.effects]))
    return [
        replace(one, effects=tuple(replace(effect, p_adjusted=next(told)) for effect in one.effects)) for one in judged
    ]


def _detectable(rows: Sequence[WellRow], rules: QualityRules) -> dict[str, Detectable]:
    found = {}
    for serum in dict.fromkeys(row.serum for row in rows):
        scored = [row for row in rows if row.serum == serum and np.isfinite(row.values[SCORE])]
        negatives = [np.array(row.sites) for row in scored if row.role == rules.negative]
        found[serum] = detectable_ratio([np.array(row.sites) for row in scored], negatives)
    return found


def _table(
    measure: Measure, roles: Mapping[str, str], places: Mapping[str, Place], shape: tuple[int, int]
) -> list[dict[str, object]]:
    """Give a row for each well: its value, and what is left of it without effects of rows and columns."""
    samples = {well: place for well, place in places.items() if roles[well] == SAMPLE and well in measure.wells}
    plate = np.full(shape, np.nan)
    for well, place in samples.items():
        plate[place.row, place.column] = measure.wells[well]
    polished = median_polish(plate)
    corrected, scores = polished.corrected, polished.b_scores
    rows = []
    for well, value in measure.wells.items():
        at = (places[well].row, places[well].column) if well in samples else None
        rows.append({
            "well": well, "measure": measure.name, "serum": measure.serum, "role": roles[well], "value": value,
            "corrected": float(corrected[at]) if at else np.nan, "b_score": float(scores[at]) if at else np.nan,
        })  # fmt: skip
    return rows


def write_quality(quality: PlateQuality, table: Path, summary: Path) -> None:
    """Write the wells as CSV and everything else as JSON; what is not known is empty there, null here."""
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["well", "measure", "serum", "role", "value", "corrected", "b_score"])
        writer.writerows([_known(value, "") for value in row.values()] for row in quality.wells)
    told = asdict(replace(quality, wells=()))
    told.pop("wells")
    write_text(summary, json.dumps(plain(told), indent=1) + "\n")


def _known(value: object, instead: object) -> object:
    return instead if isinstance(value, float) and not np.isfinite(value) else value


def plain(value: Any) -> Any:  # Any: JSON data
    """Make a value fit for JSON: what is not a finite number is null."""
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return _known(value, None)
