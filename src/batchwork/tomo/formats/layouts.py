"""Finding the parts of a scan in an HDF5 file, however it is laid out."""

from pathlib import Path

import h5py

from batchwork.tomo.formats import dxchange, nxtomo
from batchwork.tomo.formats.companions import NONE, Companions
from batchwork.tomo.formats.errors import NotATomographyFile, ScanDefect
from batchwork.tomo.formats.scan import Parts


def find_parts(file: h5py.File, beside: Companions = NONE) -> tuple[Parts, list[ScanDefect]]:
    """Find the parts of a scan in a file of any layout; as `dxchange.find_parts`.

    Raises
    ------
    NotATomographyFile
        If the file holds none.
    """
    if dxchange.is_dxchange(file):
        return dxchange.find_parts(file, beside)
    if nxtomo.is_nxtomo(file):
        return nxtomo.find_parts(file, beside)
    raise NotATomographyFile.at(Path(file.filename), "it is HDF5, but holds no tomography scan")
