"""The size of a pixel at the sample, with its unit."""

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from batchwork.tomo.formats.errors import PixelSizeUnit
from batchwork.tomo.formats.hdf5 import find, text_of

_METRES = ("meter", "meters", "metre", "metres")
_MICROMETRES = {
    **dict.fromkeys(("um", "µm", "μm", "micron", "microns", *(f"micro{m}" for m in _METRES)), 1.0),
    **dict.fromkeys(("nm", *(f"nano{m}" for m in _METRES)), 1e-3),
    **dict.fromkeys(("mm", *(f"milli{m}" for m in _METRES)), 1e3),
    **dict.fromkeys(("cm", *(f"centi{m}" for m in _METRES)), 1e4),
    **dict.fromkeys(("m", *_METRES), 1e6),
}
"""Micrometres in each unit; both signs that Unicode has for micro."""
_PLAUSIBLE_UM = (1e-3, 2e3)
"""From a nano-CT's voxel to a flat panel's pixel."""


@dataclass(frozen=True, slots=True)
class PixelSize:
    """What a file says of its pixel size.

    Attributes
    ----------
    um : float or None
        Micrometres at the sample; None if not given, or not usable.
    defect : PixelSizeUnit or None
        Why it is not usable.
    """

    um: float | None = None
    defect: PixelSizeUnit | None = None


def read_pixel_size(file: h5py.File, names: tuple[str, ...], magnification: str | None = None) -> PixelSize:
    """Read the first pixel size that the file gives.

    Parameters
    ----------
    file : h5py.File
        The scan.
    names : tuple of str
        Datasets to look at, the size at the sample before the size on the camera.
    magnification : str, optional
        Dataset of the factor by which the last of `names` is divided, where there is one.
    """
    for name in names:
        dataset = find(file, name)
        if isinstance(dataset, h5py.Dataset):
            found = _parse(Path(file.filename), dataset)
            if found.um is not None and magnification is not None and name == names[-1]:
                return PixelSize(found.um / _factor(file, magnification))
            return found
    return PixelSize()


def _parse(path: Path, dataset: h5py.Dataset) -> PixelSize:
    value = scalar(dataset)
    unit = text_of(dataset.attrs.get("units", dataset.attrs.get("unit", "")))
    scale = _MICROMETRES.get(unit.lower())
    if value is None:
        return PixelSize(defect=PixelSizeUnit.at(path, f"{dataset.name} is not a number"))
    if scale is None:
        stated = f"the unknown unit {unit!r}" if unit else "no unit"
        return PixelSize(defect=PixelSizeUnit.at(path, f"{dataset.name} = {value:g} has {stated}"))
    um = value * scale
    if not _PLAUSIBLE_UM[0] <= um <= _PLAUSIBLE_UM[1]:
        return PixelSize(defect=PixelSizeUnit.at(path, f"{dataset.name} = {value:g} {unit} is no pixel size"))
    return PixelSize(um)


def _factor(file: h5py.File, name: str) -> float:
    """Read a magnification, 1 where there is none; stored as a number or as text such as ``10x``."""
    dataset = find(file, name)
    value = scalar(dataset) if isinstance(dataset, h5py.Dataset) else None
    return value if value is not None and np.isfinite(value) and value > 0 else 1.0


def scalar(dataset: h5py.Dataset) -> float | None:
    """Read one number, whether stored as a scalar, an array of one, or text; None if it is none."""
    if dataset.shape is None or dataset.size != 1:
        return None
    value = dataset[()]
    try:
        if dataset.dtype.kind in "uif":
            return float(np.asarray(value).ravel()[0])
        return float(text_of(value).rstrip("xX "))
    except ValueError:
        return None
