"""A volume from file to TIFFs beside its kernel alone, as a markdown table.

    python benchmarks/tomo_volume.py [--columns 1024] [--angles 900] [--rows 64,256] [--repeats 5]

Each number of rows is a simulated scan on disk, reconstructed with the ramp filter. The kernel is timed on
sinograms in memory, the whole path from opening the scan to the last closed TIFF; both in processes of
their own, after one run to warm up. Times are medians. Memory is the process's highest resident size: it
must not grow with the rows.
"""

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from batchwork.tomo.formats.reader import open_scan
from batchwork.tomo.formats.simulate import Simulation, simulate_scans
from batchwork.tomo.formats.volume import volume_writer
from batchwork.tomo.kernels.gridding import Gridder
from batchwork.tomo.kernels.preprocess import attenuation
from batchwork.tomo.reconstruct import Recipe, reconstruct
from batchwork.tomo.regions import MOST_SLICES, Region

MEMORY_BYTES = 2 << 30


def kernel(scan: Path, cor: float) -> Callable[[], None]:
    """Prepare the kernel alone: blocks of sinograms that are in memory to images that are dropped."""
    with open_scan(scan) as opened:
        info = opened.info
        rows = slice(0, min(MOST_SLICES, info.rows))
        sinograms = attenuation(opened.projections(rows), *opened.flat_dark(rows))
    gridder = Gridder(info.theta_rad, info.columns, filter_name="ramp")
    images = np.empty((len(sinograms), info.columns, info.columns), np.float32)

    def run() -> None:
        for start in range(0, info.rows, len(sinograms)):
            part = slice(0, min(len(sinograms), info.rows - start))
            gridder.reconstruct(sinograms[part], cor, out=images[part])

    return run


def whole_path(scan: Path, cor: float) -> Callable[[], None]:
    """Prepare the whole path, from the file to a folder of TIFFs that is emptied each time."""
    folder = scan.parent / "volume"

    def run() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        with open_scan(scan) as opened:
            recipe = Recipe(Region.of(opened.info), cor, "ramp")
            with volume_writer("tiff", folder, recipe.volume_info(opened.info, {})) as volume:
                reconstruct(opened, recipe, volume, memory_bytes=MEMORY_BYTES)

    return run


def measure(what: str, scan: Path, cor: float, repeats: int) -> dict[str, float]:
    """Time one of the two; runs in a process of its own."""
    run = {"kernel": kernel, "whole": whole_path}[what](scan, cor)
    run()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"median": statistics.median(seconds), "best": min(seconds), "peak_mib": peak_mib}


def in_process(what: str, scan: Path, cor: float, repeats: int) -> dict[str, float]:
    """Measure in a fresh process."""
    words = [sys.executable, __file__, "--measure", what, str(scan), str(cor), "--repeats", str(repeats)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--columns", type=int, default=1024)
    parser.add_argument("--angles", type=int, default=900)
    parser.add_argument("--rows", default="64,256")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        what, scan, cor = args.measure
        print(json.dumps(measure(what, Path(scan), float(cor), args.repeats)))
        return
    print(f"{args.columns} columns, {args.angles} angles, {MEMORY_BYTES >> 20} MiB allowed\n")
    print("| slices | kernel, s | ms a slice | file to TIFF, s | ratio | peak memory, MiB |")
    print("|---:|---:|---:|---:|---:|---:|")
    for rows in (int(word) for word in args.rows.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            size = Simulation(1, columns=args.columns, angles=args.angles, rows=rows)
            ((name, cor),) = simulate_scans(Path(folder), size).items()
            alone, whole = (in_process(w, Path(folder) / name, cor, args.repeats) for w in ("kernel", "whole"))
        print(
            f"| {rows} | {alone['median']:.2f} | {1e3 * alone['median'] / rows:.0f} | {whole['median']:.2f} "
            f"| {whole['median'] / alone['median']:.2f} | {whole['peak_mib']:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
