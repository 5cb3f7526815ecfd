"""Inspections, rows of tables and wells, made up."""

from collections.abc import Mapping

import numpy as np

from batchwork.screening.plates.wells import FORMATS, Place
from batchwork.screening.quality.inspecting import Inspection
from batchwork.screening.quality.measures import UNITS, WellRow


def inspection(number: int, well: str = "A02", **more) -> Inspection:
    """Look at a usual image."""
    noise = np.random.default_rng(number)
    told = {
        "image": f"i{number:04d}.tiff", "well": well, "site": number, "sequence": number,
        "cells": int(noise.normal(560, 40)), "sharpness": 0.52 * np.exp(noise.normal(0, 0.01)),
        "saturated": {"nuclei": 0.0, "serum_IgG": 0.0}, "debris": {"nuclei": 1e-4, "serum_IgG": 0.0},
        "background": {"nuclei": noise.normal(380, 4), "serum_IgG": noise.normal(3900, 80)},
    }  # fmt: skip
    return Inspection(**{**told, **more})


def plate_rows(
    wells: int = 96, seed: int = 0, *, factor: Mapping[str, float] | None = None, roles: Mapping[str, str] | None = None
) -> list[WellRow]:
    """Fill a plate with values of 1,000 ± 10 %; some are multiplied by a factor, some are controls."""
    rng, (rows, columns) = np.random.default_rng(seed), FORMATS[wells]
    names = [Place(row, column).name for row in range(rows) for column in range(columns)]
    found = []
    for name in names:
        values = {measure: 1000 * rng.lognormal(0, 0.1) * (factor or {}).get(name, 1.0) for measure in UNITS}
        sites = tuple(rng.lognormal(0, 0.05, 9))
        found.append(WellRow(name, "IgG", (roles or {}).get(name, "sample"), values, sites))
    return found
