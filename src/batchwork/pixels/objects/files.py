"""One file of probabilities in, label image and table out."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from batchwork.pixels.objects.classifying import Finding, ObjectClassifier
from batchwork.pixels.objects.kernels.thresholds import Thresholding
from batchwork.pixels.objects.measuring import classified, measure, write_objects
from batchwork.pixels.objects.projects import read_object_classifier
from batchwork.pixels.objects.tables import write_table


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of one file."""

    probabilities: Path | str
    raw: str | None
    """The image that was classified, for brightness."""
    thresholding: Thresholding
    class_number: int
    """Class of pixels that objects consist of."""
    classifier: Path | None
    """It says itself how objects are found."""
    axes: str | None = None


def objects_of_file(asked: Request, objects: Path, table: Path, form: str) -> int:
    """Find, measure and classify the objects of one file.

    Parameters
    ----------
    asked : Request
        What is asked.
    objects, table : Path
        HDF5 file with label image and table, and the table alone.
    form : str
        csv or parquet.

    Returns
    -------
    int
        Number of objects.
    """
    classifier = None if asked.classifier is None else read_object_classifier(asked.classifier)
    found = measure(asked.probabilities, _finding(asked, classifier), raw=asked.raw, axes=asked.axes)
    if classifier is not None:
        found = classified(found, classifier)
    write_objects(objects, found, None if classifier is None else np.asarray(found.columns["class"]))
    write_table(table, found.columns, form)
    return sum(found.counts)


def _finding(asked: Request, classifier: ObjectClassifier | None) -> Finding:
    return Finding(asked.thresholding, asked.class_number) if classifier is None else classifier.finding
