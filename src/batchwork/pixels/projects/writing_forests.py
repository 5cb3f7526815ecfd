"""Random forests written in vigra's HDF5 layout, which `batchwork.pixels.projects.forests` describes."""

import h5py
import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.kernels.forest import LEAF, Forest
from batchwork.pixels.kernels.growing import columns_tried
from batchwork.pixels.projects.forests import LEAF_TAG, ROOT, THRESHOLD_TAG
from batchwork.pixels.projects.model import StoredClassifier

_LAYOUT_VERSION = 0.1
_QUESTION, _TIP = 5, 2
"""Numbers that a node takes in ``topology``."""
_OPTIONS = {
    "training_set_proportion_": 1.0,
    "training_set_size_": 0.0,
    "training_set_func_": 0.0,
    "training_set_calc_switch_": 1.0,
    "stratification_method_": 3.0,
    "sample_with_replacement_": 1.0,
    "mtry_": 0.0,
    "mtry_func_": 0.0,
    "mtry_switch_": 6.0,
    "min_split_node_size_": 1.0,
    "predict_weighted_": 0.0,
    "prepare_online_learning_": 0.0,
}
"""How ilastik trains: as many rows as there are, with replacement; the square root of the columns; to pure leaves."""


def write_classifier(group: h5py.Group, classifier: StoredClassifier) -> None:
    """Write a classifier as one forest.

    Parameters
    ----------
    group : h5py.Group
        The stage's ``ClassifierForests``, empty.
    classifier : StoredClassifier
        The forest; reading it back gives the same votes.
    """
    forest = classifier.forest
    one = group.create_group("Forest0000")
    one.attrs["vigra_random_forest_version"] = np.array([_LAYOUT_VERSION])
    for name, value in {**_OPTIONS, "tree_count_": float(forest.trees)}.items():
        one[f"_options/{name}"] = np.array([value])
    _write_facts(one.create_group("_ext_param"), classifier)
    width = len(str(forest.trees - 1))
    for number, (topology, parameters) in enumerate(tree_arrays(forest, classifier.samples)):
        tree = one.create_group(f"Tree_{number:0{width}d}")
        tree["topology"], tree["parameters"] = topology, parameters
    group["known_labels"] = np.array(classifier.known_labels, np.uint32)
    group["feature_names"] = np.array([name.encode() for name in classifier.feature_names])


def _write_facts(group: h5py.Group, classifier: StoredClassifier) -> None:
    forest = classifier.forest
    first = slice(0, forest.roots[1] if forest.trees > 1 else len(forest.column))
    rows = float(classifier.samples[forest.left[first][forest.column[first] == LEAF]].sum())
    facts = {
        "column_count_": forest.columns,
        "row_count_": rows,
        "class_count_": forest.classes,
        "actual_mtry_": columns_tried(forest.columns),
        "actual_msample_": rows,
        "problem_type_": 1.0,
        "used_": 1.0,
        "is_weighted_": 1.0,
        "precision_": 0.0,
        "response_size_": 1.0,
    }
    for name, value in facts.items():
        group[name] = np.array([float(value)])
    group["class_weights_"] = np.ones(forest.classes)
    group["labels"] = np.array(classifier.known_labels, np.uint32)


def tree_arrays(forest: Forest, samples: NDArray[np.float64]) -> list[tuple[NDArray[np.int32], NDArray[np.float64]]]:
    """Lay out each tree.

    Parameters
    ----------
    forest : Forest
        The trees.
    samples : (leaves,) float64
        Weight of each leaf.

    Returns
    -------
    list of tuple
        ``topology`` (int32) and ``parameters`` (float64) of each tree.
    """
    ends = [*forest.roots[1:], len(forest.column)]
    return [_tree(forest, samples, slice(start, end)) for start, end in zip(forest.roots, ends, strict=True)]


def _tree(forest: Forest, samples: NDArray[np.float64], nodes: slice) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    column, classes = forest.column[nodes], forest.classes
    is_leaf = column == LEAF
    address = ROOT + _starts(np.where(is_leaf, _TIP, _QUESTION))
    place = _starts(np.where(is_leaf, 1 + classes, 2))
    topology, parameters = np.empty(address[-1], np.int32), np.empty(place[-1])
    topology[:ROOT] = forest.columns, classes
    asks, tips = np.flatnonzero(~is_leaf), np.flatnonzero(is_leaf)
    children = address[forest.left[nodes][asks] - nodes.start], address[forest.right[nodes][asks] - nodes.start]
    question = np.full(len(asks), THRESHOLD_TAG), place[asks], *children, column[asks]
    topology[address[asks][:, None] + np.arange(_QUESTION)] = np.stack(question, 1)
    parameters[place[asks]], parameters[place[asks] + 1] = 1.0, forest.threshold[nodes][asks]
    leaves = forest.left[nodes][tips]
    topology[address[tips]], topology[address[tips] + 1] = LEAF_TAG, place[tips]
    parameters[place[tips]] = samples[leaves]
    parameters[place[tips][:, None] + 1 + np.arange(classes)] = forest.distributions[leaves]
    return topology, parameters


def _starts(sizes: NDArray[np.integer]) -> NDArray[np.int64]:
    """Give where each piece begins when they stand in a row, and where the last ends."""
    return np.concatenate([[0], np.cumsum(sizes)])
