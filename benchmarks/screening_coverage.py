"""Whether scores and their intervals hold on many fresh plates, well by well, as lines of JSON and a table.

    python benchmarks/screening_coverage.py wells.jsonl [--seeds 4 5] [--generators simulator varied plate.py]
                                            [--wells 12] [--sites 9] [--keep DIR]

Each plate is drawn, run through `cell_analysis` as a user runs it, and deleted; its wells are lines at the end of the
file, and a plate whose lines are there is not drawn again. Without `--seeds` only the table of the file is printed.
`simulator` is this package's own, with 15 % of the sites out of focus and debris on plates of odd seeds, and `varied`
the same with a look from far wider ranges than its plates have; others are Python files whose function
`write(folder, seed, wells, sites)` writes images and gives `ratio`, `population` and `infected` of each well. Classes
are held against the truth that lies beside the images as `screening simulate` writes it.
"""

import argparse
import csv
import importlib
import itertools
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from batchwork.screening.plates.containers import NUCLEI, read_image
from batchwork.screening.plates.simulated import TRUTH, write_plate
from batchwork.screening.simulation.look import Cells, Look, Microscope, Stains
from batchwork.screening.simulation.plate import PlateDesign
from batchwork.screening.tables.plate import table_of

Truth = Mapping[str, Mapping[str, float]]
Row = dict[str, Any]

PROGRAM = [sys.executable, "-c", "from batchwork.cli.main import main; main()"]
STEPS = "segment,measure,gather,calibrate,looks,learn,twins,score"
BANDS = ((0.0, 0.45), (0.45, 0.8), (0.8, 0.9), (0.9, 1.0))
DEBRIS, DEFOCUS = 5, 0.15
_VARIED = 41


def varied_look(seed: int) -> Look:
    """Draw the look of a plate from wide ranges."""
    draw = np.random.default_rng([seed, _VARIED]).uniform
    cells = Cells(
        empty_share=draw(0.15, 0.32), nucleus_area_px=draw(290, 420), nucleus_area_sd=draw(0.22, 0.38),
        elongation=draw(1.3, 1.9), reach_px=draw(13, 21), wobble_px=draw(2, 5),
    )  # fmt: skip
    stains = Stains(
        nucleus_light=draw(1500, 5000), serum_sd=draw(0.22, 0.40), serum_texture=draw(0.1, 0.25),
        serum_in_nucleus=draw(0.6, 0.9), marker_sd=draw(0.45, 0.72), marker_distance_px=draw(3.5, 7.0),
        marker_width_px=draw(5.5, 9.0), marker_everywhere=draw(30, 80), marker_specks_share=draw(0.0, 0.02),
    )  # fmt: skip
    shade, background = draw(0.05, 0.45, 3), draw((250.0, 500.0, 1500.0), (700.0, 1500.0, 4500.0))
    microscope = Microscope(
        blur_px=draw(0.9, 1.5), halo=draw(0.06, 0.17), halo_px=draw(4.0, 7.5),
        shade=(float(shade[0]), float(shade[1]), float(shade[2])), centre=(draw(0.4, 0.6), draw(0.4, 0.6)),
        background=(float(background[0]), float(background[1]), float(background[2])),
    )  # fmt: skip
    return Look(cells=cells, stains=stains, microscope=microscope)


def drawn(generator: str, folder: Path, seed: int, wells: int, sites: int) -> Truth:
    """Write the images of a plate, and give what is true of its wells."""
    if generator in ("simulator", "varied"):
        design = PlateDesign(wells, sites, seed, debris=DEBRIS if seed % 2 else 0, defocus=DEFOCUS)
        write_plate(folder, design, look=varied_look(seed) if generator == "varied" else None)
        told: Truth = json.loads((folder / "truth.json").read_text())["wells"]
        return told
    path = Path(generator).resolve()
    sys.path.insert(0, str(path.parent))
    found: Truth = importlib.import_module(path.stem).write(folder, seed, wells, sites)
    return found


def run(*words: object) -> str:
    """Run the program, and give what it prints."""
    return subprocess.run([*PROGRAM, *map(str, words)], check=True, stdout=subprocess.PIPE, text=True).stdout


def scored(folder: Path, generator: str, seed: int, wells: int, sites: int) -> Iterator[Row]:
    """Draw a plate, run it, and give a row for each of its wells that is not mock."""
    images, results = folder / "images", folder / "results"
    truth = drawn(generator, images, seed, wells, sites)
    run("screening", "run", "cell_analysis", "--input", images, "--folder", results, "--workers", 1, "--quiet",
        "--steps", STEPS)  # fmt: skip
    classes = known_classes(images)
    for path in sorted((results / "cell_analysis" / "wells").glob("*.h5")):
        (told,) = table_of(path, "scores").dicts()
        true = truth[path.stem]
        if true["infected"] > 0:
            names = {"reference": "ratio", "score": "score", "low": "low", "high": "high", "share": "infected_share"}
            right, cells = right_classes(path, results, images, classes)
            yield {
                "generator": Path(generator).stem, "seed": seed, "wells": wells, "sites": sites, "well": path.stem,
                **{key: true[key] for key in ("infected", "ratio", "population")},
                **{key: told[name] for key, name in names.items()},
                "right": right, "cells": cells,
            }  # fmt: skip


def known_classes(images: Path) -> dict[str, np.ndarray]:
    """Give for each image whether the drawn cells 1 … n are infected; -1 stands for 0, no cell."""
    if not (images / TRUTH / "cells.csv").is_file():
        return {}
    with (images / TRUTH / "cells.csv").open(newline="") as file:
        _, *rows = csv.reader(file)
    groups = itertools.groupby(rows, lambda row: row[0])
    return {stem: np.array([-1, *(int(row[2]) for row in group)]) for stem, group in groups}


def right_classes(
    well: Path, results: Path, images: Path, classes: Mapping[str, np.ndarray]
) -> tuple[float | None, int]:
    """Give the share of a well's cells whose class is right, of how many."""
    cells, right, counted = table_of(well, "cells"), 0, 0
    for image in np.unique(cells["image"]).tolist() if classes else ():
        stem = Path(image).stem
        mine = cells.where((cells["image"] == image) & (cells["excluded"] == ""))
        nuclei = read_image(results / f"{stem}.h5", NUCLEI)
        true = classes[stem][_matched(nuclei, tifffile.imread(images / TRUTH / f"{stem}.tif"))[mine["label"]]]
        right += int((mine["infected"] == (true == 1))[true >= 0].sum())
        counted += int((true >= 0).sum())
    return right / counted if counted else None, counted


def _matched(nuclei: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Give for each found label the drawn one under most of its nucleus."""
    joint = np.zeros((nuclei.max() + 1, int(true.max()) + 1), np.int64)
    np.add.at(joint, (nuclei[nuclei > 0], true[nuclei > 0]), 1)
    return np.asarray(joint.argmax(axis=1))


def read(path: Path) -> list[Row]:
    """Read the lines of a file; it need not be there."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []


def measure(path: Path, generator: str, seed: int, wells: int, sites: int, keep: Path | None) -> None:
    """Add the wells of a plate to the file, unless they are there."""
    plate = {"generator": Path(generator).stem, "seed": seed, "wells": wells, "sites": sites}
    if any(plate.items() <= row.items() for row in read(path)):
        return
    folder = Path(tempfile.mkdtemp(prefix="coverage-"))
    try:
        rows = list(scored(folder, generator, seed, wells, sites))
        if keep is not None:
            kept = keep / f"{plate['generator']}-{seed}"
            shutil.copytree(folder / "results" / "cell_analysis", kept, dirs_exist_ok=True)
            shutil.copytree(folder / "results" / ".twins", kept / ".twins", dirs_exist_ok=True)
        with path.open("a") as file:
            file.write("".join(json.dumps(row) + "\n" for row in rows))
    finally:
        shutil.rmtree(folder)


def line(name: str, rows: Sequence[Row]) -> str:
    """Sum up some wells."""
    scored = [row for row in rows if row["score"] is not None and np.isfinite(row["score"])]
    if not scored:
        return f"| {name} | 0 of {len(rows)} |" + " |" * 7
    errors = np.array([row["score"] - row["ratio"] for row in scored])
    reference = np.array([row["reference"] - row["ratio"] for row in scored])
    held = np.mean([row["low"] <= row["population"] <= row["high"] for row in scored])
    width = np.median([row["high"] - row["low"] for row in scored])
    right = [row["right"] for row in scored if row["right"] is not None]
    return (
        f"| {name} | {len(scored)} of {len(rows)} | {np.abs(reference).mean():.3f} | {np.abs(errors).mean():.3f} | "
        f"{np.abs(errors).max():.3f} | {errors.mean():+.3f} | {held:.1%} | {width:.3f} | "
        f"{f'{np.mean(right):.3f}' if right else ''} |"
    )


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Sum up each generator's wells by the share of infected cells, and all."""
    titles = ("wells", "scored", "reference, mean error", "score, mean error", "largest", "bias", "interval holds")
    yield "| " + " | ".join((*titles, "width", "classes right")) + " |"
    yield "|---|" + "---:|" * 8
    names = list(dict.fromkeys(row["generator"] for row in rows))
    for name, (low, high) in itertools.product(names, BANDS):
        chosen = [row for row in rows if row["generator"] == name and low <= row["infected"] < high]
        if chosen:
            yield line(f"{name}, {100 * low:.0f}–{100 * high:.0f} % infected", chosen)
    if rows:
        yield line("all", rows)


def main() -> None:
    """Measure what is missing, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("path", type=Path, help="file of the lines")
    parser.add_argument("--seeds", type=int, nargs="+", default=[])
    parser.add_argument("--generators", nargs="+", default=["simulator", "varied"])
    parser.add_argument("--wells", type=int, default=12)
    parser.add_argument("--sites", type=int, default=9)
    parser.add_argument("--keep", type=Path, help="where tables of sites and wells stay")
    asked = parser.parse_args()
    for seed, generator in itertools.product(asked.seeds, asked.generators):
        measure(asked.path, generator, seed, asked.wells, asked.sites, asked.keep)
    print("\n".join(table(read(asked.path))))


if __name__ == "__main__":
    main()
