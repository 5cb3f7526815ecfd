"""How far the features of an image are from those of the training images."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import BatchworkError
from batchwork.pixels.images import open_image
from batchwork.pixels.kernels.classifier import Classifier
from batchwork.pixels.kernels.features import FeatureKernels, box_features, check_columns
from batchwork.pixels.kernels.forest import LEAF
from batchwork.pixels.kernels.surroundings import Box, Size, reach
from batchwork.pixels.locations import split_inner
from batchwork.pixels.projects import DatasetInfo, Project
from batchwork.pixels.sources import FiniteSource, PixelSource

_TILE: Size = (8, 64, 64)
_SHARE = 0.25
_FEWEST, _MOST = 2, 16
"""Tiles that are looked at in an image: a quarter of it, within these bounds."""
_EVERY = 4
"""Of the pixels in them that count."""
_MOST_IMAGES = 8
"""Training images that are looked at."""
_LEVELS = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
_LOWER, _UPPER = 1, 3
"""The quartiles among them."""
_SPREAD = (0.8191725133961645, 0.7548776662466927, 0.5698402909980532)
"""Steps along z, y and x of sequences that fill an interval, and a plane, evenly (Roberts, 2018)."""
_FURTHEST = 10.0


@dataclass(frozen=True, slots=True)
class Drift:
    """How far an image is from the training images.

    Attributes
    ----------
    score : float
        Mean distance of the features' quantiles (5, 25, 50, 75, 95 %) from those of the training images, in units
        of the latter's interquartile range, each feature weighted by how often the forest asks for it. Below about
        0.4 for images like those, above 1 for images of another kind.
    feature : str
        The feature that contributes most.
    """

    score: float
    feature: str


def drift_of(project: Project, digest: str, source: PixelSource) -> Drift | None:
    """Compare an image with the training images of a project.

    Parameters
    ----------
    project : Project
        One that can predict; the features of its first stage count.
    digest : str
        Of its content.
    source : PixelSource
        The image, which fits the project.

    Returns
    -------
    Drift or None
        None where no training image can be found, or the forest asks for no feature.
    """
    classifier = project.classifiers()[0]
    trained = _training_quantiles(str(project.path), digest, source.shape[1] > 1, source.shape[4])
    if trained is None:
        return None
    weights = np.bincount(classifier.forest.column[classifier.forest.column != LEAF])
    weights = weights[classifier.forest.used_columns()] / weights.sum()
    middle = np.maximum(trained[_UPPER] - trained[_LOWER], 1e-6)
    here = np.quantile(_sampled(classifier, source), _LEVELS, axis=1)
    away = np.minimum(np.abs(here - trained).mean(axis=0) / middle, _FURTHEST)
    worst = classifier.forest.used_columns()[int(np.argmax(weights * away))]
    names = classifier.selection.columns(source.shape[4], volume=source.shape[1] > 1)
    return Drift(round(float((weights * away).sum()), 4), names[worst].name if away.any() else "")


@lru_cache(maxsize=4)
def _training_quantiles(path: str, digest: str, volume: bool, channels: int) -> NDArray[np.float64] | None:  # noqa: ARG001, FBT001 - a key
    from batchwork.pixels.projects import read_project

    project = read_project(path)
    classifier = project.classifiers()[0]
    if not len(classifier.forest.used_columns()):
        return None
    samples = []
    for info in training_images(project)[:_MOST_IMAGES]:
        try:
            with open_image(info.location, axes=info.axes) as image:
                if (image.source.shape[1] > 1, image.source.shape[4]) == (volume, channels):
                    samples.append(_sampled(classifier, FiniteSource(image.source)))
        except BatchworkError:
            continue
    return np.quantile(np.concatenate(samples, axis=1), _LEVELS, axis=1) if samples else None


@dataclass(frozen=True, slots=True)
class TrainingImage:
    """A training image that was found."""

    location: str
    axes: str | None


def training_images(project: Project) -> list[TrainingImage]:
    """Find the raw images that a project was made with: where it says, or beside it."""
    raw = [info for info in project.inputs if info.role == "Raw Data"]
    return [found for info in raw if (found := found_at(project.path, info)) is not None]


def found_at(project: Path, info: DatasetInfo) -> TrainingImage | None:
    """Find one input of the project at a path; None where it is missing or was moved."""
    if info.inner_path is not None:
        return TrainingImage(f"{project.absolute()}/{info.inner_path}", info.axes or None)
    if not info.file_path:
        return None
    file, inner = split_inner(info.file_path)
    for path in (file, project.parent / file, project.parent / file.name):
        if path.exists():
            return TrainingImage(f"{path}/{inner}" if inner else str(path), None)
    return None


def _sampled(classifier: Classifier, source: PixelSource) -> NDArray[np.float32]:
    """Compute the features that a forest asks for in some tiles of an image: (columns, pixels)."""
    size: Size = source.shape[1], source.shape[2], source.shape[3]
    check_columns(classifier, source.shape[4], volume=size[0] > 1)
    wanted = classifier.forest.used_columns()
    kernels = FeatureKernels.of(classifier.selection, source.shape[4], volume=size[0] > 1, wanted=wanted)
    parts = [
        box_features(kernels, source.read(time, reach(box, size, kernels.halo)), box, size).reshape(len(wanted), -1)[
            :, ::_EVERY
        ]
        for time, box in _tiles(source.shape[0], size)
    ]
    return np.concatenate(parts, axis=1)


def _tiles(times: int, size: Size) -> Iterator[tuple[int, Box]]:
    """Choose tiles, spread evenly, the same for every image of a size."""
    tile = [min(extent, most) for extent, most in zip(size, _TILE, strict=True)]
    count = int(np.clip(_SHARE * times * np.prod(size) / np.prod(tile), _FEWEST, _MOST))
    for number in range(count):
        z, y, x = (
            _span(0.5 + step * number, extent, length) for step, extent, length in zip(_SPREAD, size, tile, strict=True)
        )
        yield number * times // count, (z, y, x)


def _span(place: float, extent: int, length: int) -> tuple[int, int]:
    start = int((place % 1.0) * (extent - length + 1))
    return start, start + length
