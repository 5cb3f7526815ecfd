"""Several plates beside each other: which of them lie apart, and whether they drift."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchwork.screening.quality.drift import Drift, Shift, plate_drift, plate_shifts
from batchwork.screening.quality.effects import FEWEST
from batchwork.screening.quality.measures import SAMPLE, number, read_rows
from batchwork.screening.quality.permutation import adjusted

Floats = NDArray[np.float64]
Key = tuple[str, str]
SUMMARY, TABLE = "quality.json", "quality.csv"


@dataclass(frozen=True, slots=True)
class Judged:
    """What was written of one plate.

    Attributes
    ----------
    name : str
    summary : mapping
        Content of quality.json.
    wells : mapping
        (measure, serum) → role → values.
    """

    name: str
    summary: Mapping[str, Any]  # Any: JSON data
    wells: Mapping[Key, Mapping[str, Floats]]

    @classmethod
    def read(cls, name: str, folder: Path) -> "Judged":
        """Read what the step `quality` wrote into a folder."""
        wells: dict[Key, dict[str, list[float]]] = {}
        for row in read_rows(folder / TABLE):
            kinds = wells.setdefault((row["measure"], row["serum"]), {})
            kinds.setdefault(row["role"], []).append(number(row["value"]))
        told = {key: {role: np.array(v) for role, v in kinds.items()} for key, kinds in wells.items()}
        return cls(name, json.loads((folder / SUMMARY).read_text(encoding="utf-8")), told)

    def controls(self, key: Key) -> Floats:
        """Give a measure of the negative controls."""
        return self.wells.get(key, {}).get(self.summary["negative"], np.empty(0))

    def samples(self, key: Key) -> Floats:
        """Give a measure of the samples."""
        return self.wells.get(key, {}).get(SAMPLE, np.empty(0))


@dataclass(frozen=True, slots=True)
class Compared:
    """One measure over several plates.

    Attributes
    ----------
    measure, serum : str
    basis : str
        "negative controls" where each plate has enough of them, else "samples".
    shifts : tuple of Shift
        One for each plate, in their order; `p` is adjusted for the number of shifts of all measures.
    drift : Drift
        Over the plates in their order.
    """

    measure: str
    serum: str
    basis: str
    shifts: tuple[Shift, ...]
    drift: Drift


def compare(plates: Sequence[Judged]) -> list[Compared]:
    """Compare plates in the order in which they are given, in every measure that one of them has."""
    keys = list(dict.fromkeys(key for plate in plates for key in plate.wells))
    told = [_values(plates, key) for key in keys]
    shifts = [plate_shifts(values) for _, values in told]
    chances = iter(adjusted([shift.p for found in shifts for shift in found]))
    return [
        Compared(
            *key, basis, tuple(Shift(s.median, s.size, next(chances), s.reason) for s in found), plate_drift(values)
        )
        for key, (basis, values), found in zip(keys, told, shifts, strict=True)
    ]


def _values(plates: Sequence[Judged], key: Key) -> tuple[str, list[Floats]]:
    controls = [plate.controls(key) for plate in plates]
    if all(int(np.isfinite(values).sum()) >= FEWEST for values in controls):
        return "negative controls", controls
    return "samples", [plate.samples(key) for plate in plates]
