"""Do the parts of a scan fit together: axes, sizes, counts."""

from collections.abc import Iterator
from pathlib import Path

from batchwork.tomo.formats.errors import (
    AbortedScan,
    MissingTheta,
    NoDarks,
    NoFlats,
    ScanDefect,
    ThetaMismatch,
    TooFewAngles,
    TooFewColumns,
    WrongShape,
    WrongType,
)
from batchwork.tomo.formats.frame_set import FRAME_AXES, FrameSet
from batchwork.tomo.formats.scan import Parts


def structure_defects(parts: Parts) -> Iterator[ScanDefect]:
    """Give the defects for which a scan cannot be read at all, the gravest first.

    What `find_parts` has already reported as missing is not reported again.
    """
    path = parts.path
    for frames in (parts.data, parts.flats, parts.darks):
        if frames is not None:
            yield from _frame_defects(path, frames)
    if parts.data is not None:
        yield from _size_defects(path, parts.data)
        for frames in (parts.flats, parts.darks):
            if frames is not None and frames.frame_shape != parts.data.frame_shape:
                yield WrongShape.at(path, _differs(frames, parts.data))
    if parts.flats is not None and parts.flats.count == 0:
        yield NoFlats.at(path, f"{parts.flats.source.name} holds no flat field")
    if parts.darks is not None and parts.darks.count == 0:
        yield NoDarks.at(path, f"{parts.darks.source.name} holds no dark field")
    yield from _theta_defects(parts)


def short_defect(parts: Parts) -> AbortedScan | None:
    """Give the defect of a scan with fewer projections than angles, if it is one."""
    if parts.data is None or parts.theta is None or parts.data.count >= parts.theta.values.size:
        return None
    have, want = parts.data.count, parts.theta.values.size
    return AbortedScan.at(
        parts.path, f"{parts.data.source.name} has {have} of the {want} frames for which there are angles"
    )


def _frame_defects(path: Path, frames: FrameSet) -> Iterator[ScanDefect]:
    name, shape = frames.source.name, frames.source.shape
    if shape is None or len(shape) != FRAME_AXES:
        yield WrongShape.at(path, f"{name} has shape {shape}, not (frames, rows, columns)")
    if frames.source.dtype.kind not in "uif":
        yield WrongType.at(path, f"{name} holds {frames.source.dtype}")


def _size_defects(path: Path, data: FrameSet) -> Iterator[ScanDefect]:
    if len(data.frame_shape) != FRAME_AXES - 1:
        return
    rows, columns = data.frame_shape
    name = data.source.name
    if data.count < 2:  # noqa: PLR2004 - one line of sight tells nothing of depth
        yield TooFewAngles.at(path, f"{name} holds {data.count} projections")
    if rows < 1:
        yield WrongShape.at(path, f"{name} has no rows")
    if columns < 2:  # noqa: PLR2004 - no width, no slice
        yield TooFewColumns.at(path, f"{name} is {columns} columns wide")


def _differs(frames: FrameSet, data: FrameSet) -> str:
    return (
        f"the frames of {frames.source.name} are {frames.frame_shape}, "
        f"those of {data.source.name} are {data.frame_shape}"
    )


def _theta_defects(parts: Parts) -> Iterator[ScanDefect]:
    if parts.theta is None or parts.data is None:
        return
    have, want = parts.theta.values.size, parts.data.count
    if have == 0:
        yield MissingTheta.at(parts.path, f"{parts.theta.name} is empty")
    elif have < want:
        yield ThetaMismatch.at(parts.path, f"{parts.theta.name} has {have} angles for {want} projections")
