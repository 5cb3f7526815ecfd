"""Random forests in vigra's HDF5 layout.

A tree is two arrays. ``topology`` begins with the numbers of columns and classes; the root stands at 2. A node
that asks is (0, address of its parameters, left, right, column) with the parameters (weight, threshold); the way
goes left where the value is less than the threshold. A leaf is (0x40000000, address) with the parameters
(weight, probability of each class).
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.pixels.errors import DamagedProject, ForeignClassifier
from batchwork.pixels.kernels.forest import LEAF, Forest
from batchwork.pixels.projects.hdf5 import array, text, texts
from batchwork.pixels.projects.model import StoredClassifier

ROOT = 2
LEAF_TAG = 0x40000000
THRESHOLD_TAG = 0

_PICKLED_CLASS = re.compile(r"(\w*Classifier)\b")


def read_classifier(group: h5py.Group | None, path: Path) -> StoredClassifier | None:
    """Read the classifier of a stage; nothing is unpickled.

    Parameters
    ----------
    group : h5py.Group or None
        The stage's ``ClassifierForests``.
    path : Path
        The project, for errors.

    Returns
    -------
    StoredClassifier or None
        None where nothing was trained.

    Raises
    ------
    ForeignClassifier
        If the classifier is another than a random forest of vigra.
    DamagedProject
        If a tree cannot be walked, or forests contradict each other.
    """
    if group is None:
        return None
    forests = [one for name in sorted(group) if isinstance(one := group[name], h5py.Group) and "_ext_param" in one]
    if not forests:
        _refuse_foreign(group, path)
        return None
    labels = [tuple(int(label) for label in forest["_ext_param/labels"][()]) for forest in forests]
    known = array(group, "known_labels")
    known_labels = labels[0] if known is None else tuple(int(label) for label in known)
    if any(one != known_labels for one in labels):
        raise DamagedProject.at(path, f"{group.name}: the forests know different labels; train anew")
    forest, samples = _read_forest(forests, path)
    return StoredClassifier(forest, known_labels, texts(group, "feature_names"), samples)


def _refuse_foreign(group: h5py.Group, path: Path) -> None:
    stored = text(group, "pickled_type") or ""
    if "pickled_classifier" in group or stored:
        names = _PICKLED_CLASS.findall(stored)
        raise ForeignClassifier.at(
            path,
            f"its classifier ({names[-1] if names else 'of unknown kind'}) is stored as pickled Python objects, which "
            "are never loaded; choose the default Parallel Random Forest in ilastik and train, or train from the "
            "project's labels with `batchwork pixels train --from`",
        )


@dataclass(slots=True)
class _Nodes:
    """Nodes as they are collected, tree after tree."""

    column: list[int] = field(default_factory=list)
    threshold: list[float] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    distributions: list[NDArray[np.float64]] = field(default_factory=list)
    samples: list[float] = field(default_factory=list)
    roots: list[int] = field(default_factory=list)

    def place(self) -> int:
        """Append a node that is filled in later, and give its number."""
        self.column.append(LEAF)
        self.threshold.append(0.0)
        self.left.append(-1)
        self.right.append(-1)
        return len(self.column) - 1


def _read_forest(groups: list[h5py.Group], path: Path) -> tuple[Forest, NDArray[np.float64]]:
    nodes = _Nodes()
    sizes = {(_number(one, "column_count_"), _number(one, "class_count_")) for one in groups}
    if len(sizes) > 1:
        raise DamagedProject.at(path, f"its forests have different numbers of columns or classes: {sorted(sizes)}")
    ((columns, classes),) = sizes
    for group in groups:
        if _number(group, "predict_weighted_", "_options"):
            raise ForeignClassifier.at(path, f"{group.name}: votes are weighted, which ilastik never does; train anew")
        for name in sorted(name for name in group if name.startswith("Tree_")):
            _read_tree(group[name], classes, nodes, path)
    try:
        forest = Forest(
            column=np.array(nodes.column, np.int32),
            threshold=np.array(nodes.threshold, np.float64),
            left=np.array(nodes.left, np.int32),
            right=np.array(nodes.right, np.int32),
            distributions=np.array(nodes.distributions, np.float64).reshape(-1, classes),
            roots=np.array(nodes.roots, np.int32),
            columns=columns,
        )
    except ParameterError as error:
        raise DamagedProject.at(path, f"its forest is damaged: {error}; train anew") from error
    return forest, np.array(nodes.samples)


def _number(group: h5py.Group, name: str, folder: str = "_ext_param") -> int:
    found = group.get(f"{folder}/{name}")
    return 0 if found is None else int(np.ravel(found[()])[0])


def _read_tree(group: h5py.Group, classes: int, nodes: _Nodes, path: Path) -> None:
    topology = group["topology"][()].tolist()
    parameters = group["parameters"][()]
    nodes.roots.append(nodes.place())
    waiting, seen = [(ROOT, nodes.roots[-1])], {ROOT}
    while waiting:
        address, place = waiting.pop()
        children = _read_node(topology, parameters, address, place, classes, nodes, f"{path}: {group.name}")
        if seen.intersection(children) or len(set(children)) != len(children):
            raise DamagedProject(f"{path}: {group.name}: a node has two parents; train anew")
        seen.update(children)
        if children:
            nodes.left[place], nodes.right[place] = nodes.place(), nodes.place()
            waiting += [(children[1], nodes.right[place]), (children[0], nodes.left[place])]


def _read_node(
    topology: list[int],
    parameters: NDArray[np.float64],
    address: int,
    place: int,
    classes: int,
    nodes: _Nodes,
    where: str,
) -> tuple[int, ...]:
    """Fill in one node and give the addresses of its children."""
    if not ROOT <= address < len(topology) - 1:
        raise DamagedProject(f"{where}: a node's address {address} lies outside the tree; train anew")
    tag, at = topology[address : address + 2]
    if tag == LEAF_TAG and 0 <= at < len(parameters) - classes:
        nodes.left[place] = len(nodes.distributions)
        nodes.distributions.append(parameters[at + 1 : at + 1 + classes])
        nodes.samples.append(float(parameters[at]))
        return ()
    if tag != THRESHOLD_TAG or not 0 <= at < len(parameters) - 1 or address + 5 > len(topology):
        raise DamagedProject(f"{where}: node {address} is of unknown kind {tag:#x} or incomplete; train anew")
    nodes.threshold[place] = float(parameters[at + 1])
    nodes.column[place] = topology[address + 4]
    return topology[address + 2], topology[address + 3]
