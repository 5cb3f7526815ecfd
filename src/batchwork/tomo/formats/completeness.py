"""Has a scan been recorded to its end, for whoever waits for scans to arrive.

The length of a dataset tells nothing: programs set the space of all frames aside before the first is recorded.
"""

from bisect import bisect_left
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from batchwork.tomo.formats.companions import Companions
from batchwork.tomo.formats.errors import MissingTheta, NoDarks, NoFlats, ScanDefect
from batchwork.tomo.formats.frame_set import FrameSet
from batchwork.tomo.formats.frame_stats import is_constant
from batchwork.tomo.formats.hdf5 import reading
from batchwork.tomo.formats.reader import lock_of, open_parts
from batchwork.tomo.formats.scan import Parts
from batchwork.tomo.formats.structure import structure_defects


@dataclass(frozen=True, slots=True)
class Completeness:
    """How far a scan has been recorded.

    Attributes
    ----------
    is_complete : bool
        Whether every frame that was promised is on disk and nobody writes the file.
    reason : str
        Why it is not complete; empty if it is.
    written, planned : int
        Projections on disk, and those that were promised; 0 where it cannot be told.
    """

    is_complete: bool
    reason: str = ""
    written: int = 0
    planned: int = 0


def is_complete(path: Path, *, theta: Path | None = None) -> bool:
    """Tell whether a scan has been recorded to its end; never raises for a bad file, see `how_complete`."""
    return how_complete(path, theta=theta).is_complete


def how_complete(path: Path, *, theta: Path | None = None) -> Completeness:
    """Find out how far a scan has been recorded; never raises for a bad file.

    As many projections are promised as there are angles; where there are none yet, the number of angles that
    the file names, or the length of its dataset. Of flats and darks those count that are in the file. Whether
    frames are sound is not looked at, see `check_scan`.

    Parameters
    ----------
    path : Path
        A DXchange or NXtomo file, a TIFF stack, or a folder of TIFFs; a file that is marked or locked by its
        writer is not complete, one that is cut off or cannot be read neither.
    theta : Path, optional
        Another file that has the angles.
    """
    try:
        locked = lock_of(path)
        with ExitStack() as files, reading(path):
            parts, defects = open_parts(files, path, Companions(theta=theta), while_written=True)
            found = _progress(parts, defects)
    except ScanDefect as defect:
        return Completeness(is_complete=False, reason=str(defect))
    if locked is not None:
        return replace(found, is_complete=False, reason=str(locked))
    return found


def _progress(parts: Parts, defects: list[ScanDefect]) -> Completeness:
    """Compare what is on disk with what was promised."""
    data, planned = parts.data, _planned(parts)
    for defect in (*structure_defects(replace(parts, theta=None)), *defects):
        if data is None or not isinstance(defect, NoFlats | NoDarks | MissingTheta):
            return Completeness(is_complete=False, reason=str(defect))
    if data is None or planned is None:
        return Completeness(is_complete=False, reason=f"{parts.path}: nothing says how many projections there will be")
    written = min(_written(data), planned)
    lacking = [f"{written} of {planned} projections"] if written < planned else []
    lacking += [_share_written(frames) for frames in (parts.flats, parts.darks) if frames and frames.unwritten().any()]
    reason = f"{parts.path}: only {', '.join(lacking)} are written" if lacking else ""
    return Completeness(not lacking, reason, written, planned)


def _share_written(frames: FrameSet) -> str:
    written = int(np.count_nonzero(~frames.unwritten()))
    return f"{written} of {frames.count} frames of {frames.source.name}"


def _planned(parts: Parts) -> int | None:
    """Say how many projections there will be, as far as the file tells."""
    if parts.theta is not None:
        return int(parts.theta.values.size)
    if parts.planned is not None:
        return parts.planned
    return parts.data.count if parts.data is not None and parts.kind != "tiff" else None


def _written(data: FrameSet) -> int:
    """Count the projections on disk, without those at the end that read as one value throughout."""
    written = int(np.count_nonzero(~data.unwritten()))
    if written < data.count or not is_constant(data, written - 1):
        return written
    return bisect_left(range(written), 1, key=lambda index: is_constant(data, index))
