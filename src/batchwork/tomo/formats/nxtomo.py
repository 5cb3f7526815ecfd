"""Finding the parts of a scan in an NXtomo file (Diamond, ESRF and others).

All frames stand in one stack; ``image_key`` tells what each one is: 0 projection, 1 flat, 2 dark.
Known layouts::

    entry1/tomo_entry/{data/data, data/rotation_angle, instrument/detector/image_key}
    entry/{data/data, sample/rotation_angle, instrument/detector/{data, image_key}}
    entry/{imaging/data, imaging/gts_theta_value, instrument/imaging/image_key}

References
----------
NeXus application definition NXtomo, https://manual.nexusformat.org/classes/applications/NXtomo.html
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from batchwork.io.broken import check_declared
from batchwork.tomo.formats.companions import NONE, Companions
from batchwork.tomo.formats.errors import BrokenExternalLink, MissingDataset, MissingTheta, ScanDefect, WrongShape
from batchwork.tomo.formats.flat_fields import groups_at
from batchwork.tomo.formats.frame_set import FRAME_AXES, FrameSet
from batchwork.tomo.formats.hdf5 import attempt, child, find, find_dataset, reading
from batchwork.tomo.formats.hdf5_frames import Hdf5Frames
from batchwork.tomo.formats.pixel_size import PixelSize, read_pixel_size
from batchwork.tomo.formats.scan import Parts, Theta
from batchwork.tomo.formats.theta_files import read_theta

PROJECTION, FLAT, DARK = 0, 1, 2
_ANGLE_WORDS = ("theta", "angle", "rotation")


def is_nxtomo(file: h5py.File) -> bool:
    """Tell whether the file has an `image_key` beside a detector."""
    return _detector(file) is not None


def _groups(group: h5py.Group) -> Iterator[h5py.Group]:
    """Give the groups inside a group, passing over links that lead nowhere."""
    for name in group:
        try:
            found = child(group, name)
        except ScanDefect:
            continue
        if isinstance(found, h5py.Group):
            yield found


def _detector(file: h5py.File) -> tuple[h5py.Group, h5py.Group] | None:
    """Find the entry and its detector, the group that holds `image_key`.

    Other instruments of the beamline may carry an `image_key` too: the first whose frames are there counts.
    """
    found = list(_detectors(file))
    for entry, detector in found:
        data = _quietly(entry, f"{_data_group(entry, detector)}/data") or _quietly(detector, "data")
        if isinstance(data, h5py.Dataset) and data.ndim == FRAME_AXES:
            return entry, detector
    return found[0] if found else None


def _detectors(file: h5py.File) -> Iterator[tuple[h5py.Group, h5py.Group]]:
    for top in _groups(file):
        for entry in (top, *_groups(top)):
            instrument = _quietly(entry, "instrument")
            if isinstance(instrument, h5py.Group):
                yield from ((entry, group) for group in _groups(instrument) if "image_key" in group)


def find_parts(file: h5py.File, beside: Companions = NONE) -> tuple[Parts, list[ScanDefect]]:
    """Find what there is of a scan; as `dxchange.find_parts`."""
    defects: list[ScanDefect] = []
    parts = Parts(Path(file.filename), "nxtomo")
    found = _detector(file)
    if found is None:
        return parts, [MissingDataset.at(parts.path, "no detector has an image_key")]
    entry, detector = found
    data = attempt(lambda: _frames(file, entry, detector), MissingDataset, defects)
    key = attempt(lambda: _image_key(detector), MissingDataset, defects)
    if data is None or key is None:
        return parts, defects
    parts = replace(_told_apart(parts, Hdf5Frames(data), key), pixel_size=_pixel_size(entry, detector))
    if beside.theta is None:
        theta = attempt(lambda: _theta(entry, detector, key), MissingTheta, defects)
        parts = replace(parts, theta=theta)
    return parts, defects


def _told_apart(parts: Parts, stack: Hdf5Frames, key: NDArray[np.int64]) -> Parts:
    """Add the frames of each kind, and where the flats stand among the projections."""
    kinds = np.full(stack.shape[0] if stack.shape else 0, -1, np.int64)
    kinds[: key.size] = key[: kinds.size]
    before = np.cumsum(kinds == PROJECTION)[kinds == FLAT]
    data, flats, darks = (FrameSet.chosen(stack, kinds == kind) for kind in (PROJECTION, FLAT, DARK))
    return replace(parts, data=data, flats=flats, darks=darks, flat_groups=groups_at(before))


def _pixel_size(entry: h5py.Group, detector: h5py.Group) -> PixelSize:
    """Read the pixel size at the sample, else that of the detector."""
    names = (f"{entry.name}/sample/x_pixel_size", f"{detector.name}/x_pixel_size")
    return read_pixel_size(entry.file, names)


def _data_group(entry: h5py.Group, detector: h5py.Group) -> str:
    """Name the NXdata group of a detector: of the same name, or plainly ``data``."""
    same = str(detector.name).rsplit("/", 1)[-1]
    return same if isinstance(find(entry, same), h5py.Group) else "data"


def _frames(file: h5py.File, entry: h5py.Group, detector: h5py.Group) -> h5py.Dataset:
    """Find the frames of the chosen detector.

    Raises
    ------
    BrokenExternalLink
        If they are not there; it names the frames of all detectors, as nothing tells which of them took the scan.
    """
    try:
        return _data(entry, detector)
    except BrokenExternalLink:
        links = [text for one in _detectors(file) if (text := _broken_link(*one))]
        raise BrokenExternalLink.at(Path(file.filename), "; ".join(links)) from None


def _broken_link(entry: h5py.Group, detector: h5py.Group) -> str:
    """Say where the frames of a detector would be; "" if they are there, or missing in another way."""
    try:
        _data(entry, detector)
    except BrokenExternalLink as error:
        return str(error).removeprefix(f"{Path(entry.file.filename)}: ").removesuffix(f"; {error.remedy}")
    except ScanDefect:
        return ""
    return ""


def _data(entry: h5py.Group, detector: h5py.Group) -> h5py.Dataset:
    try:
        return find_dataset(entry, f"{_data_group(entry, detector)}/data")
    except MissingDataset:
        return find_dataset(detector, "data")


def _image_key(detector: h5py.Group) -> NDArray[np.int64]:
    dataset = find_dataset(detector, "image_key")
    path = Path(dataset.file.filename)
    if dataset.shape is None or dataset.ndim != 1 or dataset.dtype.kind not in "ui":
        raise WrongShape.at(path, f"{dataset.name} is {dataset.dtype} {dataset.shape}, not one integer a frame")
    with reading(path, dataset.name):
        check_declared(dataset.nbytes, path.stat().st_size)
        return np.asarray(dataset[:], dtype=np.int64)


def _theta(entry: h5py.Group, detector: h5py.Group, key: NDArray[np.int64]) -> Theta:
    """Read the angles of the projections, where there is one for every frame or for every projection."""
    theta = read_theta(find_dataset(entry, _theta_name(entry, _data_group(entry, detector))))
    if theta.values.size == np.count_nonzero(key == PROJECTION):
        return theta
    values = theta.values[: key.size]
    return replace(theta, values=values[key[: values.size] == PROJECTION])


def _theta_name(entry: h5py.Group, group: str) -> str:
    """Name the angles: by the standard's name, else by what the dataset beside the frames is called."""
    names = [f"{group}/rotation_angle", "sample/rotation_angle", "sample/transformations/rotation_angle"]
    names += [f"{group}/{name}" for name in _angle_names(find(entry, group))]
    there = (name for name in names if isinstance(_quietly(entry, name), h5py.Dataset))
    return next(there, names[0])


def _quietly(group: h5py.Group, name: str) -> h5py.Dataset | h5py.Group | None:
    try:
        return find(group, name)
    except ScanDefect:
        return None


def _angle_names(group: h5py.Dataset | h5py.Group | None) -> list[str]:
    """Name the members of a group that may be its angles, those read back before those asked for."""
    names = [] if not isinstance(group, h5py.Group) else list(group)
    fitting = [name for name in names if any(word in name.lower() for word in _ANGLE_WORDS)]
    return sorted(fitting, key=lambda name: (name.endswith("_set"), name))
