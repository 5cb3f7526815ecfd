"""Exports of images: a plate as OME-Zarr, and sites as Fiji's plate viewer reads them."""

import shutil
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from batchwork.engine.definition import load_definition
from batchwork.engine.ledger.ledger import home_of
from batchwork.engine.paths import Layout
from batchwork.errors import NotABatchError
from batchwork.screening.cli.outcome import Outcome, exports_of, facts_of
from batchwork.screening.plates.pictured import SiteFile
from batchwork.screening.workflow import WORKFLOWS

if TYPE_CHECKING:
    from batchwork.screening.tables.table import Table

FORMS = ("ome-zarr", "platebrowser")


def export_images(found: Outcome, folder: Path, target: Path, form: str) -> Iterator[Path]:
    """Write the images of a plate, and give the paths of what was written.

    Parameters
    ----------
    found : Outcome
    folder : Path
        Of the results.
    target : Path
        Where to; what an earlier export has left there is replaced.
    form : str
        One of `FORMS`.

    Raises
    ------
    NotABatchError
        If there are no images.
    """
    sites = sites_of(folder, found.workflow)
    if not sites:
        raise NotABatchError(f"{folder}: there are no containers of {found.workflow} to export; run its step segment")
    target.mkdir(parents=True, exist_ok=True)
    yield from (_as_ome_zarr if form == "ome-zarr" else _as_plate_browser)(found, sites, target)


def sites_of(folder: Path, workflow: str) -> list[SiteFile]:
    """Find the containers of a plate's sites, by wells; of a site that was taken twice the later one."""
    home = home_of(folder.absolute(), workflow)
    layout, step = Layout(load_definition(home)), WORKFLOWS[workflow]["segment"]
    latest: dict[tuple[str, int], tuple[int, SiteFile]] = {}
    for key, attrs in facts_of(home).items():
        path = folder / layout.of_item(step, key, attrs, is_file=True)[""]
        site = SiteFile(key, str(attrs["well"]), int(attrs["site"]), path)
        taken = int(attrs.get("sequence") or 0)
        if path.exists() and taken >= latest.get((site.well, site.site), (-1, site))[0]:
            latest[site.well, site.site] = taken, site
    return [site for _, (_, site) in sorted(latest.items(), key=lambda pair: (pair[1][1].place, pair[0]))]


def _as_ome_zarr(found: Outcome, sites: list[SiteFile], target: Path) -> Iterator[Path]:
    from batchwork.screening.plates.ome_zarr import start_plate, write_field

    plate, partial = target / f"{found.workflow}.ome.zarr", target / f".{found.workflow}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    start_plate(partial, found.workflow, sites)
    for site in sites:
        write_field(partial, site)
    shutil.rmtree(plate, ignore_errors=True)
    partial.rename(plate)
    yield plate


def _as_plate_browser(found: Outcome, sites: list[SiteFile], target: Path) -> Iterator[Path]:
    from batchwork.screening.plates.plate_browser import write_browsed, write_plate_tables
    from batchwork.screening.tables.browsed import browsed, cells_of, said_of

    made = {export.name: next(export.parts()) for export in exports_of(found) if export.name in {"wells", "images"}}
    plate = target / f"{found.workflow}_table.hdf5"
    write_plate_tables(plate, {f"{name}/default": browsed(name, table) for name, table in made.items()})
    yield plate
    wells, images = said_of("wells", made["wells"]), said_of("images", made["images"])
    for site in sites:
        path, cells = target / f"{site.name}.h5", cells_of(well_table(found, site.well), site.key)
        told = {"ImageInformation": images.get(site.key, ""), "WellInformation": wells.get(site.well, "")}
        write_browsed(path, site, {"cell_segmentation/default": cells} if len(cells) else {}, told)
        yield path


@lru_cache(maxsize=1)
def _cells(path: Path) -> "Table":
    from batchwork.screening.tables.plate import table_of

    return table_of(path, "cells")


def well_table(found: Outcome, well: str) -> "Table":
    """Read the cells of a well; none where it has no scores."""
    from batchwork.screening.tables.table import Table

    path = next((path for path in found.wells if path.stem == well), None)
    return Table({}) if path is None else _cells(path)
