"""Pixel classification from an image to probabilities, beside other libraries, as a markdown table.

    python benchmarks/pixels_peers.py [--size 1024] [--repeats 5]

One image of two textures, the same brush strokes, forests of 100 trees, one thread, processor time, medians. Beside
Batchwork: scikit-image's multiscale features with scikit-learn's forest, and, where Debian's ``python3-vigra`` can be
imported, the filters and the forest that ilastik is made of. The error is that over all pixels, strokes left out.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from batchwork.pixels import Growth, predict, train_on_arrays
from figures import Figure

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

TREES = 100
SCALES = (0.7, 1.6, 3.5)
STROKES = 12

Image = NDArray[np.uint8]
Labels = NDArray[np.uint8]
Probabilities = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Scene:
    """An image, its true classes from 1 on, and brush strokes on some of it."""

    image: Image
    truth: Labels
    strokes: Labels


def scene(size: int) -> Scene:
    """Draw grains of one texture on a ground of another."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:size, :size]
    inside = (np.sin(x / 37) * np.sin(y / 29) + 0.4 * np.sin((x + 2 * y) / 83)) > 0.1
    fine, coarse = 40 * np.sin(x / 2.5) * np.sin(y / 3), 40 * np.sin((x - y) / 7)
    image = np.clip(120 + np.where(inside, fine, coarse) + rng.normal(0, 20, inside.shape), 0, 255).astype(np.uint8)
    truth, strokes = np.where(inside, 2, 1).astype(np.uint8), np.zeros((size, size), np.uint8)
    for start in rng.integers(0, size - 80, (STROKES, 2)):
        place = start[0], slice(start[1], start[1] + 80)
        strokes[place] = truth[place]
    return Scene(image, truth, strokes)


Work = Callable[[Image], Probabilities]
"""From an image to probabilities, (rows, columns, classes)."""


def ours(drawn: Scene) -> tuple[str, Work]:
    """Prepare Batchwork's way."""
    trained = train_on_arrays([drawn.image], [drawn.strokes], "yx", growth=Growth(TREES, seed=0))
    classifier = trained.ready(2)
    columns = trained.classifier.forest.columns
    return f"Batchwork, {columns} columns", lambda image: predict([classifier], image, "yx", threads=1)


def scikit(drawn: Scene) -> tuple[str, Work]:
    """Prepare scikit-image's features with scikit-learn's forest, as in scikit-image's gallery."""
    from skimage.feature import multiscale_basic_features  # type: ignore[import-not-found]
    from sklearn.ensemble import RandomForestClassifier  # type: ignore[import-not-found]

    def features(image: Image) -> NDArray[np.float32]:
        found: NDArray[np.float32] = multiscale_basic_features(image, sigma_min=0.5, sigma_max=4, workers=1)
        return found

    learnt = drawn.strokes > 0
    values = features(drawn.image)
    forest = RandomForestClassifier(TREES, random_state=0, n_jobs=1).fit(values[learnt], drawn.strokes[learnt])

    def run(image: Image) -> Probabilities:
        values = features(image)
        found: Probabilities = forest.predict_proba(values.reshape(-1, values.shape[-1])).reshape(*image.shape, -1)
        return found

    return f"scikit-image and scikit-learn, {values.shape[-1]} columns", run


def vigra(drawn: Scene) -> tuple[str, Work]:
    """Prepare vigra's filters and forest."""
    import vigra as v  # type: ignore[import-not-found]

    def features(image: Image) -> NDArray[np.float32]:
        pixels = image.astype(np.float32)
        planes = [v.filters.gaussianSmoothing(pixels, 0.3)]
        for sigma in SCALES:
            planes += [
                v.filters.gaussianSmoothing(pixels, sigma),
                v.filters.laplacianOfGaussian(pixels, sigma),
                v.filters.gaussianGradientMagnitude(pixels, sigma),
                v.filters.gaussianSmoothing(pixels, sigma) - v.filters.gaussianSmoothing(pixels, 0.66 * sigma),
                *np.moveaxis(v.filters.structureTensorEigenvalues(pixels, sigma, 0.5 * sigma), -1, 0),
                *np.moveaxis(v.filters.hessianOfGaussianEigenvalues(pixels, sigma), -1, 0),
            ]
        return np.stack([np.asarray(plane, np.float32) for plane in planes], -1)

    learnt = drawn.strokes > 0
    values = features(drawn.image)
    forest = v.learning.RandomForest(TREES)
    forest.learnRF(values[learnt], drawn.strokes[learnt].astype(np.uint32)[:, None])

    def run(image: Image) -> Probabilities:
        values = features(image)
        found: Probabilities = forest.predictProbabilities(values.reshape(-1, values.shape[-1]))
        return np.asarray(found).reshape(*image.shape, -1)

    return f"vigra, {values.shape[-1]} columns", run


def ways() -> Iterator[Callable[[Scene], tuple[str, Work]]]:
    """List what is installed."""
    yield ours
    if find_spec("skimage") and find_spec("sklearn"):
        yield scikit
    if find_spec("vigra"):
        yield vigra


def cpu_seconds(work: Callable[[], object], repeats: int) -> float:
    """Give the median processor time after one run that does not count."""
    work()
    spent = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return statistics.median(spent)


@dataclass(frozen=True, slots=True)
class Found:
    """What a way took for a megapixel, and the share of pixels that it got wrong."""

    name: str
    cpu_ms: float
    wrong: float


def measured(size: int, repeats: int) -> Iterator[Found]:
    """Measure what is installed, Batchwork first."""
    drawn = scene(size)
    unseen, mega = drawn.strokes == 0, drawn.image.size / 1e6
    for way in ways():
        name, work = way(drawn)
        wrong = float(np.mean((np.argmax(work(drawn.image), -1) + 1 != drawn.truth)[unseen]))
        yield Found(name, 1e3 * cpu_seconds(partial(work, drawn.image), repeats) / mega, wrong)


def figures(*, quick: bool = False) -> Iterator[Figure]:
    """Give the time and the errors beside each peer."""
    own, *others = measured(192 if quick else 1024, 1 if quick else 3)
    what = "pixels: a megapixel, learnt from strokes"
    for other in others or [None]:
        peer = other.name if other else "scikit-image and scikit-learn"
        yield Figure(f"{what}, {own.name.partition(', ')[2]}", own.cpu_ms, "CPU ms", peer, other and other.cpu_ms)
        yield Figure(f"{what}: wrong pixels", 100 * own.wrong, "%", peer, other and 100 * other.wrong)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    print("| one thread | CPU ms a megapixel | wrong pixels | times Batchwork's |\n|---|---:|---:|---:|")
    base = 0.0
    for found in measured(args.size, args.repeats):
        base = base or found.cpu_ms
        print(f"| {found.name} | {found.cpu_ms:.0f} | {found.wrong:.1%} | {found.cpu_ms / base:.1f} |", flush=True)


if __name__ == "__main__":
    main()
