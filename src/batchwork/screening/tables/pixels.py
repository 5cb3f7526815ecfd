"""Scores from pixels instead of cells: how much more serum lies on infected than on other ground."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from batchwork.screening.kernels.backgrounds import VALUES, Counts, count_values, level_of
from batchwork.screening.kernels.even_light import even_light
from batchwork.screening.plates.channels import SERUM, serum_name
from batchwork.screening.tables.sites import SiteName, Values
from batchwork.screening.tables.table import Table
from batchwork.screening.tables.wells import MOCK, WellTables, is_mock

INFECTED, OTHER, DARK = "infected", "not_infected", "background"
_Z = 1.96
_FEWEST_SITES = 3


@dataclass(frozen=True, slots=True)
class PixelSite:
    """How often each value of each serum occurs on infected, on other and on empty ground."""

    name: SiteName
    counts: Mapping[str, Mapping[str, Values]]
    """Serum's role → class → values."""


def measure_pixels(
    name: SiteName, images: Mapping[str, NDArray[Any]], infected: NDArray[np.bool_], other: NDArray[np.bool_]
) -> PixelSite:
    """Count the values of a site, class by class."""
    grounds = {INFECTED: infected, OTHER: other, DARK: ~(infected | other)}
    serums = {role: image for role, image in images.items() if role.startswith(SERUM)}
    return PixelSite(
        name,
        {role: {g: Values.of(count_values(image, m)) for g, m in grounds.items()} for role, image in serums.items()},
    )


def evened(images: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Take uneven light out of each serum; values stay whole numbers."""
    even = {role: even_light(image).image for role, image in images.items() if role.startswith(SERUM)}
    return {role: np.clip(np.rint(image), 0, VALUES - 1).astype(np.uint16) for role, image in even.items()}


def write_pixels(path: Path, site: PixelSite) -> None:
    """Write a site's counts to an HDF5 file."""
    with h5py.File(path, "w", libver="latest") as file:
        file.attrs.update(asdict(site.name))
        for role, grounds in site.counts.items():
            for ground, found in grounds.items():
                group = file.create_group(f"{role}/{ground}")
                group["values"], group["counts"] = found.values, found.counts


def read_pixels(path: Path) -> PixelSite:
    """Read a site's counts."""
    with h5py.File(path, "r") as file:
        name = SiteName.read(file.attrs)
        counts = {
            role: {ground: Values(one["values"][()], one["counts"][()]) for ground, one in grounds.items()}
            for role, grounds in file.items()
        }
    return PixelSite(name, counts)


def tables_of_pixels(
    well: str, sites: Sequence[PixelSite], mock_wells: Sequence[str], marks: Sequence[int | None]
) -> WellTables:
    """Score a well from the pooled pixels of its sites.

    Parameters
    ----------
    well : str
    sites : sequence of PixelSite
    mock_wells : sequence of str
        Patterns of names of wells that have no score.
    marks : sequence of int or None
        1 for a site that a person has marked as an outlier.
    """
    images, scores = [], []
    for role in sites[0].counts:
        mine = [_image(site, role, mark) for site, mark in zip(sites, marks, strict=True)]
        kept = [site for site, image in zip(sites, mine, strict=True) if not image["excluded"]]
        images += mine
        scores.append(_well(well, role, kept, [i["ratio"] for i in mine if not i["excluded"]], mock_wells))
    return WellTables(Table({}), Table.of_rows(images), Table.of_rows(scores))


def _image(site: PixelSite, role: str, mark: int | None) -> dict[str, Any]:
    name = site.name
    return {
        "image": name.key, "well": name.well, "site": name.site, "serum": serum_name(role),
        **_scores([site], role), "excluded": "marked by hand" if mark == 1 else "",
    }  # fmt: skip


def _well(
    well: str, role: str, kept: Sequence[PixelSite], ratios: Sequence[float], mock_wells: Sequence[str]
) -> dict[str, object]:
    found = _scores(kept, role)
    why = [MOCK] if is_mock(well, mock_wells) else []
    if not kept:
        why.append("no images")
    elif not np.isfinite(found["ratio"]) and not why:
        why.append("no infected or no other ground")
    low, high = _interval(found["ratio"], np.array(ratios, np.float64))
    score = np.nan if why else found["ratio"]
    return {
        "well": well, "serum": serum_name(role), "score": score, "low": np.nan if why else low,
        "high": np.nan if why else high, "cells": 0, "sites": len(kept), **found, "qc": "; ".join(why),
    }  # fmt: skip


def _interval(ratio: float, sites: NDArray[np.float64]) -> tuple[float, float]:
    """Give the interval of 95 % from how the sites spread."""
    good = sites[np.isfinite(sites) & (sites > 0)]
    if good.size < _FEWEST_SITES:
        return float("nan"), float("nan")
    reach = _Z * np.log(good).std(ddof=1) / np.sqrt(good.size)
    return float(ratio * np.exp(-reach)), float(ratio * np.exp(reach))


def _scores(sites: Sequence[PixelSite], role: str) -> dict[str, float]:
    """Give means on both grounds over the background's median, their ratio, difference and difference over sum."""
    pooled = {ground: _pooled(sites, role, ground) for ground in (INFECTED, OTHER, DARK)}
    dark = level_of(pooled[DARK]).median
    high, low = (_mean(pooled[ground]) - dark for ground in (INFECTED, OTHER))
    return {
        "infected_pixels": int(pooled[INFECTED].sum()), "control_pixels": int(pooled[OTHER].sum()),
        "infected_mean": high, "control_mean": low, "background": dark,
        "ratio": high / low if low else np.nan, "difference": high - low,
        "difference_over_sum": (high - low) / (high + low) if high + low else np.nan,
    }  # fmt: skip


def _pooled(sites: Sequence[PixelSite], role: str, ground: str) -> Counts:
    total = np.zeros(VALUES, np.int64)
    for site in sites:
        site.counts[role][ground].add_to(total)
    return total


def _mean(counts: Counts) -> float:
    pixels = counts.sum()
    return float(counts @ np.arange(VALUES) / pixels) if pixels else float("nan")
