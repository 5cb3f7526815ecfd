"""Finding the parts of a scan in a DXchange file (APS and others).

Projections, flats and darks are ``/exchange/data``, ``data_white`` and ``data_dark``, (frames, rows,
columns); ``/exchange/theta`` holds the angles in degrees.

References
----------
De Carlo et al., J. Synchrotron Rad. 21 (2014) 1224.
"""

from pathlib import Path

import h5py
import numpy as np

from batchwork.tomo.formats.companions import NONE, Companions
from batchwork.tomo.formats.errors import MissingDataset, MissingTheta, NoDarks, NoFlats, ScanDefect
from batchwork.tomo.formats.flat_fields import FlatGroup, before_and_after, one_group
from batchwork.tomo.formats.frame_set import FrameSet
from batchwork.tomo.formats.hdf5 import attempt, find, find_dataset, text_of
from batchwork.tomo.formats.hdf5_frames import Hdf5Frames
from batchwork.tomo.formats.pixel_size import PixelSize, read_pixel_size, scalar
from batchwork.tomo.formats.scan import Parts, Theta
from batchwork.tomo.formats.theta_files import read_theta

DATA, FLATS, DARKS = "exchange/data", "exchange/data_white", "exchange/data_dark"
_PIXEL_SIZES = (
    "measurement/instrument/detection_system/objective/resolution",
    "measurement/instrument/detector/pixel_size",
)
_MAGNIFICATION = "measurement/instrument/detection_system/objective/magnification"
_FLAT_MODE = "process/acquisition/flat_fields/flat_field_mode"
"""When flats are taken: Start, End, Both or None; so TomoScan, the APS's acquisition, writes it."""
_PLANNED = "process/acquisition/rotation/num_angles"
_FLAT_COUNT = "process/acquisition/flat_fields/num_flat_fields"
"""Flats taken each time."""


def is_dxchange(file: h5py.File) -> bool:
    """Tell whether the file is laid out as DXchange."""
    return isinstance(find(file, "exchange"), h5py.Group)


def find_parts(file: h5py.File, beside: Companions = NONE) -> tuple[Parts, list[ScanDefect]]:
    """Find what there is of a scan.

    Parameters
    ----------
    file : h5py.File
        The scan.
    beside : Companions
        What is given there is not looked for here.

    Returns
    -------
    parts : Parts
        None for what is missing.
    defects : list of ScanDefect
        Why it is missing.
    """
    defects: list[ScanDefect] = []

    def frames(name: str, missing: type[MissingDataset]) -> FrameSet | None:
        return attempt(lambda: FrameSet.whole(Hdf5Frames.at(file, name)), missing, defects)

    def angles() -> Theta:
        return read_theta(find_dataset(file, "exchange/theta"))

    data = frames(DATA, MissingDataset)
    flats = frames(FLATS, NoFlats) if beside.flats is None else None
    darks = frames(DARKS, NoDarks) if beside.darks is None else None
    theta = attempt(angles, MissingTheta, defects) if beside.theta is None else None
    groups = _flat_groups(file, flats.count, data.count) if flats is not None and data is not None else ()
    path, planned = Path(file.filename), _count(file, _PLANNED)
    return Parts(path, "dxchange", data, flats, darks, theta, groups, planned, _pixel_size(file)), defects


def _flat_groups(file: h5py.File, count: int, angles: int) -> tuple[FlatGroup, ...]:
    """Tell which flats were taken before the projections and which after.

    Where the file does not say so, half of them each.
    """
    mode = find(file, _FLAT_MODE)
    when = text_of(mode[()]).lower() if isinstance(mode, h5py.Dataset) else ""
    if when in {"start", "end", "none"}:
        return before_and_after(count, 0 if when == "end" else count, angles)
    each = _count(file, _FLAT_COUNT) if when == "both" else None
    before = each if each is not None and each < count else count // 2
    return before_and_after(count, before, angles) if before else one_group(count)


def _count(file: h5py.File, name: str) -> int | None:
    """Read a number of frames; None where the file has no positive one."""
    dataset = find(file, name)
    value = scalar(dataset) if isinstance(dataset, h5py.Dataset) else None
    return int(value) if value is not None and np.isfinite(value) and value >= 1 else None


def _pixel_size(file: h5py.File) -> PixelSize:
    """Read the pixel size at the sample, else that of the camera over the magnification."""
    return read_pixel_size(file, _PIXEL_SIZES, _MAGNIFICATION)
