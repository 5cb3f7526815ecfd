"""A volume from file to disk beside its kernel alone and beside algotom, as a markdown table.

    python benchmarks/tomo_volume.py [--columns 1024] [--angles 900] [--rows 64,256,1024] [--repeats 3] [--peer-rows 64]

Each number of rows is a simulated scan on disk, reconstructed with the ramp filter. The kernel is timed on
sinograms in memory, the whole path from opening the scan to the last closed file, for each format; algotom's way
reads the same file slice by slice, as its examples do, into the same TIFFs. All run in processes of their own,
after a first run of a few rows to warm up. Times are medians, memory is the highest resident size.
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
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import cast

import h5py
import numpy as np
import tifffile

from batchwork.tomo.formats import open_scan
from batchwork.tomo.formats.simulate import Simulation, simulate_scans
from batchwork.tomo.kernels.gridding import Gridder
from batchwork.tomo.kinds import VolumeFormat
from batchwork.tomo.preparing import Preparation
from batchwork.tomo.preprocessing import Preprocessing
from batchwork.tomo.reconstruct import Output, Recipe, reconstruct_scan
from batchwork.tomo.regions import MOST_SLICES, Region
from figures import Figure

MEMORY_BYTES = 2 << 30
WARM_ROWS = 8
FORMATS = ("tiff", "hdf5", "zarr")

Run = Callable[[int], None]
"""Does so many rows."""


def kernel(scan: Path, cor: float) -> Run:
    """Prepare the kernel alone: blocks of sinograms that are in memory to images that are dropped."""
    with open_scan(scan) as opened:
        region = Region.of(opened.info)
        preparation = Preparation(opened, region, Preprocessing())
        sinograms = preparation.sinograms(range(min(MOST_SLICES, opened.info.rows)))
    gridder = Gridder(preparation.theta_rad, region.size, filter_name="ramp")
    images = np.empty((len(sinograms), region.size, region.size), np.float32)

    def run(rows: int) -> None:
        for start in range(0, rows, len(sinograms)):
            part = slice(0, min(len(sinograms), rows - start))
            gridder.reconstruct(sinograms[part], cor, out=images[part])

    return run


def whole_path(scan: Path, cor: float, to: VolumeFormat) -> Run:
    """Prepare the whole path, from the file to a volume that is removed each time."""
    target = scan.parent / f"volume.{to}"

    def run(rows: int) -> None:
        forget(target)
        with open_scan(scan) as opened:
            recipe = Recipe(Region.of(opened.info, f"0:{rows}"), cor, "ramp")
            reconstruct_scan(opened, recipe, Output(target, to), memory_bytes=MEMORY_BYTES)

    return run


def algotom(scan: Path, cor: float) -> Run:
    """Prepare algotom's way on the CPU: its flat field correction and its FBP, slice by slice."""
    from algotom.prep.correction import flat_field_correction  # type: ignore[import-not-found]
    from algotom.rec.reconstruction import fbp_reconstruction  # type: ignore[import-not-found]

    folder = scan.parent / "volume.algotom"

    def run(rows: int) -> None:
        forget(folder)
        folder.mkdir()
        with h5py.File(scan) as file:
            exchange = file["exchange"]
            flat, dark = exchange["data_white"][:].mean(0), exchange["data_dark"][:].mean(0)
            theta = np.deg2rad(exchange["theta"][:])
            for row in range(rows):
                sinogram = flat_field_correction(exchange["data"][:, row], flat[row], dark[row])
                image = fbp_reconstruction(
                    sinogram, cor, angles=theta, ratio=None, filter_name=None, apply_log=True, gpu=False
                )
                tifffile.imwrite(folder / f"recon_{row:05d}.tiff", image.astype(np.float32))

    return run


def forget(path: Path) -> None:
    """Remove a volume of any format."""
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)


def prepared(what: str, scan: Path, cor: float) -> Run:
    """Find the way by its name."""
    if what == "kernel":
        return kernel(scan, cor)
    return algotom(scan, cor) if what == "algotom" else whole_path(scan, cor, cast("VolumeFormat", what))


def measure(what: str, scan: Path, cor: float, rows: int, repeats: int) -> dict[str, float]:
    """Time one way; runs in a process of its own."""
    run = prepared(what, scan, cor)
    run(min(WARM_ROWS, rows))
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        run(rows)
        seconds.append(time.perf_counter() - start)
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"median": statistics.median(seconds), "peak_mib": peak_mib}


def in_process(what: str, scan: Path, cor: float, rows: int, repeats: int) -> dict[str, float]:
    """Measure in a fresh process."""
    words = [sys.executable, __file__, "--measure", what, str(scan), str(cor), str(rows), "--repeats", str(repeats)]
    found: dict[str, float] = json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return found


def figures(*, quick: bool = False) -> Iterator[Figure]:
    """Give a few slices beside algotom, and a whole volume in its formats."""
    columns, angles, few, many = (64, 48, 8, 16) if quick else (1024, 900, 64, 1024)
    shape = f"{columns} columns × {angles} angles"
    with tempfile.TemporaryDirectory() as folder:
        ((name, cor),) = simulate_scans(Path(folder), Simulation(1, columns=columns, angles=angles, rows=many)).items()
        scan = Path(folder) / name
        ours = in_process("tiff", scan, cor, few, 3)["median"]
        theirs = in_process("algotom", scan, cor, few, 1)["median"] if find_spec("algotom") else None
        yield Figure(f"tomo: {few} slices, {shape}, HDF5 to TIFF", ours, "s", "algotom", theirs)
        alone = in_process("kernel", scan, cor, many, 1)["median"]
        found = in_process("tiff", scan, cor, many, 1)
        yield Figure(f"tomo: {many} slices, {shape}, HDF5 to TIFF", found["median"], "s", "the kernel alone", alone)
        yield Figure("tomo: the same, memory", found["peak_mib"] * 2**20 / 1e6, "MB", most=MEMORY_BYTES / 1e6)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--columns", type=int, default=1024)
    parser.add_argument("--angles", type=int, default=900)
    parser.add_argument("--rows", default="64,256,1024")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peer-rows", type=int, default=64, help="as many rows does algotom get, once")
    parser.add_argument("--measure", nargs=4, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        what, scan, cor, rows = asked.measure
        print(json.dumps(measure(what, Path(scan), float(cor), int(rows), asked.repeats)))
        return
    print(f"{asked.columns} columns, {asked.angles} angles, {MEMORY_BYTES >> 20} MiB allowed\n")
    print("| slices | way | s | ms a slice | peak memory, MiB |")
    print("|---:|---|---:|---:|---:|")
    for rows in (int(word) for word in asked.rows.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            size = Simulation(1, columns=asked.columns, angles=asked.angles, rows=rows)
            ((name, cor),) = simulate_scans(Path(folder), size).items()
            ways = {"kernel": asked.repeats, **dict.fromkeys(FORMATS, asked.repeats)}
            if rows <= asked.peer_rows and find_spec("algotom"):
                ways["algotom"] = 1
            for way, repeats in ways.items():
                found = in_process(way, Path(folder) / name, cor, rows, repeats)
                each = f"{1e3 * found['median'] / rows:.0f}"
                print(f"| {rows} | {way} | {found['median']:.2f} | {each} | {found['peak_mib']:.0f} |", flush=True)


if __name__ == "__main__":
    main()
