"""The batch of a plate: its items, its folder, what it was run with last."""

import glob
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batchwork.engine.batch import edit_batch
from batchwork.engine.definition import Definition, RunOptions
from batchwork.engine.items import ItemSource, ListedItems, files
from batchwork.engine.running import prepare_batch
from batchwork.engine.workflow import Workflow
from batchwork.errors import ConfigError
from batchwork.io.naming import nearest
from batchwork.screening import workflow as flows
from batchwork.screening.plates.channels import check_known, find_mapping
from batchwork.screening.plates.naming import PlateFolder
from batchwork.screening.plates.tables import read_outliers
from batchwork.screening.workflow import WORKFLOWS
from batchwork.service.status import status

_STAND_INS: Mapping[str, tuple[str, str]] = {
    flows.PIXELS: ("project", "the one that comes with this package, trained on simulated images, tells pixels apart"),
    flows.INSTANCES1: ("project", "no predicted boundaries; this package finds the cells itself"),
    flows.INSTANCES2: ("network", "no predicted boundaries; this package finds the cells itself"),
}
"""Workflow → the setting that names what predicts, and what is done without."""


def stand_in(workflow: Workflow, params: Mapping[str, Mapping[str, object]]) -> str:
    """Say what a workflow does instead of a prediction that it was not given anything for; "" if nothing."""
    setting, instead = _STAND_INS.get(workflow.name, ("", ""))
    given = any(values.get(setting) is not None for values in params.values())
    return "" if given or not setting else f"{workflow.name}: no --{setting}: {instead}"


def workflow_named(name: str) -> Workflow:
    """Give a workflow of plates by its name.

    Raises
    ------
    ConfigError
        With the nearest name.
    """
    if name not in WORKFLOWS:
        raise ConfigError(f"there is no workflow '{name}'; {nearest(name, WORKFLOWS)}")
    return WORKFLOWS[name]


def items_of(plate: PlateFolder) -> ItemSource:
    """Give the sites of a plate as items: by a pattern, so that later ones count, where a file holds all channels."""
    if plate.scheme.splits or plate.scheme.name == "pattern":
        return ListedItems(tuple(site.row() for site in plate.sites), str(plate.path))
    return files(plate.pattern, attrs=plate.scheme.pattern, exclude=map(glob.escape, plate.others))


def mapping_of(plate: PlateFolder, given: Path | None) -> dict[str, str | None]:
    """Read the mapping of a plate's channels, and see that it fits the plate."""
    mapping = find_mapping(plate.path, given, plate.channels)
    if plate.channels:
        check_known(mapping, plate.channels)
    return mapping


@dataclass(frozen=True, slots=True)
class PlateRun:
    """What to run on which plate."""

    workflow: Workflow
    plate: PlateFolder
    folder: Path
    params: Mapping[str, Mapping[str, object]]
    workers: int | None = None
    gpus: str = "none"

    def definition(self) -> Definition:
        """Give the batch."""
        options = RunOptions(workers=self.workers, gpus=self.gpus)
        return Definition(self.workflow, items_of(self.plate), self.folder.absolute(), self.params, options)


def enter_outliers(definition: Definition, table: Path) -> None:
    """Enter what a table of outliers says as values of the images; those that have it already stay as they are.

    Raises
    ------
    PlateTableError
        If the table cannot be used.
    """
    found = read_outliers(table, (item.key for item in definition.source.find(definition.out)))
    prepare_batch(definition)
    told: Any = status(definition.out, definition.workflow.name)  # Any: JSON data
    before = {item["key"]: item["values"].get("outlier") for item in told["items"]}
    changed = {key: {"outlier": mark} for key, mark in found.items() if before.get(key) != mark}
    if changed:
        edit = {"kind": "set", "by": f"file:{table.name}", "items": changed}
        edit_batch(definition.out, definition.workflow.name, edit)
