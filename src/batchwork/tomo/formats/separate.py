"""Flats, darks and angles that are in other files than the projections."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Literal

import h5py

from batchwork.tomo.formats.companions import Companions
from batchwork.tomo.formats.errors import (
    MissingDataset,
    MissingTheta,
    NoDarks,
    NoFlats,
    NotATomographyFile,
    ScanDefect,
)
from batchwork.tomo.formats.flat_fields import one_group
from batchwork.tomo.formats.frame_set import FRAME_AXES, FrameSet
from batchwork.tomo.formats.hdf5 import attempt, datasets, has_hdf5_signature, open_hdf5, reading
from batchwork.tomo.formats.hdf5_frames import Hdf5Frames
from batchwork.tomo.formats.layouts import find_parts
from batchwork.tomo.formats.scan import Parts, Theta
from batchwork.tomo.formats.theta_files import read_theta, read_theta_text
from batchwork.tomo.formats.tiff_frames import TiffFrames, is_tiff

Kind = Literal["flats", "darks"]


def with_companions(files: ExitStack, parts: Parts, beside: Companions, defects: list[ScanDefect]) -> Parts:
    """Put what is in other files in the place of what was found of a scan.

    Parameters
    ----------
    files : ExitStack
        Takes the files that stay open.
    parts : Parts
        What was found.
    beside : Companions
        Where the rest is.
    defects : list of ScanDefect
        Is added to.
    """
    flats, darks, theta = beside.flats, beside.darks, beside.theta
    if flats is not None:
        found = attempt(lambda: frames_of(files, flats, "flats"), NoFlats, defects)
        parts = replace(parts, flats=found, flat_groups=one_group(found.count if found else 0))
    if darks is not None:
        parts = replace(parts, darks=attempt(lambda: frames_of(files, darks, "darks"), NoDarks, defects))
    if theta is not None:
        parts = replace(parts, theta=attempt(lambda: theta_of(theta), MissingTheta, defects))
    return parts


def frames_of(files: ExitStack, path: Path, kind: Kind) -> FrameSet:
    """Open the flats or darks of a file, or all frames of one that does not tell kinds apart.

    Parameters
    ----------
    files : ExitStack
        Takes the file, which stays open.
    path : Path
        A DXchange or NXtomo file, one with a single dataset of three axes, a TIFF file or a folder of TIFFs.
    kind : "flats" or "darks"
        What is looked for.

    Raises
    ------
    ScanDefect
        If there are none that can be read.
    """
    if is_tiff(path):
        return FrameSet.whole(TiffFrames.at(path, name=str(path)))
    file = files.enter_context(open_hdf5(path))
    with reading(path):
        found = _frames_in(file, kind)
    if isinstance(found.source, Hdf5Frames):
        return replace(found, source=replace(found.source, label=f"{found.source.name} of {path}"))
    return found


def _frames_in(file: h5py.File, kind: Kind) -> FrameSet:
    try:
        parts, defects = find_parts(file)
    except NotATomographyFile:
        return FrameSet.whole(Hdf5Frames(_only_dataset(file, FRAME_AXES)))
    wanted = parts.flats if kind == "flats" else parts.darks
    if wanted is not None and wanted.count:
        return wanted
    for defect in defects:
        if not isinstance(defect, MissingDataset):
            raise defect
    if parts.data is None or any(frames is not None and frames.count for frames in (parts.flats, parts.darks)):
        raise MissingDataset.at(parts.path, f"it holds no {kind}")
    return parts.data


def theta_of(path: Path) -> Theta:
    """Read the angles of a scan, of a file with a single dataset of one axis, or from text.

    Raises
    ------
    ScanDefect
        If there are none that can be read.
    """
    if not has_hdf5_signature(path):
        return read_theta_text(path)
    with open_hdf5(path) as file, reading(path):
        theta = _theta_in(file)
        return replace(theta, name=f"{theta.name} of {path}")


def _theta_in(file: h5py.File) -> Theta:
    try:
        parts, defects = find_parts(file)
    except NotATomographyFile:
        return read_theta(_only_dataset(file, 1))
    if parts.theta is None:
        raise defects[-1]  # the angles are looked for last
    return parts.theta


def _only_dataset(file: h5py.File, axes: int) -> h5py.Dataset:
    """Find the only dataset of so many axes."""
    found = [dataset for dataset in datasets(file) if dataset.ndim == axes and dataset.dtype.kind in "uif"]
    if len(found) == 1:
        return found[0]
    names = ", ".join(str(dataset.name) for dataset in found)
    what = f"{len(found)} ({names})" if found else "none"
    raise MissingDataset.at(Path(file.filename), f"of datasets with {axes} axes it has {what}, where one is needed")
