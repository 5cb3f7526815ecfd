"""Is a scan complete and sound."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from batchwork.tomo.formats.companions import Companions
from batchwork.tomo.formats.errors import (
    AbortedScan,
    AcquisitionInProgress,
    ChunkPerProjection,
    LockedFile,
    OddWidth,
    ScanDefect,
)
from batchwork.tomo.formats.findings import Finding
from batchwork.tomo.formats.frame_set import FrameSet
from batchwork.tomo.formats.frames import frame_findings
from batchwork.tomo.formats.hdf5 import reading
from batchwork.tomo.formats.reader import lock_of, open_parts
from batchwork.tomo.formats.scan import Parts
from batchwork.tomo.formats.structure import short_defect, structure_defects
from batchwork.tomo.formats.theta import theta_findings


def check_scan(
    path: Path,
    *,
    flats: Path | None = None,
    darks: Path | None = None,
    theta: Path | None = None,
    deep: bool = False,
) -> list[Finding]:
    """Check a scan; never raises for a bad file.

    Cheap checks come first; a file whose structure is broken is not read further. Nothing is written or
    locked.

    Parameters
    ----------
    path : Path
        The scan.
    flats, darks, theta : Path, optional
        Other files that have what the scan's own lacks; as in `open_scan`.
    deep : bool
        Read every frame; otherwise up to 16 of each kind, the first and the last among them.

    Returns
    -------
    list of Finding
        Empty if there is nothing to say; see `Finding.severity`.
    """
    beside = Companions(flats, darks, theta)
    findings: list[Finding] = []
    try:
        locked = lock_of(path)
        with ExitStack() as files, reading(path):
            if locked is not None:
                return [Finding.of(_still_written(files, path, beside, locked))]
            for finding in _findings(*open_parts(files, path, beside), deep=deep):
                findings.append(finding)  # noqa: PERF402 - what was found before an error is kept
    except LockedFile as defect:
        return [Finding.of(defect)]
    except ScanDefect as defect:
        findings.append(Finding.of(defect))
    return findings


def require_sound(
    path: Path,
    *,
    flats: Path | None = None,
    darks: Path | None = None,
    theta: Path | None = None,
    accept_short: bool = False,
    deep: bool = False,
) -> list[Finding]:
    """Check a scan and raise the first error.

    Parameters
    ----------
    path, flats, darks, theta : Path
        As in `check_scan`.
    accept_short : bool
        Fewer projections than angles are no error.
    deep : bool
        As in `check_scan`.

    Returns
    -------
    list of Finding
        Warnings and notes, and the shortness that was accepted, as a warning.

    Raises
    ------
    ScanDefect
        Of the class of the first error.
    """
    findings = check_scan(path, flats=flats, darks=darks, theta=theta, deep=deep)
    if accept_short:
        short = AbortedScan.__name__
        findings = [Finding(f.defect, "warning", f.message) if f.defect == short else f for f in findings]
    for finding in findings:
        if finding.is_error:
            raise finding.exception()
    return findings


def _still_written(files: ExitStack, path: Path, beside: Companions, locked: LockedFile) -> ScanDefect:
    """Tell a scan that is being recorded from a file that a program merely holds open."""
    try:
        parts, defects = open_parts(files, path, beside, while_written=True)
    except ScanDefect:
        return locked
    if parts.data is None or next(structure_defects(parts), None) is not None or defects:
        return locked
    there = parts.data.count - np.count_nonzero(parts.data.unwritten())
    planned = parts.theta.values.size if parts.theta is not None else parts.data.count
    if there >= planned:
        return locked
    return AcquisitionInProgress.at(parts.path, f"{there} of {planned} frames are written")


def _findings(parts: Parts, missing: list[ScanDefect], *, deep: bool) -> Iterator[Finding]:
    defects = [*missing, *structure_defects(parts)]
    yield from (Finding.of(defect) for defect in defects)
    short = short_defect(parts)
    if short is not None:
        yield Finding.of(short)
    if parts.theta is not None:
        yield from theta_findings(parts.path, parts.theta)
    yield from _metadata(parts)
    if not defects:
        yield from frame_findings(parts, deep=deep)


def _metadata(parts: Parts) -> Iterator[Finding]:
    if parts.pixel_size.defect is not None:
        yield Finding.of(parts.pixel_size.defect, "warning")
    if parts.data is not None:
        yield from _layout(parts.path, parts.data)


def _layout(path: Path, data: FrameSet) -> Iterator[Finding]:
    source, chunks = data.source, data.source.chunks
    rows = data.frame_shape[0] if data.frame_shape else 0
    if chunks is not None and source.packed and rows > 1 and chunks[1] >= rows:
        text = f"{source.name} is compressed in chunks of {chunks}"
        yield Finding.of(ChunkPerProjection.at(path, text), "note")
    if data.frame_shape and data.frame_shape[-1] % 2:
        yield Finding.of(OddWidth.at(path, f"{source.name} is {data.frame_shape[-1]} columns wide"), "note")
