"""How far scores of plates of known truth are off, beside the reference's, as a markdown table.

    python benchmarks/screening_accuracy.py [--wells 8] [--sites 9] [--seeds 1 2] [--workers 2] [--other plate.py]

Plates are simulated by this package, with ratios of 1.0 to 1.8, 45 to 90 % infected cells, 15 % of the sites out of
focus, and debris on those of odd seeds; `--other` names a Python file with another generator to draw them, whose
function `write(folder, seed, wells, sites)` writes images and gives `ratio`, `population` and `infected` of each well.
Scores are held against the ratio of the cells that were drawn, intervals against that of the population that they were
drawn from. `--cache` keeps the tables of sites, so that a change of scores is measured in seconds.
"""

import argparse
import csv
import importlib
import itertools
import json
import pickle
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile

from batchwork.screening.kernels.cells import segment_cells
from batchwork.screening.kernels.nuclei import segment_nuclei
from batchwork.screening.parameters import Measuring
from batchwork.screening.plates.simulated import TRUTH, write_plate
from batchwork.screening.simulation.plate import PlateDesign
from batchwork.screening.tables.bending import bent_to
from batchwork.screening.tables.calibration import PlateRules, calibrate
from batchwork.screening.tables.cell_light import lights_of
from batchwork.screening.tables.looks import figures_of
from batchwork.screening.tables.sites import SiteHead, SiteName, SiteTable, measure_site
from batchwork.screening.tables.table import Table
from batchwork.screening.tables.twins import Finding, twins_of
from batchwork.screening.tables.wells import ScoreRules, tables_of_well

ROLES = ("nuclei", "marker", "serum_IgG")
BANDS = ((0.45, 0.8), (0.8, 0.9))
TWIN_SITES = 24
DEBRIS, DEFOCUS = 5, 0.15


@dataclass(frozen=True, slots=True)
class Measured:
    """The sites of one plate, and its truth."""

    sites: list[SiteTable]
    truth: Mapping[str, Mapping[str, float]]
    classes: Mapping[str, np.ndarray]
    """Image → whether the drawn cell at each found label is infected: 1, 0, or -1 where there is none."""


@dataclass(frozen=True, slots=True)
class Row:
    """One well."""

    infected: float
    ratio: float
    population: float
    reference: float
    score: float
    low: float
    high: float
    right: float


def measured_site(path: Path) -> tuple[SiteTable, np.ndarray | None]:
    """Segment and measure one image, and match its cells with the drawn ones where these are known."""
    images = dict(zip(ROLES, tifffile.imread(path), strict=True))
    nuclei = segment_nuclei(images["nuclei"])
    cells = segment_cells(images["serum_IgG"], nuclei)
    well, site = path.name[4:7], int(path.name.split("_")[2])
    table = measure_site(SiteName(path.name, well, site, site), images, nuclei, cells, Measuring())
    drawn = path.parent / TRUTH / f"{path.stem}.tif"
    return table, _matched(nuclei, tifffile.imread(drawn)) if drawn.is_file() else None


def _matched(nuclei: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Give for each found label the drawn one under most of its nucleus."""
    joint = np.zeros((nuclei.max() + 1, int(drawn.max()) + 1), np.int64)
    np.add.at(joint, (nuclei[nuclei > 0], drawn[nuclei > 0]), 1)
    return np.asarray(joint.argmax(axis=1))


def measured_plate(folder: Path, truth: Mapping[str, Mapping[str, float]], workers: int) -> Measured:
    """Measure all images of a folder."""
    paths = sorted(folder.glob("Well*.tiff"))
    with ProcessPoolExecutor(workers) as pool:
        found = list(pool.map(measured_site, paths))
    classes = {}
    if (folder / TRUTH / "cells.csv").is_file():
        with (folder / TRUTH / "cells.csv").open(newline="") as file:
            _, *rows = csv.reader(file)
        known = {
            name: np.array([-1, *(int(row[2]) for row in group)])
            for name, group in itertools.groupby(rows, lambda row: row[0])
        }
        classes = {path.name: known[path.stem][match] for path, (_, match) in zip(paths, found, strict=True)}
    return Measured([table for table, _ in found], truth, classes)


def simulated(seed: int, wells: int, sites: int, workers: int) -> Measured:
    """Draw and measure a plate of this package's own."""
    folder = Path(tempfile.mkdtemp(prefix="accuracy-"))
    try:
        debris = DEBRIS if seed % 2 else 0
        write_plate(folder, PlateDesign(wells, sites, seed, debris=debris, defocus=DEFOCUS))
        truth = json.loads((folder / "truth.json").read_text())["wells"]
        return measured_plate(folder, truth, workers)
    finally:
        shutil.rmtree(folder)


def of_another(generator: Path, seed: int, wells: int, sites: int, workers: int) -> Measured:
    """Draw and measure a plate of another generator."""
    sys.path.insert(0, str(generator.resolve().parent))
    module = importlib.import_module(generator.stem)
    folder = Path(tempfile.mkdtemp(prefix="accuracy-"))
    try:
        return measured_plate(folder / "plate", module.write(folder / "plate", seed, wells, sites), workers)
    finally:
        shutil.rmtree(folder)


def scored(plate: Measured, kept: Path) -> list[Row]:
    """Score a plate as `cell_analysis` does."""
    heads = [SiteHead(site.name, site.shape, len(site.cells), site.dark) for site in plate.sites]
    found = calibrate(heads, PlateRules())
    good = [site for site in plate.sites if site.name.key not in found.left_out]
    lights = lights_of(good, found, ROLES[2])
    figures = figures_of(lights, found, ROLES[2])
    twins = bent_to(twins_of(figures, ROLES[2], found.shape, TWIN_SITES, Finding(), kept), lights)
    rows = []
    for well, truth in plate.truth.items():
        if truth["infected"] > 0:
            sites = [site for site in plate.sites if site.name.well == well]
            tables = tables_of_well(well, sites, found, ScoreRules(doubt=0), {ROLES[2]: twins})
            told = next(iter(tables.scores.dicts()))
            reference, score, low, high = (float(str(told[name])) for name in ("ratio", "score", "low", "high"))
            right = _right(tables.cells, plate.classes)
            known = (truth["infected"], truth["ratio"], truth["population"])
            rows.append(Row(*known, reference, score, low, high, right))
    return rows


def _right(cells: Table, classes: Mapping[str, np.ndarray]) -> float:
    """Give the share of found cells whose class is right."""
    if not classes:
        return float("nan")
    places = zip(cells["image"], cells["label"], strict=True)
    true = np.array([classes[image][label] for image, label in places])
    counted = (true >= 0) & (cells["excluded"] == "")
    return float((cells["infected"][counted] == (true[counted] == 1)).mean())


def line(name: str, rows: Sequence[Row]) -> str:
    """Sum up some wells."""
    errors = np.array([row.score - row.ratio for row in rows])
    reference = np.array([row.reference - row.ratio for row in rows])
    held = np.mean([row.low <= row.population <= row.high for row in rows])
    width = np.median([row.high - row.low for row in rows])
    right = np.mean([row.right for row in rows])
    return (
        f"| {name} | {len(rows)} | {np.abs(reference).mean():.3f} | {np.abs(reference).max():.3f} | "
        f"{np.abs(errors).mean():.3f} | {np.abs(errors).max():.3f} | {errors.mean():+.3f} | {held:.1%} | {width:.2f} | "
        f"{'' if np.isnan(right) else f'{right:.3f}'} |"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--wells", type=int, default=8)
    parser.add_argument("--sites", type=int, default=9)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--other", type=Path)
    parser.add_argument("--cache", type=Path)
    asked = parser.parse_args()
    start, sets = time.perf_counter(), dict[str, list[Row]]()
    kept = asked.cache or Path(tempfile.mkdtemp(prefix="accuracy-"))
    kept.mkdir(parents=True, exist_ok=True)
    name = "another generator" if asked.other else "simulator"
    for seed in asked.seeds:
        path = kept / f"{name.replace(' ', '-')}-{seed}-{asked.wells}-{asked.sites}.pickle"
        if not path.is_file():
            size = (seed, asked.wells, asked.sites, asked.workers)
            path.write_bytes(pickle.dumps(of_another(asked.other, *size) if asked.other else simulated(*size)))
        rows = scored(pickle.loads(path.read_bytes()), kept / "twins")  # noqa: S301 - written by itself
        print(line(f"{name}, seed {seed}", rows), flush=True)
        sets.setdefault(name, []).extend(rows)
    print(f"\n{asked.wells} wells, {asked.sites} sites each, {len(asked.seeds)} plates\n")
    titles = ("wells", "number", "reference, mean error", "largest", "score, mean error", "largest", "bias")
    print("|", " | ".join((*titles, "interval holds", "width", "classes right")), "|")
    print("|---|" + "---:|" * 9)
    for name, rows in sets.items():
        for low, high in BANDS:
            chosen = [row for row in rows if low <= row.infected < high]
            if chosen:
                print(line(f"{name}, {100 * low:.0f}–{100 * high:.0f} % infected", chosen))
        print(line(f"{name}, all", rows))
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
