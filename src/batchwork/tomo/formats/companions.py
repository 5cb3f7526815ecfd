"""Files beside a scan's own that complete it, or stand in for what is in it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Companions:
    """Where flats, darks and angles are, unless in the scan itself.

    Attributes
    ----------
    flats, darks : Path or None
        A DXchange or NXtomo file, one with a single dataset of three axes, a TIFF file or a folder of TIFFs.
    theta : Path or None
        A text file with one angle in degrees on each line, or an HDF5 file with angles.
    """

    flats: Path | None = None
    darks: Path | None = None
    theta: Path | None = None


NONE = Companions()
