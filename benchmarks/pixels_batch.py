"""Batches of pixel classification: one large file, many small ones, one volume; seconds and memory after start-up.

    python benchmarks/pixels_batch.py PROJECT.ilp PROJECT3D.ilp [--repeats 5] [--only large,many,volume]

Times are medians of the whole command, less that of the same command for an image of 64 x 64 pixels.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np
from PIL import Image

PROGRAM = [sys.executable, "-c", "from batchwork.cli.main import main; main()"]
SMALL = 64


def texture(*shape: int, seed: int = 0) -> np.ndarray:
    """Blobs with noise, 8 bits."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(30, 220, [-(-n // 16) for n in shape]).astype(np.uint8)
    for axis, n in enumerate(shape):
        coarse = np.repeat(coarse, 16, axis).take(range(n), axis)
    noise = rng.integers(0, 30, shape[-2:], np.uint8)
    return coarse + noise


def seconds(project: Path, folder: Path, images: list[Path], *more: str) -> float:
    """Time a command whose results nobody has made before."""
    template = folder / "out" / f"{time.monotonic_ns()}" / "{nickname}"
    start = time.perf_counter()
    words = ["pixels", "predict", "--project", project, "--output_format", "hdf5", "--output_filename_format", template]
    subprocess.run(
        [*PROGRAM, *map(str, [*words, "--quiet", *more, *images])],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - start


def measured(project: Path, folder: Path, images: list[Path], start: Path, repeats: int) -> str:
    """Give the median of several runs in words."""
    seconds(project, folder, [start])
    found = [seconds(project, folder, images) - seconds(project, folder, [start]) for _ in range(repeats)]
    return f"{statistics.median(found):6.2f} s  (lowest {min(found):.2f}, highest {max(found):.2f})"


def large(folder: Path) -> list[Path]:
    """One image of 2048 x 2048."""
    Image.fromarray(texture(2048, 2048)).save(folder / "large.tif")
    return [folder / "large.tif"]


def many(folder: Path) -> list[Path]:
    """1,000 images of 256 x 256."""
    paths = [folder / f"m{n:04d}.png" for n in range(1000)]
    for number, path in enumerate(paths):
        Image.fromarray(texture(256, 256, seed=number)).save(path)
    return paths


def volume(folder: Path) -> list[Path]:
    """One volume of 512 x 512 x 512."""
    with h5py.File(folder / "volume.h5", "w") as file:
        file["data"] = texture(512, 512, 512)
    return [folder / "volume.h5"]


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser()
    options.add_argument("project", type=Path)
    options.add_argument("project3d", type=Path)
    options.add_argument("--repeats", type=int, default=5)
    options.add_argument("--only", default="large,many,volume")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start, start3d = folder / "small.png", folder / "small.npy"
        Image.fromarray(texture(SMALL, SMALL)).save(start)
        np.save(start3d, texture(SMALL, SMALL, SMALL))
        for case in (large, many, volume):
            if case.__name__ not in given.only.split(","):
                continue
            deep = case is volume
            project, first = (given.project3d, start3d) if deep else (given.project, start)
            told = measured(project, folder, case(folder), first, 1 if deep else given.repeats)
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
            print(f"{case.__doc__:40s} {told}  highest memory of a process so far {peak:.2f} GB", flush=True)


if __name__ == "__main__":
    main()
