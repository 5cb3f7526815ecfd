"""Small projects, written part by part as ilastik stores them."""

import json

import h5py
import numpy as np

from batchwork.pixels.kernels.forest import LEAF
from batchwork.pixels.kernels.selection import Feature

NAMES = [feature.value for feature in Feature]
LEAF_TAG = 0x40000000
VIGRA = b"clazyflow.classifiers.parallelVigraRfLazyflowClassifier\nParallelVigraRfLazyflowClassifier\np0\n."
SKLEARN = b"clazyflow.classifiers.sklearnLazyflowClassifier\nSklearnLazyflowClassifier\np0\n."


def axistags(axes):
    kinds = {"c": 1, "t": 8}
    return json.dumps(
        {"axes": [{"key": a, "typeFlags": kinds.get(a, 2), "resolution": 0, "description": ""} for a in axes]}
    )


def tree_arrays(forest, number):
    """One tree in vigra's layout, its nodes depth first."""
    topology, parameters = [forest.columns, forest.classes], []

    def write(node):
        address = len(topology)
        if forest.column[node] == LEAF:
            topology.extend([LEAF_TAG, len(parameters)])
            parameters.extend([7.0, *forest.distributions[forest.left[node]]])
            return address
        topology.extend([0, len(parameters), 0, 0, int(forest.column[node])])
        parameters.extend([1.0, float(forest.threshold[node])])
        topology[address + 2] = write(forest.left[node])
        topology[address + 3] = write(forest.right[node])
        return address

    write(forest.roots[number])
    return np.array(topology, np.int32), np.array(parameters, np.float64)


def write_forests(group, forest, *, labels, split=2, name="Forest{:04d}"):
    """A forest in several parts, as ilastik's threads leave it."""
    for part, trees in enumerate(np.array_split(np.arange(forest.trees), split)):
        one = group.create_group(name.format(part))
        one.attrs["vigra_random_forest_version"] = [0.1]
        for key, value in (("class_count_", [forest.classes]), ("column_count_", [forest.columns])):
            one[f"_ext_param/{key}"] = np.array(value, float)
        one["_ext_param/labels"] = np.array(labels, np.uint32)
        one["_options/predict_weighted_"] = [0.0]
        for number, tree in enumerate(trees):
            width = len(str(len(trees) - 1))
            topology, parameters = tree_arrays(forest, tree)
            one[f"Tree_{number:0{width}d}/topology"] = topology
            one[f"Tree_{number:0{width}d}/parameters"] = parameters


def write_features(file, scales, ticked, in_2d=None, end=""):
    group = file.create_group("FeatureSelections" + end)
    group["FeatureIds"] = np.array(NAMES, "S")
    group["Scales"] = np.array(scales, float)
    group["SelectionMatrix"] = np.array(ticked, bool)
    if in_2d is not None:
        group["ComputeIn2d"] = np.array(in_2d, bool)
    return group


def write_input(
    file, *, lane=0, role="Raw Data", axes="yxc", shape=(8, 9, 1), kind="RelativeFilesystemDatasetInfo", **fields
):
    group = file.create_group(f"Input Data/infos/lane{lane:04d}/{role}")
    values = {"__class__": kind, "location": "FileSystem", "nickname": "cells",
              "filePath": "cells.png", "axistags": axistags(axes), **fields}  # fmt: skip
    for key, value in values.items():
        if value is not None:
            group[key] = value.encode()
    if shape is not None:
        group["shape"] = np.array(shape)


def write_stage(file, forest, *, labels=(1, 2), names=("cell", "rest"), end="", **layout):
    stage = file.create_group("PixelClassification" + end)
    stage["LabelNames"] = np.array([name.encode() for name in names], dtype=h5py.string_dtype())
    stage["LabelColors"] = np.arange(3 * len(names)).reshape(-1, 3)
    stage["PmapColors"] = np.arange(3 * len(names)).reshape(-1, 3)
    if forest is not None:
        forests = stage.create_group("ClassifierForests")
        write_forests(forests, forest, labels=labels, **layout)
        forests["known_labels"] = np.array(labels, np.uint32)
        forests["pickled_type"] = VIGRA
    return stage
