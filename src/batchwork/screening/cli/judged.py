"""What the steps that judge a plate have written into its folder."""

import csv
from pathlib import Path
from typing import Any

from batchwork.engine.ledger.ledger import home_of
from batchwork.errors import NotABatchError
from batchwork.screening.quality.comparing import SUMMARY, TABLE, Judged
from batchwork.screening.workflow import CELLS

REVIEW = "review.csv"
_NUMBERS = frozenset({"unusual", "sharpness", "saturation", "debris", "cells", "background", "influence"})


def _results(folder: Path, *names: str) -> Path:
    """Give the folder of the results, which must be there.

    Raises
    ------
    NotABatchError
        If they are not; the text says what to run.
    """
    home_of(folder.absolute(), CELLS)
    missing = [name for name in names if not (folder / CELLS / name).is_file()]
    if missing:
        raise NotABatchError(f"{folder}: has no {CELLS}/{missing[0]} yet; run 'screening run {CELLS}' into it")
    return folder / CELLS


def judged_plate(folder: Path) -> Judged:
    """Read the quality of a plate."""
    return Judged.read(str(folder), _results(folder, SUMMARY, TABLE))


def reviewed_images(folder: Path) -> list[dict[str, Any]]:  # Any: JSON data
    """Read the list of images to look at; pictures with their path."""
    results = _results(folder, REVIEW)
    with (results / REVIEW).open(newline="", encoding="utf-8") as file:
        return [
            {name: _value(name, text) for name, text in row.items()} | {"picture": str(results / row["picture"])}
            for row in csv.DictReader(file)
        ]


def _value(name: str, text: str) -> object:
    return int(text) if name in {"rank", "site"} else float(text) if name in _NUMBERS else text
