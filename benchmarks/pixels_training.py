"""Training of pixel classifiers: forests beside other libraries', the live budget, and objects.

    python benchmarks/pixels_training.py [--repeats 5] [--rows 1000 20000]

Processor time on one thread, medians. scikit-learn's and vigra's forests are run beside ours where they are installed.
Labelled pixels are those of an image with noise, once easy to tell apart and once hardly.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchwork.pixels import Growth, all_features, grow_forest, train_on_arrays
from batchwork.pixels.objects.kernels.properties import object_properties
from batchwork.pixels.objects.kernels.thresholds import Thresholding, find_objects
from figures import Figure

Rows = NDArray[np.float32]
Classes = NDArray[np.int64]


def cpu_seconds(run: Callable[[], object], repeats: int) -> float:
    """Measure the processor time of a run, after one to warm up."""
    run()
    found = []
    for _ in range(repeats):
        start = time.process_time()
        run()
        found.append(time.process_time() - start)
    return statistics.median(found)


def samples(rows: int, noise: float) -> tuple[Rows, Classes]:
    """Make 49 columns, of which some tell the classes apart."""
    rng = np.random.default_rng(0)
    classes = rng.integers(0, 2, rows)
    values = rng.normal(0, noise, (rows, 49)) + classes[:, None] * rng.random(49)
    return values.astype(np.float32), classes


def others() -> Iterator[tuple[str, Callable[[Rows, Classes], object]]]:
    """Name the forests of other libraries that are installed."""
    try:
        from sklearn.ensemble import RandomForestClassifier
    except ModuleNotFoundError:
        pass
    else:
        yield "scikit-learn", lambda v, c: RandomForestClassifier(100, n_jobs=1, random_state=0).fit(v, c)
    try:
        import vigra
    except ModuleNotFoundError:
        return
    yield (
        "vigra",
        lambda v, c: vigra.learning.RandomForest(treeCount=100).learnRF(v, (c + 1).astype(np.uint32)[:, None]),
    )


def forests(sizes: list[int], repeats: int) -> None:
    """Print what 100 trees cost."""
    print(f"{'100 trees on 49 columns':36} {'library':14} {'CPU s':>8} {'out of bag':>11}")
    for rows in sizes:
        for kind, noise in (("easy", 0.3), ("hard", 3.0)):
            values, classes = samples(rows, noise)
            error = grow_forest(values, classes, class_count=2).out_of_bag_error
            own = cpu_seconds(lambda v=values, c=classes: grow_forest(v, c, class_count=2, threads=1), repeats)
            name = f"{rows} labelled pixels, {kind}"
            print(f"{name:36} {'batchwork':14} {own:8.3f} {error:11.1%}")
            for library, run in others():
                taken = cpu_seconds(lambda v=values, c=classes, r=run: r(v, c), repeats)
                print(f"{name:36} {library:14} {taken:8.3f}")


@dataclass(frozen=True, slots=True)
class Live:
    """CPU seconds from strokes to a classifier, and how many pixels they cover."""

    pixels: int
    seconds: float


def live(repeats: int) -> Live:
    """Measure what it takes from strokes to a classifier: features of the labelled pixels, and the forest."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:512, :512]
    clean = 120 + 60 * np.sin(x / 9) * np.sin(y / 11)
    image = np.clip(clean + rng.normal(0, 12, clean.shape), 0, 255).astype(np.uint8)
    labels = np.zeros(image.shape, np.uint8)
    for _ in range(20):
        row, column = rng.integers(0, 512), rng.integers(0, 450)
        labels[row, column : column + 50] = np.where(clean[row, column : column + 50] > 120, 2, 1)
    taken = cpu_seconds(lambda: train_on_arrays([image], [labels], "yx", all_features(), Growth(threads=1)), repeats)
    return Live(int(np.count_nonzero(labels)), taken)


def objects(repeats: int) -> None:
    """Print what objects cost."""
    rng = np.random.default_rng(0)
    for name, shape in (("plane 2048²", (1, 2048, 2048)), ("volume 160³", (160, 160, 160))):
        coarse = rng.random([max(1, n // 16) for n in shape]).astype(np.float32)
        probability = coarse.repeat(min(16, shape[0]), 0).repeat(16, 1).repeat(16, 2)
        labels, count = find_objects(probability, Thresholding(0.7))
        found = cpu_seconds(lambda p=probability: find_objects(p, Thresholding(0.7)), repeats)
        told = cpu_seconds(lambda a=labels, n=count, p=probability: object_properties(a, n, p), repeats)
        size = probability.size / 1e6
        print(
            f"{name}: {count} objects, found in {found / size * 1e3:.0f}, "
            f"measured in {told / size * 1e3:.0f} ms/megapixel"
        )


def figures(*, quick: bool = False) -> Iterator[Figure]:
    """Give training from strokes, and forests beside those of other libraries."""
    found, rows = live(1 if quick else 3), 200 if quick else 1000
    yield Figure(f"pixels: training on {found.pixels} labelled pixels, with features", found.seconds, "CPU s", most=0.5)
    for kind, noise in (("easy", 0.3), ("hard", 3.0)):
        values, classes = samples(rows, noise)
        own = cpu_seconds(lambda v=values, c=classes: grow_forest(v, c, class_count=2, threads=1), 3)
        what = f"pixels: 100 trees on {rows} {kind} rows of 49 columns"
        peers = {name: cpu_seconds(lambda v=values, c=classes, r=run: r(v, c), 1) for name, run in others()}
        for name, seconds in (peers or {"scikit-learn": None}).items():
            yield Figure(what, own, "CPU s", name, seconds)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--rows", type=int, nargs="+", default=[1000, 20000])
    asked = parser.parse_args()
    print(f"{os.cpu_count()} cores, one thread used\n")
    forests(asked.rows, asked.repeats)
    found = live(asked.repeats)
    print(f"\n{found.pixels} labelled pixels in 20 strokes, 49 columns, features and forest: {found.seconds:.3f} CPU s")
    objects(asked.repeats)


if __name__ == "__main__":
    main()
