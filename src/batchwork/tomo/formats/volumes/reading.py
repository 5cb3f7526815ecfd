"""Reading the volumes that are written here, slice by slice, in the values that they had."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import h5py
import numpy as np
import tifffile
from numpy.typing import NDArray

from batchwork.errors import BatchworkError, FileFormatError
from batchwork.extras import needs_extra
from batchwork.io.broken import BROKEN
from batchwork.io.naming import natural_key
from batchwork.tomo.formats.companions import Companions

_AXES = 3


class StoredVolume(Protocol):
    """A volume on disk.

    Attributes
    ----------
    slices : range
        Detector rows that it holds.
    shape : (int, int)
        Rows and columns of a slice.
    description : mapping
        Units, centre, filter and provenance, as they were written.
    """

    slices: range
    shape: tuple[int, int]
    description: Mapping[str, object]

    def read(self, index: int) -> NDArray[np.float32]:
        """Read the slice of a detector row, (rows, columns), in `units`."""


@contextmanager
def open_volume(path: Path) -> Iterator[StoredVolume]:
    """Open a volume: a folder of TIFFs, an HDF5 file, or an OME-Zarr image.

    Raises
    ------
    FileFormatError
        If it is none.
    MissingExtraError
        If its format needs a library that is not installed.
    """
    with ExitStack() as files:
        with _reading(path):
            if path.is_dir():
                volume: StoredVolume = _zarr_volume(path) if (path / ".zgroup").exists() else _TiffStack(path)
            else:
                volume = _hdf5_volume(path, files.enter_context(h5py.File(path, "r", locking=False)))
        yield volume


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turn what libraries raise on a damaged volume into an error that names it."""
    try:
        yield
    except BatchworkError:
        raise
    except BROKEN as error:
        raise FileFormatError(f"{path}: is no volume, or damaged: {error}") from error


def _hdf5_volume(path: Path, file: h5py.File) -> "_ArrayVolume":
    data = file.get("exchange/data")
    if not isinstance(data, h5py.Dataset):
        raise FileFormatError(f"{path}: has no dataset /exchange/data")
    told = {name: _plain(value) for name, value in data.attrs.items() if name != "axes"}
    return _ArrayVolume(path, data, told)


def companions(volume: StoredVolume) -> Companions:
    """Give the files that completed the scan when the volume was made."""
    made: Any = volume.description.get("provenance", {})  # Any: JSON data
    return Companions(*(Path(made[name]) if name in made else None for name in ("flats", "darks", "theta")))


def _restored(stored: NDArray[np.generic], description: Mapping[str, object]) -> NDArray[np.float32]:
    """Turn whole numbers into the values that they stand for."""
    values = np.asarray(stored, np.float32)
    low, high = description.get("value_low"), description.get("value_high")
    if stored.dtype.kind == "u" and isinstance(low, int | float) and isinstance(high, int | float):
        values = np.float32(low) + values * np.float32((high - low) / int(np.iinfo(stored.dtype.name).max))
    return values


class _TiffStack:
    """One file for each slice; its description is JSON."""

    def __init__(self, folder: Path) -> None:
        self._files = sorted(folder.glob("recon_*.tiff"), key=lambda path: natural_key(path.name))
        if not self._files:
            raise FileFormatError(f"{folder}: holds no slices recon_*.tiff")
        with tifffile.TiffFile(self._files[0]) as first:
            page: Any = first.pages[0]  # Any: tifffile's pages are of several kinds
            told = json.loads(page.description or "{}")
            self.shape: tuple[int, int] = tuple(page.shape[-2:])
        start = int(told.pop("slice", 0))
        self.slices = range(start, start + len(self._files))
        self.description: Mapping[str, object] = told

    def read(self, index: int) -> NDArray[np.float32]:
        path = self._files[index - self.slices.start]
        with _reading(path):
            return _restored(np.asarray(tifffile.imread(path)), self.description)


class _ArrayVolume:
    """One array of three axes, (slices, rows, columns), of HDF5 or Zarr."""

    def __init__(self, path: Path, data: Any, told: dict[str, object]) -> None:  # Any: of either library
        self._path, self._data = path, data
        if len(data.shape) != _AXES or data.dtype.kind not in "uif":
            raise FileFormatError(f"{path}: holds {data.dtype} {data.shape}; a volume is (slices, rows, columns)")
        start = int(str(told.pop("first_slice", 0)))
        self.slices = range(start, start + data.shape[0])
        self.shape: tuple[int, int] = (data.shape[1], data.shape[2])
        self.description: Mapping[str, object] = told

    def read(self, index: int) -> NDArray[np.float32]:
        with _reading(self._path):
            return _restored(np.asarray(self._data[index - self.slices.start]), self.description)


def _zarr_volume(path: Path) -> _ArrayVolume:
    """Open the finest level of an OME-Zarr image."""
    with needs_extra("tomo"):
        zarr: Any = import_module("zarr")  # Any: a module that need not be installed
    root = zarr.open_group(path, mode="r")
    return _ArrayVolume(path, root["0"], {name: value for name, value in root.attrs.items() if name != "multiscales"})


def _plain(value: object) -> object:
    """Turn an attribute into plain data; those that are JSON texts are taken apart."""
    if isinstance(value, str) and value.startswith("{"):
        return json.loads(value)
    return value.item() if isinstance(value, np.generic) else value
