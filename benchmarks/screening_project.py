"""Trains the pixel project that ships with screening, and compares what it sees with the truth of other plates.

``python benchmarks/screening_project.py [OUT.ilp]``: the same bytes of the forest for the same seed.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from batchwork.pixels import Classifier, Feature, FeatureSelection, Growth, predict, read_project, write_project
from batchwork.pixels.sources import ArraySource
from batchwork.pixels.training.lanes import Lane, blocks_of_labels
from batchwork.pixels.training.saving import new_project
from batchwork.pixels.training.training import train
from batchwork.screening.kernels.even_light import even_light
from batchwork.screening.simulation.plate import PlateDesign, Site, design_plate, draw_site

CLASSES = ("local_infected", "local_not_infected", "background")
SHIPPED = Path(__file__).parents[1] / "src" / "batchwork" / "screening" / "settings" / "local_infection.ilp"
_SCALES = (1.6, 3.5, 5.0, 10.0)
_FEATURES = {
    Feature.GAUSSIAN_SMOOTHING: (1.6, 3.5, 5.0, 10.0),
    Feature.LAPLACIAN_OF_GAUSSIAN: (3.5, 10.0),
    Feature.DIFFERENCE_OF_GAUSSIANS: (3.5, 10.0),
    Feature.GAUSSIAN_GRADIENT_MAGNITUDE: (3.5,),
}
_PLATES = 16
_SQUARES, _SQUARE_PX = 3, 256
"""Of each image, in which pixels are labelled; few, for each takes room in a project."""
_STROKES = 40
"""Labelled pixels of each class in each square."""


def selection() -> FeatureSelection:
    """Tick the features."""
    rows = tuple(tuple(scale in chosen for scale in _SCALES) for chosen in _FEATURES.values())
    return FeatureSelection(tuple(_FEATURES), _SCALES, rows)


def truth_of(site: Site) -> NDArray[np.uint8]:
    """Give the class of each pixel, numbered as `CLASSES` from 1 on."""
    classes = np.array([3, *np.where(site.infected, 1, 2)], np.uint8)
    return classes[site.cells]


def drawn(site: Site, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw single pixels of each class within some squares."""
    truth, labels = truth_of(site), np.zeros(site.cells.shape, np.uint8)
    squares = [(row, column) for row in range(3) for column in range(4)]
    for row, column in rng.permutation(squares)[:_SQUARES]:
        part = np.s_[row * _SQUARE_PX : (row + 1) * _SQUARE_PX, column * _SQUARE_PX : (column + 1) * _SQUARE_PX]
        for number in range(1, len(CLASSES) + 1):
            places = np.argwhere(truth[part] == number)
            chosen = rng.choice(places, min(_STROKES, len(places)), replace=False)
            labels[part][tuple(chosen.T)] = number
    return labels


def seen(site: Site) -> NDArray[np.float32]:
    """Give what a project sees of a site: (ny, nx, channels), counts above the dark under even light."""
    even = [even_light(plane) for plane in site.image]
    return np.stack([one.image - one.dark for one in even], axis=-1)


def training_sites(seed: int) -> list[Site]:
    """Give a site of each of some plates; every fourth is of a mock well."""
    sites = []
    for number in range(_PLATES):
        design = PlateDesign(
            wells=2, sites=1, seed=seed + number, ratio=(0.6, 1.6), infected=(0.3, 0.9), defocus=0.2, edge=True
        )
        sites.append(draw_site(design_plate(design), int(number % 4 > 0), 0))
    return sites


def train_project(out: Path, seed: int, trees: int) -> float:
    """Train and write the project; gives the out-of-bag error."""
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        lanes, raw = [], []
        for number, site in enumerate(training_sites(seed)):
            image = seen(site)
            blocks = blocks_of_labels(drawn(site, rng), "yx")
            lanes.append(Lane(f"site {number}", ArraySource(image[None, None]), "yx", blocks))
            raw.append(str(Path(folder) / f"site_{number}.h5" / "image"))
        trained = train(lanes, selection(), Growth(trees, seed))
        project = new_project(Path(folder) / out.name, raw, lanes, trained, CLASSES)
        write_project(out, project)
    return trained.out_of_bag_error


@dataclass(frozen=True, slots=True)
class Judged:
    """How a project does on one site that it was not trained on."""

    accuracy: float
    """Share of the pixels whose most likely class is the true one."""
    sure: float
    """Share of cell pixels above the threshold of one class."""
    ratio: float
    """Mean serum of infected over other ground, both over the background."""
    truth: float
    """The same by the true classes."""
    seconds: float


def judged(site: Site, classifiers: Sequence[Classifier], threshold: float) -> Judged:
    """Predict a site and compare with its truth."""
    image = seen(site)
    start = time.process_time()
    found = predict(classifiers, image, "yxc", threads=1)
    seconds, truth = time.process_time() - start, truth_of(site)
    surely = found[..., :2] > threshold
    serum = even_light(site.image[2]).image.astype(float)
    return Judged(
        float((found.argmax(-1) + 1 == truth).mean()),
        float(surely[truth < len(CLASSES)].any(-1).mean()),
        _ratio(serum, surely[..., 0], surely[..., 1]),
        _ratio(serum, truth == 1, truth == 2),
        seconds,
    )


def _ratio(serum: NDArray[np.float64], infected: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    dark = np.median(serum[~(infected | other)])
    return float((serum[infected].mean() - dark) / (serum[other].mean() - dark))


def main() -> None:
    """Train, write, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", nargs="?", type=Path, default=SHIPPED)
    parser.add_argument("--seed", type=int, default=100)
    parser.add_argument("--trees", type=int, default=20)
    parser.add_argument("--threshold", type=float, default=0.6)
    asked = parser.parse_args()
    error = train_project(asked.out, asked.seed, asked.trees)
    size = asked.out.stat().st_size
    print(f"{asked.out.name}: {size / 1e3:.0f} kB, {asked.trees} trees, out-of-bag error {error:.1%}")
    classifiers = read_project(asked.out).classifiers()
    print("| plate | ratio drawn | by true pixels | by the project | pixels right | cell pixels sure | CPU s |")
    print("|---|---|---|---|---|---|---|")
    for seed in range(1, 7):
        plate = design_plate(PlateDesign(wells=2, sites=1, seed=seed))
        one = judged(draw_site(plate, 1, 0), classifiers, asked.threshold)
        print(f"| {seed} | {plate.wells[1].ratio:.3f} | {one.truth:.3f} | {one.ratio:.3f} | {one.accuracy:.1%} "
              f"| {one.sure:.1%} | {one.seconds:.2f} |")  # fmt: skip


if __name__ == "__main__":
    main()
