"""Classes of objects, from the same forest on their properties."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.pixels.errors import MissingLabels
from batchwork.pixels.kernels.growing import grow_forest
from batchwork.pixels.kernels.votes import forest_probabilities
from batchwork.pixels.objects.kernels.thresholds import Thresholding
from batchwork.pixels.projects.model import StoredClassifier
from batchwork.pixels.training.training import Growth

Columns = Mapping[str, NDArray[np.generic]]

_PLACES = ("label", "t", "centre_", "start_", "stop_", "touches_border", "orientation")
"""Columns that say where an object lies rather than what it is."""
_LEAST_CLASSES = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """Which objects are meant."""

    thresholding: Thresholding
    class_number: int
    """Class of pixels that objects consist of, from 1 on."""


@dataclass(frozen=True, slots=True, eq=False)
class ObjectClassifier:
    """What tells objects apart, and how they are found."""

    stored: StoredClassifier
    label_names: tuple[str, ...]
    finding: Finding
    out_of_bag_error: float

    def classify(self, columns: Columns) -> dict[str, NDArray[np.generic]]:
        """Give the class of each object and its probabilities.

        Parameters
        ----------
        columns : mapping of str to (objects,) array
            The objects' properties.

        Returns
        -------
        dict
            ``class`` from 1 on, ``class_name``, and ``probability_of_<name>`` for each class.

        Raises
        ------
        ParameterError
            If a property is missing that the classifier was trained on.
        """
        missing = [name for name in self.stored.feature_names if name not in columns]
        if missing:
            hint = "; give the image by --raw" if missing[0].startswith("raw") else ""
            raise ParameterError(
                f"the classifier was trained on the property {missing[0]}, which is not measured here{hint}"
            )
        votes = self._votes(columns)
        known = np.array(self.stored.known_labels)
        found = known[votes.argmax(1)] if len(votes) else np.zeros(0, known.dtype)
        names = np.array(["", *self.label_names])
        shares = {f"probability_of_{names[label]}": votes[:, k] for k, label in enumerate(known)}
        return {"class": found, "class_name": names[found], **shares}

    def _votes(self, columns: Columns) -> NDArray[np.float32]:
        values = _table(columns, self.stored.feature_names)
        if not len(values):
            return np.zeros((0, len(self.stored.known_labels)), np.float32)
        return forest_probabilities(self.stored.forest, values)


def _table(columns: Columns, names: Sequence[str]) -> NDArray[np.float32]:
    return np.stack([np.asarray(columns[name], np.float32) for name in names], 1)


def describing(columns: Columns) -> tuple[str, ...]:
    """Name the properties that say what an object is, and not where."""
    return tuple(name for name in columns if not name.startswith(_PLACES))


def marked(labels: NDArray[np.int32], count: int, marks: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give each object the class that most of its marked pixels have.

    Parameters
    ----------
    labels : (…) int32
        Objects from 1 to `count`.
    count : int
        Number of objects.
    marks : (…) uint8
        Class of marked pixels, from 1 on; 0 where nothing is marked.

    Returns
    -------
    (count,) uint8
        0 for objects without marks; the smaller class where two are equal.
    """
    used = (labels > 0) & (marks > 0)
    table = np.zeros((count, 256), np.int64)
    np.add.at(table, (labels[used] - 1, marks[used]), 1)
    return np.asarray(table.argmax(1), np.uint8)


def train_objects(
    columns: Columns, classes: NDArray[np.uint8], names: Sequence[str], finding: Finding, growth: Growth
) -> ObjectClassifier:
    """Train on the objects that have a class.

    Parameters
    ----------
    columns : mapping of str to (objects,) array
        Properties of all objects.
    classes : (objects,) uint8
        From 1 on; 0 for objects that are not used.
    names : sequence of str
        Names of the classes; others are called Label 1, Label 2, ….
    finding : Finding
        How the objects were found.
    growth : Growth
        How the forest is grown.

    Raises
    ------
    MissingLabels
        If objects of fewer than two classes are marked.
    """
    used = classes > 0
    known = np.unique(classes[used])
    if len(known) < _LEAST_CLASSES:
        raise MissingLabels(f"objects of {len(known)} classes are marked; at least two are needed to tell them apart")
    properties = describing(columns)
    values = _table(columns, properties)[used]
    grown = grow_forest(
        values, np.searchsorted(known, classes[used]), class_count=len(known), trees=growth.trees, seed=growth.seed,
        threads=growth.threads,
    )  # fmt: skip
    labels = tuple(int(label) for label in known)
    stored = StoredClassifier(grown.forest, labels, properties, grown.samples.astype(np.float64))
    called = (*names, *(f"Label {i}" for i in range(len(names) + 1, labels[-1] + 1)))[: labels[-1]]
    return ObjectClassifier(stored, tuple(called), finding, grown.out_of_bag_error)
