"""The feature selection of a stage."""

from pathlib import Path

import h5py
import numpy as np

from batchwork.errors import ParameterError
from batchwork.pixels.errors import DamagedProject
from batchwork.pixels.kernels.selection import Feature, FeatureSelection
from batchwork.pixels.projects.hdf5 import array, texts


def read_selection(group: h5py.Group | None, path: Path) -> FeatureSelection | None:
    """Read which features are selected.

    Parameters
    ----------
    group : h5py.Group or None
        The stage's ``FeatureSelections``.
    path : Path
        The project, for errors.

    Returns
    -------
    FeatureSelection or None
        None where nothing was ever selected. Projects older than 1.3.2 do not say which scales are computed
        slice by slice.

    Raises
    ------
    DamagedProject
        If its parts contradict each other, or a feature is unknown.
    """
    if group is None or any(array(group, name) is None for name in ("FeatureIds", "Scales", "SelectionMatrix")):
        return None
    in_2d = array(group, "ComputeIn2d")
    try:
        return FeatureSelection(
            features=tuple(_feature(name, path) for name in texts(group, "FeatureIds")),
            scales=tuple(float(scale) for scale in group["Scales"][()]),
            ticked=tuple(tuple(bool(tick) for tick in row) for row in group["SelectionMatrix"][()]),
            in_2d=None if in_2d is None else tuple(bool(flat) for flat in np.atleast_1d(in_2d)),
        )
    except ParameterError as error:
        raise DamagedProject.at(path, f"{group.name}: {error}; select the features anew in ilastik") from error


def _feature(name: str, path: Path) -> Feature:
    try:
        return Feature(name)
    except ValueError:
        known = ", ".join(feature.value for feature in Feature)
        raise DamagedProject.at(path, f"FeatureIds: {name!r} is unknown; known are {known}") from None
