"""Writing reconstructed volumes, slice by slice, as TIFF stacks, as one HDF5 file or as OME-Zarr.

The paths are the caller's: a directory or file that nobody else reads yet. Nothing is renamed here.
"""

from pathlib import Path

from batchwork.tomo.formats.volumes.hdf5 import Hdf5Volume
from batchwork.tomo.formats.volumes.info import VolumeInfo, VolumeWriter
from batchwork.tomo.formats.volumes.ome_zarr import OmeZarrVolume
from batchwork.tomo.formats.volumes.tiff import TiffStack, slice_name
from batchwork.tomo.kinds import VolumeFormat

__all__ = ["VolumeInfo", "VolumeWriter", "slice_name", "volume_writer"]


def volume_writer(kind: VolumeFormat, path: Path, info: VolumeInfo) -> VolumeWriter:
    """Make the writer of a format.

    Parameters
    ----------
    kind : "tiff", "hdf5" or "zarr"
        The format.
    path : Path
        An existing directory for TIFF, a file for HDF5, a directory for Zarr; the latter two are replaced where
        they are there.
    info : VolumeInfo
        What is written beside the values, and as what type they are stored.

    Raises
    ------
    MissingExtraError
        If the format needs a library that is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> Path("volume").mkdir()
    >>> info = VolumeInfo(range(10, 12), (8, 8), cor=3.5, filter="parzen")
    >>> with volume_writer("tiff", Path("volume"), info) as volume:
    ...     for index in range(2):
    ...         volume.write(index, np.zeros((8, 8), np.float32))
    >>> sorted(path.name for path in Path("volume").iterdir())
    ['recon_00000.tiff', 'recon_00001.tiff']
    """
    match kind:
        case "tiff":
            return TiffStack(path, info)
        case "hdf5":
            return Hdf5Volume(path, info)
        case "zarr":
            return OmeZarrVolume(path, info)
