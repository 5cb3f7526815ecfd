"""The inputs that a project was made with, and the settings of its export."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

import h5py
import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.errors import DamagedProject
from batchwork.pixels.projects.hdf5 import array, group, text
from batchwork.pixels.projects.model import DatasetInfo, ExportSettings


def read_inputs(root: h5py.Group, path: Path) -> tuple[DatasetInfo, ...]:
    """Read the inputs, lane by lane.

    Parameters
    ----------
    root : h5py.Group
        The project.
    path : Path
        Its file, for errors.

    Raises
    ------
    DamagedProject
        If the axes of an input are not stored as they should be.
    """
    lanes = group(root, "Input Data/infos")
    if lanes is None:
        return ()
    return tuple(
        info
        for number, name in enumerate(sorted(lanes))
        for role, one in sorted(lanes[name].items())
        if isinstance(one, h5py.Group) and len(one)
        for info in _dataset(one, number, role, root, path)
    )


def _dataset(one: h5py.Group, lane: int, role: str, root: h5py.Group, path: Path) -> Iterator[DatasetInfo]:
    internal = (text(one, "__class__") or text(one, "location") or "").startswith("ProjectInternal")
    embedded = [text(one, "inner_path"), f"Input Data/local_data/{text(one, 'datasetId')}"]
    shape = array(one, "shape")
    yield DatasetInfo(
        lane=lane,
        role=role,
        nickname=text(one, "nickname") or "",
        location="ProjectInternal" if internal else "FileSystem",
        file_path=text(one, "filePath") or "",
        axes=_axes(one, path),
        shape=() if shape is None else tuple(int(size) for size in np.atleast_1d(shape)),
        inner_path=next((name for name in embedded if name and name in root), None) if internal else None,
    )


def _axes(one: h5py.Group, path: Path) -> str:
    stored = text(one, "axistags")
    if not stored:
        return text(one, "axisorder") or ""
    try:
        return "".join(axis["key"] for axis in json.loads(stored)["axes"])
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise DamagedProject.at(path, f"{one.name}/axistags cannot be read: {error}") from error


def read_export(found: h5py.Group | None) -> ExportSettings:
    """Read the settings of the export, ``Prediction Export``."""
    if found is None:
        return ExportSettings()
    return ExportSettings(
        filename_format=text(found, "OutputFilenameFormat"),
        format=text(found, "OutputFormat"),
        internal_path=text(found, "OutputInternalPath"),
        axis_order=text(found, "OutputAxisOrder"),
        dtype=text(found, "ExportDtype"),
        region_start=_corner(found, "RegionStart"),
        region_stop=_corner(found, "RegionStop"),
        input_range=_range(found, "InputMin", "InputMax"),
        output_range=_range(found, "ExportMin", "ExportMax"),
    )


def _corner(found: h5py.Group, name: str) -> tuple[int | None, ...] | None:
    corner = array(found, name)
    return None if corner is None else tuple(None if at < 0 else int(at) for at in np.atleast_1d(corner).tolist())


def _range(found: h5py.Group, low: str, high: str) -> tuple[float, float] | None:
    ends = [float(np.ravel(end)[0]) for end in (array(found, low), array(found, high)) if _is_number(end)]
    return (ends[0], ends[1]) if len(ends) == len((low, high)) else None


def _is_number(value: NDArray[np.generic] | None) -> TypeGuard[NDArray[np.floating]]:
    return value is not None and value.size > 0 and value.dtype.kind in "iuf"
