"""What is measured on one site by itself: its cells, and its background."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import h5py
import numpy as np
from numpy.typing import NDArray

from batchwork.screening.kernels.backgrounds import Counts, count_values
from batchwork.screening.kernels.distances import nearest_labels
from batchwork.screening.kernels.flat_field import background_grid
from batchwork.screening.kernels.geometry import locate
from batchwork.screening.kernels.labelling import areas
from batchwork.screening.kernels.morphology import opening, white_tophat
from batchwork.screening.kernels.statistics import Statistics, measure
from batchwork.screening.kernels.zones import light_by_distance
from batchwork.screening.parameters import Measuring
from batchwork.screening.plates.channels import MARKER, NUCLEI, SERUM
from batchwork.screening.tables.table import Table, read_block, write_block
from batchwork.screening.tables.zones import zone_columns

Floats = NDArray[np.float64]
MARKS = (-1, 0, 1)
"""By hand: not looked at, no outlier, an outlier."""
SPREAD_PX = 24
"""How far from nuclei their light is measured."""
CLEAN = "_clean"
"""What follows the marker's role where its light has been cleaned."""


@dataclass(frozen=True, slots=True)
class SiteName:
    """Which site it is."""

    key: str
    well: str
    site: int
    sequence: int

    @classmethod
    def of_item(cls, key: str, well: str, site: str, sequence: str | None) -> Self:
        """Make it from an item's attributes."""
        return cls(key, well, int(site), int(sequence or 0))

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:  # Any: h5py has no types
        """Make it from the attributes of a file."""
        return cls(str(told["key"]), str(told["well"]), int(told["site"]), int(told["sequence"]))


@dataclass(frozen=True, slots=True)
class Values:
    """How often values occur."""

    values: NDArray[np.uint16]
    """(n,) those that occur, rising."""
    counts: NDArray[np.uint32]
    """(n,)"""

    @classmethod
    def of(cls, counts: Counts) -> Self:
        """Take the values that were counted at all."""
        values = np.flatnonzero(counts)
        return cls(values.astype(np.uint16), counts[values].astype(np.uint32))

    @property
    def pixels(self) -> int:
        """How many there are."""
        return int(self.counts.sum())

    def add_to(self, counts: Counts) -> None:
        """Add them to the counts of a plate: (65,536,)."""
        counts[self.values] += self.counts


@dataclass(frozen=True, slots=True)
class Dark:
    """The background of one channel of a site."""

    between: Values
    """Between cells."""
    everywhere: Values
    """Cells or not."""
    grid: Floats
    """Medians between cells, on a coarse grid; NaN where there is none."""


@dataclass(frozen=True, slots=True)
class SiteHead:
    """What a plate needs to know of one site."""

    name: SiteName
    shape: tuple[int, int]
    cells: int
    dark: Mapping[str, Dark]
    mark: int = -1
    """By hand: 1 an outlier, 0 none, -1 not looked at."""


@dataclass(frozen=True, slots=True)
class SiteTable:
    """What is known of one site.

    Attributes
    ----------
    name : SiteName
    shape : (ny, nx)
        In pixels.
    cells : Table
        A row for each cell.
    dark : mapping of str to Dark
        Role → background.
    spread : (n,) float
        Median light of nuclei at 1, 2 … pixels from them, in counts.
    """

    name: SiteName
    shape: tuple[int, int]
    cells: Table
    dark: Mapping[str, Dark]
    spread: Floats = field(default_factory=lambda: np.empty(0))


def measure_site(
    name: SiteName,
    images: Mapping[str, NDArray[Any]],
    nuclei: NDArray[Any],
    cells: NDArray[Any],
    measuring: Measuring,
) -> SiteTable:
    """Measure the cells of a site, and what lies between them.

    Parameters
    ----------
    name : SiteName
    images : mapping
        Role → (ny, nx) uint8 or uint16.
    nuclei, cells : (ny, nx) integers
        Labels; those of a cell and its nucleus are the same.
    measuring : Measuring
    """
    shown = {role: image for role, image in images.items() if role.startswith((NUCLEI, MARKER, SERUM))}
    clean = {role + CLEAN: _cleaned(image, measuring) for role, image in shown.items() if role == MARKER}
    count = int(cells.max(initial=0))
    outside = np.where(nuclei > 0, 0, cells) if measuring.ignore_nuclei else cells
    columns, (squares, _) = _geometry(cells, nuclei, count), nearest_labels(nuclei)
    for role, image in {**shown, **clean}.items():
        labels = nuclei if role == NUCLEI else outside
        found = measure(labels, image, quantiles=measuring.quantiles, top=measuring.top)
        columns.update(_columns(role, found, measuring, count))
    if MARKER in shown:
        columns.update(zone_columns(shown, clean[MARKER + CLEAN], nuclei, cells, squares))
    dark = {role: _dark(image, cells, role) for role, image in {**shown, **clean}.items()}
    kept = columns["area"] > 0
    table = Table({title: column[kept] for title, column in columns.items()})
    spread = light_by_distance(squares, shown[NUCLEI], SPREAD_PX)
    return SiteTable(name, (int(cells.shape[0]), int(cells.shape[1])), table, dark, spread)


def _cleaned(image: NDArray[Any], measuring: Measuring) -> NDArray[Any]:
    if measuring.denoise == "none":
        return image
    return (white_tophat if measuring.denoise == "tophat" else opening)(image, measuring.denoise_radius)


def _geometry(cells: NDArray[Any], nuclei: NDArray[Any], count: int) -> dict[str, NDArray[Any]]:
    """Give label, centre, box and areas of each cell, in pixels; the first pixel's centre is at 0."""
    found = locate(cells)
    return {
        "label": np.arange(1, count + 1), "y": found.centre[:, 0], "x": found.centre[:, 1],
        "top": found.box[:, 0], "left": found.box[:, 1], "bottom": found.box[:, 2], "right": found.box[:, 3],
        "area": found.area, "nucleus_area": areas(nuclei, count),
    }  # fmt: skip


def _columns(role: str, found: Statistics, measuring: Measuring, count: int) -> dict[str, NDArray[Any]]:
    """Name the statistics of a channel; labels after the last one measured have NaN."""
    given = {"mean": found.mean, "sum": found.mean * found.area, "median": found.median, "mad": found.mad}
    given |= {f"q{share:g}": found.quantiles[:, k] for k, share in enumerate(measuring.quantiles)}
    given |= {f"top{rank}": found.top[:, k] for k, rank in enumerate(measuring.top)}
    return {f"{role}_{name}": _padded(values, count) for name, values in given.items()}


def _padded(values: Floats, count: int) -> Floats:
    return np.concatenate([values, np.full(max(count - len(values), 0), np.nan)])[:count]


def _dark(image: NDArray[Any], cells: NDArray[Any], role: str) -> Dark:
    """Count the background; what is cleaned has lost the light's shape, and shows it nowhere."""
    between, everywhere = Values.of(count_values(image, cells == 0)), Values.of(count_values(image))
    grid = np.empty((0, 0)) if role.endswith(CLEAN) else background_grid(image, cells)
    return Dark(between, everywhere, grid)


def write_site(path: Path, site: SiteTable) -> None:
    """Write what is known of a site to an HDF5 file; the same site gives the same bytes."""
    with h5py.File(path, "w", libver="latest") as file:
        file.attrs["site"] = json.dumps({**asdict(site.name), "shape": site.shape, "cells": len(site.cells)})
        write_block(file, "cells", site.cells)
        file["spread"] = site.spread
        write_dark(file.create_group("background"), site.dark)


def write_dark(group: h5py.Group, dark: Mapping[str, Dark]) -> None:
    """Write all channels in two datasets, one below the other."""
    parts = [(one.between, one.everywhere) for one in dark.values()]
    group["histograms"] = np.concatenate(
        [array for pair in parts for one in pair for array in (one.values, one.counts)]
    )
    group["grids"] = np.concatenate([one.grid.ravel() for one in dark.values()])
    told = [[role, len(one.between.values), len(one.everywhere.values), *one.grid.shape] for role, one in dark.items()]
    group.attrs["channels"] = json.dumps(told)


def read_site(path: Path) -> SiteTable:
    """Read what is known of a site."""
    with h5py.File(path, "r") as file:
        told, dark = json.loads(file.attrs["site"]), read_dark(file["background"])
        return SiteTable(SiteName.read(told), read_shape(told), read_block(file, "cells"), dark, file["spread"][()])


def read_shape(told: Mapping[str, Any]) -> tuple[int, int]:  # Any: read from JSON
    """Give the size of a site's images in pixels, from what its file tells: (ny, nx)."""
    ny, nx = told["shape"]
    return ny, nx


def read_dark(group: h5py.Group) -> dict[str, Dark]:
    """Read channels back."""
    histograms, grids = group["histograms"][()], group["grids"][()]
    found, at, below = {}, 0, 0
    for role, between, everywhere, ny, nx in json.loads(group.attrs["channels"]):
        middle, end = at + 2 * between, at + 2 * (between + everywhere)
        grid = grids[below : below + ny * nx].reshape(ny, nx)
        found[role] = Dark(_values(histograms[at:middle]), _values(histograms[middle:end]), grid)
        at, below = end, below + ny * nx
    return found


def _values(pairs: NDArray[np.uint32]) -> Values:
    half = len(pairs) // 2
    return Values(pairs[:half].astype(np.uint16), pairs[half:])
