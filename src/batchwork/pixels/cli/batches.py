"""The batch of a folder: every result that was ever asked for there."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from batchwork.engine.definition import FILE_NAME, Definition
from batchwork.engine.items import ListedItems
from batchwork.engine.ledger.ledger import home_of
from batchwork.errors import ConfigError, NotABatchError
from batchwork.pixels.cli.jobs import Wanted
from batchwork.pixels.workflow import flow


def out_of(results: Sequence[Wanted], given: Path | None) -> Path:
    """Give the folder of the ledger: the nearest that holds all results, or that which the user names.

    Raises
    ------
    ConfigError
        If the latter does not hold them.
    """
    nearest = Path(os.path.commonpath([one.path.parent for one in results]))
    if given is None:
        return nearest
    out = given.expanduser().absolute()
    if not nearest.is_relative_to(out):
        raise ConfigError(f"--batch {given}: the results go to {nearest}, which is not in it; name a folder around it")
    return out


def key_of(result: Wanted, out: Path) -> str:
    """Name a result among the items of a batch: by its path."""
    return result.path.relative_to(out).as_posix()


def definition_of(out: Path, results: Sequence[Wanted]) -> Definition:
    """Give the batch of a folder with further results; those that were asked for before stay in it."""
    rows = {row["key"]: row for row in rows_before(out, flow.name)}
    rows.update((key_of(one, out), _row(one, out)) for one in results)
    return Definition(flow, ListedItems(tuple(rows.values())), out, steps=("predict",))


def _row(one: Wanted, out: Path) -> dict[str, Any]:  # Any: JSON data
    first, *others = map(str, one.files)
    row: dict[str, Any] = {"key": key_of(one, out), "source": first, "image": one.chosen.word, "job": one.job.plain()}
    return {**row, "also": others} if others else row


def rows_before(out: Path, workflow: str) -> list[dict[str, Any]]:  # Any: as above
    """Give the items that a workflow already has in a folder."""
    try:
        stored = json.loads((home_of(out, workflow) / FILE_NAME).read_text(encoding="utf-8"))
    except (NotABatchError, FileNotFoundError):
        return []
    rows: list[dict[str, Any]] = stored["items"].get("items", [])
    return rows
