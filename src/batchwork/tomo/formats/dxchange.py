"""Finding the parts of a scan in a DXchange file (APS and others).

Projections, flats and darks are ``/exchange/data``, ``data_white`` and ``data_dark``, (frames, rows,
columns); ``/exchange/theta`` holds the angles in degrees.

References
----------
De Carlo et al., J. Synchrotron Rad. 21 (2014) 1224.
"""

from pathlib import Path

import h5py

from batchwork.tomo.formats.errors import MissingDataset, MissingTheta, NoDarks, NoFlats, ScanDefect
from batchwork.tomo.formats.hdf5 import attempt, find, find_dataset
from batchwork.tomo.formats.pixel_size import PixelSize, read_pixel_size
from batchwork.tomo.formats.scan import FrameSet, Parts
from batchwork.tomo.formats.theta import read_theta

DATA = "exchange/data"
_PIXEL_SIZES = (
    "measurement/instrument/detection_system/objective/resolution",
    "measurement/instrument/detector/pixel_size",
)
_MAGNIFICATION = "measurement/instrument/detection_system/objective/magnification"


def is_dxchange(file: h5py.File) -> bool:
    """Tell whether the file is laid out as DXchange."""
    return isinstance(find(file, "exchange"), h5py.Group)


def find_parts(file: h5py.File) -> tuple[Parts, list[ScanDefect]]:
    """Find what there is of a scan.

    Returns
    -------
    parts : Parts
        None for what is missing.
    defects : list of ScanDefect
        Why it is missing.
    """
    defects: list[ScanDefect] = []

    def frames(name: str, missing: type[MissingDataset]) -> FrameSet | None:
        return attempt(lambda: FrameSet.whole(find_dataset(file, name)), missing, defects)

    data = frames(DATA, MissingDataset)
    flats = frames("exchange/data_white", NoFlats)
    darks = frames("exchange/data_dark", NoDarks)
    theta = attempt(lambda: read_theta(find_dataset(file, "exchange/theta")), MissingTheta, defects)
    path = Path(file.filename)
    return Parts(path, "dxchange", data, flats, darks, theta, pixel_size(file).um), defects


def pixel_size(file: h5py.File) -> PixelSize:
    """Read the pixel size at the sample, else that of the camera over the magnification."""
    return read_pixel_size(file, _PIXEL_SIZES, _MAGNIFICATION)
