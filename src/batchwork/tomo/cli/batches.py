"""The batch of a folder of scans: what it is made of, and entering values into it."""

from collections.abc import Mapping
from dataclasses import replace

from batchwork.engine.batch import edit_batch
from batchwork.engine.definition import FILE_NAME, Definition, load_definition
from batchwork.engine.items import FoundItems, ItemSource, files, items
from batchwork.engine.ledger.ledger import home_of
from batchwork.engine.running import prepare_batch
from batchwork.errors import NotABatchError
from batchwork.tomo.folders import NO_SCANS, ScanFolder
from batchwork.tomo.workflow import flow

NAME = flow.name

_FINDER = "batchwork.tomo.folders:scans_in"


def definition_of(scans: ScanFolder, *, watched: bool = False) -> Definition:
    """Give the batch of a folder as it was run last, or a new one; of a folder that is watched, of what comes too."""
    source = FoundItems(_FINDER, str(scans.path)) if watched else _source(scans)
    new = Definition(flow, source, scans.results)
    try:
        home = home_of(scans.results, NAME)
    except NotABatchError:
        return new
    if not (home / FILE_NAME).exists():  # the first run came to an end before it began
        return new
    return replace(load_definition(home), source=source)


def _source(scans: ScanFolder) -> ItemSource:
    """Give the scans as items: by patterns, or, where folders are among them, as they are now."""
    if not scans.folders():
        return files(*scans.patterns, exclude=NO_SCANS)
    return items({"key": path.name, "source": str(path)} for path in scans.every())


def enter_centres(scans: ScanFolder, centres: Mapping[str, float | None], by: str) -> None:
    """Enter centres of rotation: file name → column index, or None to clear; the batch need not have run yet.

    Raises
    ------
    NoItemsError
        If the folder has no scans.
    UnknownItemError
        If a scan is not in it.
    """
    scans.scans()
    prepare_batch(definition_of(scans))
    edit = {"kind": "set", "by": by, "items": {name: {"cor": centre} for name, centre in centres.items()}}
    edit_batch(scans.results, NAME, edit)
