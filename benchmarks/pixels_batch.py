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
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
from PIL import Image

from figures import Figure

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


def measured(project: Path, folder: Path, images: list[Path], start: Path, repeats: int) -> list[float]:
    """Give the seconds of several runs after start-up."""
    seconds(project, folder, [start])
    return [seconds(project, folder, images) - seconds(project, folder, [start]) for _ in range(repeats)]


def large(folder: Path) -> list[Path]:
    """One image of 2048 x 2048."""
    Image.fromarray(texture(2048, 2048)).save(folder / "large.tif")
    return [folder / "large.tif"]


def many(folder: Path, count: int = 1000) -> list[Path]:
    """1,000 images of 256 x 256."""
    paths = [folder / f"m{n:04d}.png" for n in range(count)]
    for number, path in enumerate(paths):
        Image.fromarray(texture(256, 256, seed=number)).save(path)
    return paths


def volume(folder: Path, size: int = 512) -> list[Path]:
    """One volume of 512 x 512 x 512."""
    with h5py.File(folder / "volume.h5", "w") as file:
        file["data"] = texture(size, size, size)
    return [folder / "volume.h5"]


def trained(folder: Path, name: str, image: np.ndarray, features: str) -> Path:
    """Train a project on bright and dark pixels of an image."""
    labels = np.zeros(image.shape, np.uint8)
    labels[image > np.percentile(image, 80)], labels[image < np.percentile(image, 20)] = 1, 2
    labels[..., ::2], labels[..., 1::2, :] = 0, 0
    np.save(folder / f"{name}.npy", image)
    np.save(folder / f"{name}_labels.npy", labels)
    words = ["--raw", f"{name}.npy", "--labels", f"{name}_labels.npy", "--features", features]
    train = [*PROGRAM, "pixels", "train", "--project", f"{name}.ilp", *words]
    subprocess.run(train, cwd=folder, check=True, capture_output=True)
    return folder / f"{name}.ilp"


def figures(*, quick: bool = False) -> Iterator[Figure]:
    """Give files to HDF5 with projects that are trained for it; of the volume the memory."""
    count, size, repeats = (5, 48, 1) if quick else (1000, 512, 3)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        flat = trained(folder, "flat", texture(SMALL, SMALL), "default")
        start = folder / "flat.npy"
        one = statistics.median(measured(flat, folder, large(folder), start, repeats))
        yield Figure("pixels: one image of 2048 × 2048, file to HDF5", one, "s", most=1.5)
        all_ = statistics.median(measured(flat, folder, many(folder, count), start, 1))
        yield Figure(f"pixels: {count:,} images of 256 × 256, files to HDF5", all_, "s", most=25)
        (folder / "two.yml").write_text("GaussianSmoothing: [0.7, 1.6]\n")
        deep = trained(folder, "deep", texture(SMALL, SMALL, SMALL), "two.yml")
        (taken,) = measured(deep, folder, volume(folder, size), folder / "deep.npy", 1)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6
        yield Figure(f"pixels: a volume of {size}³, 2 columns, file to HDF5", taken, "s")
        yield Figure("pixels: the most memory of these", peak, "MB", most=2000)


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
            found = measured(project, folder, case(folder), first, 1 if deep else given.repeats)
            told = f"{statistics.median(found):6.2f} s  (lowest {min(found):.2f}, highest {max(found):.2f})"
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
            print(f"{case.__doc__:40s} {told}  highest memory of a process so far {peak:.2f} GB", flush=True)


if __name__ == "__main__":
    main()
