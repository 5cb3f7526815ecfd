"""Black and white for TomoLog, in the values that stand in the files."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile

from batchwork.errors import FileFormatError
from batchwork.tomo.formats.volumes.reading import StoredVolume, open_volume
from batchwork.tomo.publishing.sections import contrast


@dataclass(frozen=True, slots=True)
class Shown:
    """What TomoLog is told of a volume.

    Attributes
    ----------
    low, high : float
        Values of black and white, as they are stored.
    first, middle : int
        Numbers of the first slice and of the one in the middle.
    """

    low: float
    high: float
    first: int
    middle: int


def look_into(folder: Path, low: float | None, high: float | None) -> Shown:
    """Choose black and white for a volume.

    Parameters
    ----------
    folder : Path
        Of TIFFs.
    low, high : float or None
        In the volume's unit; None is the 5th or 95th percentile of its middle slice.

    Raises
    ------
    FileFormatError
        If it holds no volume.
    """
    with open_volume(folder) as volume:
        middle = volume.slices[len(volume.slices) // 2]
        black, white = contrast(volume.read(middle), low, high)
        stored = _stored_type(folder)
        return Shown(_stored(volume, black, stored), _stored(volume, white, stored), volume.slices.start, middle)


def _stored_type(folder: Path) -> np.dtype[np.generic]:
    first = next(folder.glob("recon_*.tiff"))
    with tifffile.TiffFile(first) as file:
        found = file.pages[0].dtype
    if found is None:
        raise FileFormatError(f"{first}: holds no image")
    return found


def _stored(volume: StoredVolume, value: float, dtype: np.dtype[np.generic]) -> float:
    """Turn a value into the number that stands for it in files of whole numbers."""
    low, high = volume.description.get("value_low"), volume.description.get("value_high")
    if dtype.kind != "u" or not isinstance(low, int | float) or not isinstance(high, int | float):
        return value
    return float((value - low) / ((high - low) or 1.0) * int(np.iinfo(dtype.name).max))
