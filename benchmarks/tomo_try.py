"""A stack of candidate centres, from the scan's file to TIFFs, as a markdown table.

    python benchmarks/tomo_try.py [--columns 1024] [--angles 900] [--width 50] [--step 0.5] [--repeats 5]

One row of a simulated scan is reconstructed at all candidates, in this process, after one run to warm up, and
as the whole command ``batchwork tomo try`` with warm caches. Times are medians. algotom, which has no such command,
reconstructs some of the candidates one by one, from the same file into the same TIFFs.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import h5py
import numpy as np
import tifffile

from batchwork.tomo.candidates import candidates
from batchwork.tomo.formats.simulate import Simulation, simulate_scans
from batchwork.tomo.methods import Method
from batchwork.tomo.preprocessing import Preprocessing
from batchwork.tomo.trying import TryOptions, try_scan
from figures import Figure


def timed(run: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Give the medians of wall time and of processor time, in seconds, after one run to warm up."""
    run()
    walls, works = [], []
    for _ in range(repeats):
        wall, work = time.perf_counter(), time.process_time()
        run()
        walls.append(time.perf_counter() - wall)
        works.append(time.process_time() - work)
    return statistics.median(walls), statistics.median(works)


def algotom(scan: Path, count: int) -> float:
    """Give the seconds that algotom takes for some candidates, after one to warm up."""
    from algotom.prep.correction import flat_field_correction  # type: ignore[import-not-found]
    from algotom.rec.reconstruction import fbp_reconstruction  # type: ignore[import-not-found]

    with h5py.File(scan) as file:
        exchange, row = file["exchange"], file["exchange/data"].shape[1] // 2
        flat, dark = exchange["data_white"][:, row].mean(0), exchange["data_dark"][:, row].mean(0)
        theta = np.deg2rad(exchange["theta"][:])
        sinogram = flat_field_correction(exchange["data"][:, row], flat, dark)

    def reconstruct(number: int) -> None:
        cor = sinogram.shape[1] / 2 + number / 2
        image = fbp_reconstruction(sinogram, cor, angles=theta, ratio=None, filter_name=None, apply_log=True, gpu=False)
        tifffile.imwrite(scan.with_name(f"peer_{number}.tiff"), image.astype(np.float32))

    reconstruct(0)
    start = time.perf_counter()
    for number in range(count):
        reconstruct(number)
    return time.perf_counter() - start


@dataclass(frozen=True, slots=True)
class Found:
    """Seconds of a stack: in a process, of a process, of the command, of some candidates by algotom."""

    wall: float
    work: float
    whole: float
    peer: float | None


def measure(columns: int, angles: int, options: TryOptions, repeats: int, peer_candidates: int) -> Found:
    """Measure a stack of one row of a simulated scan."""
    with tempfile.TemporaryDirectory() as name:
        scans, stack = Path(name) / "scans", Path(name) / "stack"
        simulate_scans(scans, Simulation(1, columns=columns, angles=angles, rows=8))

        def inside() -> None:
            shutil.rmtree(stack, ignore_errors=True)
            stack.mkdir()
            try_scan(scans / "scan_001.h5", stack, options, Preprocessing(), lambda _done, _of: None)

        def command() -> None:
            words = ["tomo", "try", str(scans), "--width", str(options.width), "--step", str(options.step), "--force"]
            program = [sys.executable, "-c", "from batchwork.cli.main import main; main()"]
            subprocess.run([*program, *words], check=True, capture_output=True)

        wall, work = timed(inside, repeats)
        whole, _ = timed(command, repeats)
        return Found(
            wall, work, whole, algotom(scans / "scan_001.h5", peer_candidates) if find_spec("algotom") else None
        )


def figures(*, quick: bool = False) -> Iterator[Figure]:
    """Give the stack in a process and as a command; of algotom, what as many candidates would take."""
    columns, angles, some = (64, 48, 2) if quick else (1024, 900, 20)
    count = candidates(0, 50, 0.5).size
    found = measure(columns, angles, TryOptions(None, None, 50.0, 0.5, (0.5,), "parzen", ":", 0, Method()), 3, some)
    theirs = found.peer and found.peer / some * count
    what = f"tomo: {count} candidate centres, {columns} columns × {angles} angles"
    yield Figure(what, found.wall, "s", f"algotom, from {some}", theirs, most=10)
    yield Figure(f"{what}, as a command", found.whole, "s", most=10)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--columns", type=int, default=1024)
    parser.add_argument("--angles", type=int, default=900)
    parser.add_argument("--width", type=float, default=50.0)
    parser.add_argument("--step", type=float, default=0.5)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--peer-candidates", type=int, default=20)
    asked = parser.parse_args()
    options = TryOptions(None, None, asked.width, asked.step, (0.5,), "parzen", ":", 0, Method())
    found = measure(asked.columns, asked.angles, options, asked.repeats, asked.peer_candidates)
    wall, work, whole, peer = found.wall, found.work, found.whole, found.peer
    count = candidates(0, asked.width, asked.step).size
    print(f"{count} candidates, {asked.columns} columns, {asked.angles} angles")
    print("| path | wall s | CPU s | ms a candidate |")
    print("|---|---|---|---|")
    print(f"| scan to TIFFs, in a process | {wall:.2f} | {work:.2f} | {wall / count * 1e3:.1f} |")
    print(f"| the command, from its start to its end | {whole:.2f} | | {whole / count * 1e3:.1f} |")
    told = "not installed | | |" if peer is None else f"{peer:.2f} | | {peer / asked.peer_candidates * 1e3:.0f} |"
    print(f"| algotom, {asked.peer_candidates} candidates one by one | {told}")


if __name__ == "__main__":
    main()
