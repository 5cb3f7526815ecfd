"""Training of an object classifier on marks in images."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.pixels.images.opening import open_image
from batchwork.pixels.objects.classifying import Finding, ObjectClassifier, marked, train_objects
from batchwork.pixels.objects.measuring import MeasuredObjects, measure
from batchwork.pixels.objects.tables import joined
from batchwork.pixels.training.label_images import read_labels
from batchwork.pixels.training.training import Growth


@dataclass(frozen=True, slots=True, eq=False)
class TrainedOnFiles:
    """A classifier and how many objects of each class it has seen."""

    classifier: ObjectClassifier
    marked: dict[str, int]


def train_on_files(
    probabilities: Sequence[str],
    raw: Sequence[str],
    labels: Sequence[str],
    finding: Finding,
    names: Sequence[str],
    growth: Growth,
) -> TrainedOnFiles:
    """Train on the objects of several files.

    Parameters
    ----------
    probabilities : sequence of str
        Files.
    raw : sequence of str
        Their images; may be empty.
    labels : sequence of str
        Marks on each: the class from 1 on, 0 where nothing is marked.
    finding : Finding
        Which objects.
    names : sequence of str
        Names of the classes.
    growth : Growth
        How the forest is grown.

    Raises
    ------
    MissingLabels
        If objects of fewer than two classes are marked.
    WrongLabels
        If marks do not fit their image.
    """
    images: Sequence[str | None] = raw or [None] * len(probabilities)
    found = [measure(file, finding, raw=image) for file, image in zip(probabilities, images, strict=True)]
    classes = [_classes(one, file, marks) for one, file, marks in zip(found, probabilities, labels, strict=True)]
    columns = [set(one.columns) for one in found]
    if any(one != columns[0] for one in columns):
        raise ParameterError(
            "the files are of different kinds: in some objects have other properties; train on one kind"
        )
    chosen = np.concatenate(classes)
    classifier = train_objects(joined([one.columns for one in found]), chosen, names, finding, growth)
    counts = np.bincount(chosen, minlength=len(classifier.label_names) + 1)[1:]
    told = {name: int(count) for name, count in zip(classifier.label_names, counts, strict=True)}
    return TrainedOnFiles(classifier, told)


def _classes(found: MeasuredObjects, file: str, labels: str) -> NDArray[np.uint8]:
    """Give the class of each object of a file; 0 where none is marked."""
    with open_image(file) as image, open_image(labels, default_axes=found.axes) as drawn:
        marks = read_labels(drawn, image)
    parts = [marked(*one) for one in zip(found.labels, found.counts, marks, strict=True)]
    return np.concatenate(parts)
