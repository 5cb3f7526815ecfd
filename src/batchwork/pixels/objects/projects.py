"""Object classifiers in files: the forest in vigra's layout, and how the objects are found.

The groups are named as in ilastik's object classification, but the properties are our own, so that ilastik cannot
use the file.
"""

from pathlib import Path

import h5py
import numpy as np

from batchwork.pixels.errors import DamagedProject, MissingClassifier, NotAProject
from batchwork.pixels.objects.classifying import Finding, ObjectClassifier
from batchwork.pixels.objects.kernels.thresholds import Thresholding
from batchwork.pixels.projects.forests import read_classifier
from batchwork.pixels.projects.hdf5 import array, group, open_project, texts
from batchwork.pixels.projects.writing import VERSION, replacing
from batchwork.pixels.projects.writing_forests import write_classifier

WORKFLOW = "Object Classification"
_STAGE, _FINDING = "ObjectClassification", "ThresholdTwoLevels"


def write_object_classifier(path: Path, classifier: ObjectClassifier) -> None:
    """Write a classifier; the file appears whole or not at all.

    Raises
    ------
    UnwritableProject
        If it cannot be written.
    """
    with replacing(path) as file:
        file["workflowName"], file["ilastikVersion"] = WORKFLOW.encode(), VERSION.encode()
        stage = file.create_group(_STAGE)
        stage["LabelNames"] = np.array([name.encode() for name in classifier.label_names])
        stage["OutOfBagError"] = classifier.out_of_bag_error
        write_classifier(stage.create_group("ClassifierForests"), classifier.stored)
        for name in classifier.stored.feature_names:
            stage.require_group(f"SelectedFeatures/Batchwork/{name}")
        _write_finding(file.create_group(_FINDING), classifier.finding)


def _write_finding(found: h5py.Group, finding: Finding) -> None:
    options = finding.thresholding
    found["Channel"] = finding.class_number - 1
    found["LowThreshold"] = options.threshold
    found["HighThreshold"] = options.threshold if options.core is None else options.core
    found["CurOperator"] = 0 if options.core is None else 1
    found["MinSize"], found["MaxSize"] = options.min_size, -1 if options.max_size is None else options.max_size
    found["Corners"] = options.corners
    for axis, sigma in zip("zyx", options.sigma, strict=True):
        found[f"SmootherSigma/{axis}"] = float(sigma)


def read_object_classifier(path: Path) -> ObjectClassifier:
    """Read a classifier that `write_object_classifier` has written.

    Raises
    ------
    MissingProject, NotAProject, DamagedProject
        If the file is none, or classifies no objects.
    MissingClassifier
        If it was never trained, or on properties of another program.
    """
    with open_project(path) as file:
        stage, finding = group(file, _STAGE), group(file, _FINDING)
        if stage is None:
            raise NotAProject.at(path, "classifies no objects; train one with `pixels objects --train`")
        stored = read_classifier(group(stage, "ClassifierForests"), path)
        if stored is None or "SelectedFeatures/Batchwork" not in stage:
            raise MissingClassifier.at(
                path,
                "holds no classifier on properties that are measured here; train one with `pixels objects --train`",
            )
        if finding is None or array(finding, "MinSize") is None:
            raise DamagedProject.at(path, "does not say how its objects are found; train anew")
        names = texts(stage, "LabelNames")
        return ObjectClassifier(stored, names, _read_finding(finding), float(stage["OutOfBagError"][()]))


def _read_finding(found: h5py.Group) -> Finding:
    values = {name: found[name][()] for name in found if name != "SmootherSigma"}
    z, y, x = (float(found[f"SmootherSigma/{axis}"][()]) for axis in "zyx")
    options = Thresholding(
        threshold=float(values["LowThreshold"]),
        core=float(values["HighThreshold"]) if values["CurOperator"] else None,
        sigma=(z, y, x),
        min_size=int(values["MinSize"]),
        max_size=None if values["MaxSize"] < 0 else int(values["MaxSize"]),
        corners=bool(values["Corners"]),
    )
    return Finding(options, int(values["Channel"]) + 1)
