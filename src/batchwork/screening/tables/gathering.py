"""What a plate needs to know of all sites of a well, in one file that is quick to read."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from batchwork.errors import ParameterError
from batchwork.io.naming import natural_key
from batchwork.screening.tables.cell_light import needed_columns
from batchwork.screening.tables.sites import (
    MARKS,
    Dark,
    SiteHead,
    SiteName,
    SiteTable,
    read_dark,
    read_shape,
    read_site,
    write_dark,
)
from batchwork.screening.tables.table import Table, read_block, write_block


def gather_sites(path: Path, sites: Sequence[Path], marks: Sequence[int | None]) -> None:
    """Write the heads of the sites of a well, and the light of their cells, to an HDF5 file.

    Parameters
    ----------
    path : Path
    sites : sequence of Path
        Tables of sites.
    marks : sequence of int or None
        Those of `SiteHead`, None for -1; they are looked at when they are read.
    """
    read = [read_site(site) for site in sites]
    told = [
        {**asdict(site.name), "shape": site.shape, "cells": len(site.cells), "mark": -1 if mark is None else mark}
        for site, mark in zip(read, marks, strict=True)
    ]
    with h5py.File(path, "w", libver="latest") as file:
        file.attrs["sites"] = json.dumps(told)
        write_block(file, "cells", Table.joined([_lit(site.cells) for site in read]))
        file["spread"] = np.stack([site.spread for site in read])
        dark = {f"{k}/{role}": found for k, site in enumerate(read) for role, found in site.dark.items()}
        write_dark(file.create_group("background"), dark)


def _lit(cells: Table) -> Table:
    return Table({name: cells[name] for name in needed_columns(cells)})


def gathered_heads(wells: Sequence[Path]) -> list[SiteHead]:
    """Read the heads of the sites of all wells, in natural order of their keys.

    Raises
    ------
    ParameterError
        If a site's mark is none of `MARKS`.
    """
    heads = [head for path in wells for head in _heads(path)]
    return sorted(heads, key=lambda head: natural_key(head.name.key))


def _heads(path: Path) -> Iterator[SiteHead]:
    with h5py.File(path, "r") as file:
        told, dark = json.loads(file.attrs["sites"]), _by_site(read_dark(file["background"]))
    for k, site in enumerate(told):
        if site["mark"] not in MARKS:
            raise ParameterError(
                f"{site['key']}: outlier = {site['mark']!r}; 1 is an outlier, 0 none, -1 not looked at"
            )
        yield SiteHead(SiteName.read(site), read_shape(site), site["cells"], dark.get(k, {}), site["mark"])


def _by_site(dark: Mapping[str, Dark]) -> dict[int, dict[str, Dark]]:
    found: dict[int, dict[str, Dark]] = {}
    for name, one in dark.items():
        site, _, role = name.partition("/")
        found.setdefault(int(site), {})[role] = one
    return found


def gathered_sites(wells: Sequence[Path], left_out: Mapping[str, Any]) -> list[SiteTable]:
    """Read the light of the cells of all sites that are not left out, in natural order of their keys."""
    sites = [site for path in wells for site in _sites(path) if site.name.key not in left_out]
    return sorted(sites, key=lambda site: natural_key(site.name.key))


def _sites(path: Path) -> Iterator[SiteTable]:
    with h5py.File(path, "r") as file:
        told, cells, spread = json.loads(file.attrs["sites"]), read_block(file, "cells"), file["spread"][()]
    begin = 0
    for site, around in zip(told, spread, strict=True):
        end = begin + site["cells"]
        yield SiteTable(SiteName.read(site), read_shape(site), cells.where(slice(begin, end)), {}, around)
        begin = end
