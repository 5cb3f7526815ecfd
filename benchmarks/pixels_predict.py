"""Pixel classification: CPU time per megapixel of features and forests, and of real projects.

    python benchmarks/pixels_predict.py [--size 2048] [--repeats 5]

One thread, processor time, medians. Forests are grown at random on the features of the image itself, so that every
question divides its pixels. Real projects are those of the test data; where it is absent they are left out.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from batchwork.pixels.kernels.classifier import Classifier
from batchwork.pixels.kernels.features import FeatureKernels, box_features, compute_features
from batchwork.pixels.kernels.forest import LEAF, Forest
from batchwork.pixels.kernels.selection import Feature, FeatureSelection
from batchwork.pixels.prediction import predict
from batchwork.pixels.projects import read_project
from figures import Figure

SCALES = (0.3, 0.7, 1.0, 1.6, 3.5, 5.0, 10.0)
TREES = 100
ILASTIK_MS = 1720.0
"""What the kernels of ilastik took for a megapixel on the machine that the aims were set on."""
LEAVES = {
    "800 nodes, 4 leaves a tree": 4,
    "6,300 nodes, 32 leaves a tree": 32,
    "16,000 nodes": 81,
    "200,000 nodes": 1020,
}
REAL = [
    ("PixelClass.ilp", "Data_1channel.png", "yx"),
    ("PixelClass3Channel.ilp", "Data_3channel.png", "yxc"),
    ("PixelClass3D.ilp", "Data_3D.npy", "zyxc"),
    ("Autocontext_2D.ilp", "Data_1channel.png", "yx"),
]
COPIES = {2: (8, 8), 3: (4, 4, 1), 4: (2, 2, 2, 1)}


def default_selection() -> FeatureSelection:
    """Tick all boxes that are offered by default: 49 columns."""
    ticked = tuple(tuple(j > 0 or f is Feature.GAUSSIAN_SMOOTHING for j in range(len(SCALES))) for f in Feature)
    return FeatureSelection(tuple(Feature), SCALES, ticked)


def cells(size: int) -> NDArray[np.uint8]:
    """Make an image of round blobs with noise."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:size, :size].astype(np.float32)
    waves = np.sin(x / 9) * np.sin(y / 11) + 0.5 * np.sin((x + y) / 31)
    return np.clip(120 + 60 * waves + rng.normal(0, 12, (size, size)), 0, 255).astype(np.uint8)


def grown(rows: NDArray[np.float32], leaves: int) -> Forest:
    """Split leaves at random, at values that occur."""
    rng = np.random.default_rng(1)
    column, threshold, left, right, roots, votes = [], [], [], [], [], 0
    for _ in range(TREES):
        roots.append(len(column))
        tips = [len(column)]
        size = 2 * leaves - 1
        for values, empty in ((column, LEAF), (threshold, 0.0), (left, -1), (right, -1)):
            values.extend([empty] * size)
        for free in range(roots[-1] + 1, roots[-1] + size, 2):
            node = tips.pop(0 if rng.random() < 0.5 else rng.integers(len(tips)))
            column[node] = int(rng.integers(rows.shape[1]))
            threshold[node] = float(rows[rng.integers(len(rows)), column[node]])
            left[node], right[node] = free, free + 1
            tips += [free, free + 1]
        for node in tips:
            left[node], votes = votes, votes + 1
    distributions = np.eye(2)[rng.integers(2, size=votes)]
    arrays = [np.array(one, kind) for one, kind in ((column, np.int32), (threshold, float), (left, np.int32))]
    return Forest(*arrays, np.array(right, np.int32), distributions, np.array(roots, np.int32), rows.shape[1])


def cpu_ms(work: Callable[[], object], repeats: int) -> float:
    """Give the median processor time after one run that does not count."""
    work()
    spent = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return 1e3 * statistics.median(spent)


Found = tuple[str, float]
"""What was measured, and its milliseconds for a megapixel."""


def made_up(size: int, repeats: int) -> Iterator[Found]:
    """Measure features, and features with forests of several sizes."""
    image, selection = cells(size), default_selection()
    whole, shape = ((0, 1), (0, size), (0, size)), (1, size, size)
    kernels = FeatureKernels.of(selection, 1, volume=False)
    pixels, mega = image[None, ..., None], image.size / 1e6
    yield "49 columns", cpu_ms(lambda: box_features(kernels, pixels, whole, shape), repeats) / mega
    rows = compute_features(pixels[:, :512, :512], selection).reshape(-1, kernels.columns)
    for name, leaves in LEAVES.items():
        classifier = Classifier(selection, grown(rows, leaves), (1, 2), 2)
        ms = cpu_ms(lambda one=classifier: predict([one], image, "yx", threads=1), repeats)
        yield f"49 columns and 100 trees, {name}", ms / mega


def real(folder: Path, repeats: int) -> Iterator[Found]:
    """Measure real projects on copies of their images put side by side."""
    for project, name, axes in REAL:
        path = folder / name
        image = np.load(path) if path.suffix == ".npy" else np.asarray(Image.open(path))
        large = np.tile(image, COPIES[image.ndim])
        classifiers = read_project(folder / project).classifiers()
        size = " × ".join(map(str, large.shape))
        ms = cpu_ms(lambda c=classifiers, i=large, a=axes: predict(c, i, a, threads=1), repeats)
        yield f"{project}, {size}", 1e6 * ms / (large.size // (large.shape[-1] if axes.endswith("c") else 1))


def tile(repeats: int) -> float:
    """Give the milliseconds from a tile of 256 × 256 pixels to its probabilities, on all cores."""
    image, selection = cells(256), default_selection()
    kernels = FeatureKernels.of(selection, 1, volume=False)
    rows = compute_features(image[None, ..., None], selection).reshape(-1, kernels.columns)
    classifier = Classifier(selection, grown(rows, 4), (1, 2), 2)
    predict([classifier], image, "yx")
    spent = []
    for _ in range(repeats):
        start = time.perf_counter()
        predict([classifier], image, "yx")
        spent.append(time.perf_counter() - start)
    return 1e3 * statistics.median(spent)


def test_data() -> Path | None:
    """Find real projects."""
    default = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
    folder = Path(os.environ.get("BATCHWORK_TEST_DATA") or default) / "pixels"
    return folder if folder.is_dir() else None


def figures(*, quick: bool = False) -> Iterator[Figure]:
    """Give made-up forests by their aims, and real projects."""
    size, repeats, folder = 256 if quick else 2048, 1 if quick else 3, test_data()
    aims: dict[str, dict[str, Any]] = {
        "49 columns and 100 trees, 800 nodes, 4 leaves a tree": {
            "peer": "ilastik's own kernels, measured before", "theirs": ILASTIK_MS, "most": 350,
        },
        "49 columns and 100 trees, 16,000 nodes": {"most": 1800},
    }  # fmt: skip
    for what, ms in made_up(size, repeats):
        yield Figure(f"pixels: a megapixel, {what}", ms, "CPU ms", **aims.get(what, {}))
    yield Figure("pixels: live, a tile of 256 × 256", tile(5), "ms", most=40)
    for what, ms in real(folder, 1) if folder and not quick else ():
        yield Figure(f"pixels: a megapixel, {what}", ms, "CPU ms")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=2048)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    print(f"| {'one thread, processor time':58s} | ms per MP | MP per s  |\n|{'-' * 60}|-----------|-----------|")
    folder = test_data()
    for what, ms in chain(made_up(options.size, options.repeats), real(folder, options.repeats) if folder else ()):
        print(f"| {what:58s} | {ms:9.0f} | {1e3 / ms:9.2f} |", flush=True)


if __name__ == "__main__":
    main()
