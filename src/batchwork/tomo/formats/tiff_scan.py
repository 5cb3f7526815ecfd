"""Finding the parts of a scan that is a TIFF stack, or a folder of TIFFs, with its angles in a text file.

A file ``scan.tif`` has its angles in ``scan_theta.txt``, ``scan.theta.txt``, ``theta.txt`` or ``angles.txt``
beside it and its flats and darks in ``scan_flats.tif`` and ``scan_darks.tif``; a folder has them inside, the
flats in a folder ``flats`` or in files ``flat*.tif``, the darks likewise, and its angles inside or beside it.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from batchwork.tomo.formats.companions import Companions
from batchwork.tomo.formats.errors import MissingDataset, MissingTheta, NoDarks, NoFlats, ScanDefect
from batchwork.tomo.formats.flat_fields import one_group
from batchwork.tomo.formats.frame_set import FrameSet
from batchwork.tomo.formats.hdf5 import attempt
from batchwork.tomo.formats.scan import Parts, Theta
from batchwork.tomo.formats.theta_files import read_theta_text
from batchwork.tomo.formats.tiff_frames import TiffFrames, tiff_files

_THETA_NAMES = ("theta.txt", "angles.txt")
_OTHER_KINDS = ("flat", "dark")
"""How the names of files begin that are not projections."""


def find_parts(path: Path, beside: Companions) -> tuple[Parts, list[ScanDefect]]:
    """Find what there is of a scan; as `dxchange.find_parts`."""
    defects: list[ScanDefect] = []
    data = attempt(lambda: FrameSet.whole(_projections(path)), MissingDataset, defects)
    parts = Parts(path, "tiff", data)
    if beside.flats is None:
        flats = attempt(lambda: _others(path, "flat"), NoFlats, defects)
        parts = replace(parts, flats=flats, flat_groups=one_group(flats.count if flats else 0))
    if beside.darks is None:
        parts = replace(parts, darks=attempt(lambda: _others(path, "dark"), NoDarks, defects))
    if beside.theta is None:
        parts = replace(parts, theta=attempt(lambda: _theta(path), MissingTheta, defects))
    return parts, defects


def _projections(path: Path) -> TiffFrames:
    if not path.is_dir():
        return TiffFrames.at(path)
    return TiffFrames.at(path, [p for p in tiff_files(path) if not p.name.lower().startswith(_OTHER_KINDS)])


def _others(path: Path, kind: str) -> FrameSet:
    """Find the flats or the darks of a scan."""
    if path.is_dir():
        folder = next((p for p in sorted(path.iterdir()) if p.is_dir() and p.name.lower() == f"{kind}s"), None)
        if folder is not None:
            return FrameSet.whole(TiffFrames.at(folder, name=f"{folder.name}/"))
        files = [p for p in tiff_files(path) if p.name.lower().startswith(kind)]
        if files:
            return FrameSet.whole(TiffFrames.at(path, files, name=f"{kind}*.tif"))
        raise MissingDataset.at(path, f"it has neither a folder {kind}s nor files {kind}*.tif")
    for suffix in (".tif", ".tiff"):
        there = path.with_name(f"{path.stem}_{kind}s{suffix}")
        if there.exists():
            return FrameSet.whole(TiffFrames.at(there))
    raise MissingDataset.at(path, f"there is no {path.stem}_{kind}s.tif beside it")


def _theta(path: Path) -> Theta:
    places = list(_theta_places(path))
    found = next((place for place in places if place.exists()), None)
    if found is None:
        raise MissingDataset.at(path, f"there is no {places[0].name} or {' or '.join(_THETA_NAMES)}")
    return read_theta_text(found)


def _theta_places(path: Path) -> Iterator[Path]:
    """Give the files that may hold the angles, those of this scan alone before those of its folder."""
    stem = path.name if path.is_dir() else path.stem
    if path.is_dir():
        yield from (path / name for name in (*_THETA_NAMES, f"{stem}_theta.txt", f"{stem}.theta.txt"))
    yield from (path.with_name(name) for name in (f"{stem}_theta.txt", f"{stem}.theta.txt", *_THETA_NAMES))
