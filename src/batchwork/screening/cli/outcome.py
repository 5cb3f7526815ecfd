"""What came out of a plate: its tables, and the sites that failed."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from batchwork.engine.definition import load_definition
from batchwork.engine.ledger.ledger import home_of, open_reader
from batchwork.engine.ledger.rows import item_pages
from batchwork.errors import NotABatchError
from batchwork.screening.plates.errors import INVALID_INPUTS
from batchwork.screening.plates.tables import MapRow, read_plate_map
from batchwork.screening.tables.exporting import Export
from batchwork.screening.tables.plate import tables_of, with_map
from batchwork.screening.tables.table import Table
from batchwork.screening.workflow import WORKFLOWS
from batchwork.service.status import status

_SHOWN = ("well", "serum", "score", "low", "high", "cells", "sites")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The results of one workflow in a folder.

    Attributes
    ----------
    workflow : str
    wells : tuple of Path
        Tables of wells, in natural order.
    failed : tuple of mapping
        Items of sites that failed, as `status` describes them, with well and site.
    all_wells : tuple of str
        Wells that have images, whether or not any could be used.
    plate_map : mapping
        Well → what stands in it; empty where the run had none.
    """

    workflow: str
    wells: tuple[Path, ...]
    failed: tuple[Mapping[str, Any], ...]  # Any: JSON data
    all_wells: tuple[str, ...]
    plate_map: Mapping[str, MapRow]


def outcome_of(folder: Path, workflow: str | None = None) -> Outcome:
    """Find the results in a folder.

    Raises
    ------
    NotABatchError
        If no workflow of plates has been run there.
    """
    name = workflow or _only_workflow(folder)
    told: Any = status(folder, name)  # Any: JSON data
    groups = [group for group in told["groups"] if group["step"] == "score" and group["status"] in {"done", "stale"}]
    wells = tuple(folder / name / "wells" / f"{group['key']}.h5" for group in groups)
    facts = facts_of(home_of(folder.absolute(), name))
    failed = tuple({**item, **facts[item["key"]]} for item in told["items"] if item["status"] == "failed")
    all_wells = tuple(group["key"] for group in told["groups"] if group["step"] == "score")
    return Outcome(name, wells, failed, all_wells, _plate_map(folder, name))


def _plate_map(folder: Path, workflow: str) -> dict[str, MapRow]:
    """Read the plate map that the last run had."""
    path = load_definition(home_of(folder.absolute(), workflow)).params.get("tables", {}).get("plate_map")
    return read_plate_map(Path(str(path))) if path else {}


def facts_of(home: Path) -> dict[str, dict[str, Any]]:
    """Give the attributes of each item."""
    with open_reader(home) as ledger:
        return {item.key: json.loads(item.attrs) for page in item_pages(ledger.db) for item in page}


def _only_workflow(folder: Path) -> str:
    for name in WORKFLOWS:
        try:
            home_of(folder.absolute(), name)
        except NotABatchError:
            continue
        return name
    raise NotABatchError(f"{folder}: no workflow of screening has been run into this folder")


def well_scores(folder: Path, workflow: str | None = None) -> list[dict[str, Any]]:
    """Give a row for each well and serum, those of wells without any image that could be used last."""
    return _scores(outcome_of(folder, workflow))


def _scores(found: Outcome) -> list[dict[str, Any]]:
    broken = Counter(item["well"] for item in found.failed)
    rows = []
    for table in tables_of(found.wells, "scores"):
        for told in table.dicts():
            qc = [why for why in str(told["qc"] or "").split("; ") if why]
            rows.append({**{n: told[n] for n in _SHOWN}, "sites_failed": broken[str(told["well"])], "qc": qc})
    return rows + [_without_images(well, broken[well]) for well in missing_wells(found, rows)]


def missing_wells(found: Outcome, rows: Sequence[Mapping[str, object]]) -> list[str]:
    """Name the wells that have images and no scores."""
    scored = {row["well"] for row in rows}
    return [well for well in found.all_wells if well not in scored]


def _without_images(well: str, failed: int) -> dict[str, Any]:
    return {
        **dict.fromkeys(_SHOWN), "well": well, "cells": 0, "sites": 0, "sites_failed": failed,
        "qc": ["no image could be used"],
    }  # fmt: skip


def exports_of(found: Outcome) -> list[Export]:
    """Give the tables of a plate: scores, wells, images and cells, with wells and images that failed."""
    rows = _scores(found)
    joined = [{**row, "qc": "; ".join(row["qc"])} for row in rows]
    lost = _rows_of_lost_wells(found, rows)
    tables = [
        Export("scores", lambda: iter([with_map(Table.of_rows(joined), found.plate_map)])),
        Export("wells", lambda: iter([with_map(_with_rows(found, "scores", lost), found.plate_map)])),
        Export("images", lambda: iter([_with_rows(found, "images", [_row_of_failed(item) for item in found.failed])])),
    ]
    has_cells = any(table.columns for table in islice(tables_of(found.wells, "cells"), 1))
    return [*tables, Export("cells", lambda: tables_of(found.wells, "cells"))] if has_cells else tables


def _with_rows(found: Outcome, name: str, more: Sequence[Mapping[str, object]]) -> Table:
    return Table.joined([*tables_of(found.wells, name), *([Table.of_rows(more)] if more else [])])


def _rows_of_lost_wells(found: Outcome, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, object]]:
    missing = set(missing_wells(found, [row for row in rows if row["serum"] is not None]))
    return [{**row, "serum": "", "qc": "; ".join(row["qc"])} for row in map(_kept, rows) if row["well"] in missing]


def _kept(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("well", "serum", "cells", "sites", "qc")}


def _row_of_failed(item: Mapping[str, Any]) -> dict[str, object]:
    """Describe an image that could not be used."""
    why = f"failed: {item['error']['class']}: {item['error']['message']}"
    return {"image": item["key"], "well": item["well"], "site": int(item["site"]), "serum": "", "excluded": why}


def failed_classes(folder: Path, workflow: str) -> tuple[set[str], set[str]]:
    """Name the classes of what failed: of images that cannot be used, and of all else."""
    told: Any = status(folder, workflow)  # Any: JSON data
    found = {item["error"]["class"] for item in told["items"] if item.get("error")}
    found |= {group["error"]["class"] for group in told["groups"] if group.get("error")}
    known = {kind.__name__ for kind in INVALID_INPUTS}
    return found & known, found - known
