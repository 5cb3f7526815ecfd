"""A plate from its images to its scores, as a markdown table: processor time, memory, and what growing it costs.

    python benchmarks/screening_plate.py [--wells 8] [--sites 9] [--workers 2] [--seed 1] [--whole] [--folder DIR]

The plate is simulated: images of the assay's size, 930 × 1024 pixels of three channels with about 560 cells. With
`--whole` all 96 wells are there, as links to the images of those that were simulated. Processor time is that of all
processes of a command, memory the largest sum of what they held at any time, pages that they share counted once.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from batchwork.screening.simulation.plate import well_names
from batchwork.screening.workflow.scoring import KEPT
from figures import Figure

PROGRAM = [sys.executable, "-c", "from batchwork.cli.main import main; main()"]
_LOOK_SECONDS = 0.25
REFERENCE_S = 15.0
"""What BatchLib took for a site on the machine that the aims were set on."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command took."""

    wall_s: float
    cpu_s: float
    peak_bytes: int
    printed: str


def measured(*words: object) -> Cost:
    """Run a command to its end and measure it with all its processes."""
    before, start, peak = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter(), 0
    process = subprocess.Popen([*PROGRAM, *map(str, words)], stdout=subprocess.PIPE, text=True)
    while True:
        try:
            printed, _ = process.communicate(timeout=_LOOK_SECONDS)
            break
        except subprocess.TimeoutExpired:
            peak = max(peak, held(process.pid))
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    assert process.returncode == 0, printed
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu, peak, printed)


def held(pid: int) -> int:
    """Give the memory of a process and those it has started, in bytes."""
    total = 0
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.Error:
        return 0
    for one in family:
        try:
            info = one.memory_full_info()
            total += getattr(info, "pss", info.rss)
        except psutil.Error:  # it has just ended
            continue
    return total


def filled(images: Path, whole: Path) -> Path:
    """Make a plate of 96 wells out of links to the images of a few: column 1 to its first, the others in turn."""
    whole.mkdir()
    shutil.copy(images / "channel_mapping.json", whole)
    wells: dict[str, list[Path]] = {}
    for path in sorted(images.glob("*.tiff")):
        wells.setdefault(path.name[4:7], []).append(path)
    first, *others = wells
    number = 0
    for place, well in enumerate(well_names(96)):
        source = first if place % 12 == 0 else others[place % len(others)]
        for path in wells[source]:
            name = path.name.replace(source, well).partition("_Seq")[0]
            (whole / f"{name}_Seq{number:04d}.tiff").hardlink_to(path)
            number += 1
    return whole


def row(what: str, cost: Cost, sites: int) -> str:
    """Give one line of the table."""
    each = f"{cost.cpu_s / sites:.3f}" if sites else ""
    return f"| {what} | {cost.wall_s:.1f} | {cost.cpu_s:.1f} | {each} | {cost.peak_bytes / 1e6:.0f} |"


def figures(*, quick: bool = False) -> Iterator[Figure]:
    """Give a plate of 96 wells of 9 sites, and what growing it costs."""
    wells, sites = (2, 1) if quick else (8, 9)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        images, results = folder / "images", folder / "results"
        measured("screening", "simulate", images, "--wells", wells, "--sites", sites, "--seed", 1)
        images = images if quick else filled(images, folder / "whole")
        late, count = max(images.glob("*.tiff")), len(list(images.glob("*.tiff")))
        late.rename(folder / late.name)
        twins = ["--twin-sites", "0"] if quick else []
        run = ["screening", "run", "cell_analysis", "--input", images, "--folder", results, "--quiet", *twins]
        first, known = measured(*run), twins_of(results)
        yield Figure(
            f"screening: a plate of {count - 1} sites, from TIFF to scores, twins included", first.wall_s, most=180
        )
        each, peer = first.cpu_s / (count - 1), "BatchLib, measured before"
        yield Figure("screening: a site of it", each, "CPU s", peer, REFERENCE_S, most=0.3)
        yield Figure("screening: memory of it, all processes", first.peak_bytes / 1e6, "MB", most=2000)
        (folder / late.name).rename(late)
        grown = measured(*run)
        if twins_of(results) == known:
            yield Figure("screening: one site more", grown.wall_s, most=5)
        else:
            yield Figure("screening: one site more, twins drawn anew", grown.wall_s)
        yield Figure(f"screening: nothing to do, {count} sites", measured(*run).wall_s, most=1)
        yield Figure("screening: another threshold", measured(*run, "--threshold", "5.5").wall_s)


def twins_of(results: Path) -> set[str]:
    """Name what was learned from twins."""
    return {path.name for path in (results / KEPT).glob("*.json")}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--wells", type=int, default=8)
    parser.add_argument("--sites", type=int, default=9)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--whole", action="store_true", help="96 wells, made of links to the simulated ones")
    parser.add_argument("--folder", type=Path, help="where the plate and its results go, and stay")
    asked = parser.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="batchwork-plate-"))
    images, results = folder / "images", folder / "results"
    if not images.exists():
        measured("screening", "simulate", images, "--wells", asked.wells, "--sites", asked.sites, "--seed", asked.seed)
    if asked.whole:
        images = filled(images, folder / "whole")
    late = max(images.glob("*.tiff"))
    late.rename(folder / late.name)
    run = ["screening", "run", "cell_analysis", "--input", images, "--folder", results, "--quiet"]
    run += ["--workers", asked.workers]
    sites = len(list(images.glob("*.tiff"))) + 1
    first = measured(*run)
    (folder / late.name).rename(late)
    rows = [
        row(f"{sites - 1} sites", first, sites - 1),
        row("one site more", measured(*run), 1),
        row("nothing to do", measured(*run), 0),
        row("another threshold", measured(*run, "--threshold", "5.5"), 0),
    ]
    told = json.loads(measured("screening", "scores", results, "--json").printed)["wells"]
    print(f"{sites} sites, {sum(well['cells'] for well in told)} cells that count, {asked.workers} workers\n")
    print("| run | s | CPU s | CPU s a site | MB |")
    print("|---|---:|---:|---:|---:|")
    print("\n".join(rows))
    if asked.folder is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
