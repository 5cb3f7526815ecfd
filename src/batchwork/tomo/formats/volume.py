"""Writing reconstructed volumes, slice by slice, as TIFF stacks or as one HDF5 file.

The paths are the caller's: a directory or file that nobody else reads yet. Nothing is renamed here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Literal, Protocol, Self

import h5py
import numpy as np
import tifffile
from numpy.typing import NDArray

from batchwork.errors import ParameterError

VolumeFormat = Literal["tiff", "hdf5"]
_UM_PER_CM = 1e4


@dataclass(frozen=True, slots=True)
class VolumeInfo:
    """What a volume's file says of it.

    Attributes
    ----------
    slices : range
        Detector rows that are reconstructed, with step 1; slice k is detector row k.
    shape : (int, int)
        Rows and columns of a slice.
    cor : float
        Centre of rotation, a 0-based column index, in unbinned columns of the whole detector.
    filter : str
        Name of the filter.
    units : str
        Of the values: ``1/pixel``, or ``1/cm``.
    pixel_size_um : float or None
        Edge of a voxel in micrometres; None if not known.
    provenance : mapping
        What made it: anything that JSON can hold.
    """

    slices: range
    shape: tuple[int, int]
    cor: float
    filter: str
    units: str = "1/pixel"
    pixel_size_um: float | None = None
    provenance: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def as_dict(self) -> dict[str, object]:
        """Give what is written into the TIFF description and the attributes."""
        return {
            "units": self.units,
            "pixel_size_um": self.pixel_size_um,
            "cor": self.cor,
            "filter": self.filter,
            "provenance": dict(self.provenance),
        }


class VolumeWriter(Protocol):
    """Takes slices in any order; a context manager."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def write(self, index: int, image: NDArray[np.float32]) -> None:
        """Write slice `index`, (rows, columns) float32."""


def volume_writer(kind: VolumeFormat, path: Path, info: VolumeInfo) -> VolumeWriter:
    """Make the writer of a format.

    Parameters
    ----------
    kind : "tiff" or "hdf5"
        The format.
    path : Path
        An existing directory for TIFF, a file for HDF5; one that is there is replaced.
    info : VolumeInfo
        What is written beside the values.

    Examples
    --------
    >>> with volume_writer("tiff", folder, info) as volume:  # doctest: +SKIP
    ...     for index, image in slices:
    ...         volume.write(index, image)
    """
    return TiffStack(path, info) if kind == "tiff" else Hdf5Volume(path, info)


def slice_name(index: int) -> str:
    """Name the TIFF of a slice: ``recon_00042.tiff``."""
    return f"recon_{index:05d}.tiff"


class TiffStack:
    """One float32 TIFF for each slice; its description is JSON, its resolution the pixel size."""

    def __init__(self, folder: Path, info: VolumeInfo) -> None:
        self._folder = folder
        self._description = info.as_dict()
        size = info.pixel_size_um
        self._resolution = None if size is None else (_UM_PER_CM / size, _UM_PER_CM / size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Each file is closed as it is written: nothing to do."""

    def write(self, index: int, image: NDArray[np.float32]) -> None:
        """Write slice `index` as ``recon_<index>.tiff``, (rows, columns) float32.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        tifffile.imwrite(
            self._folder / slice_name(index),
            np.ascontiguousarray(image, np.float32),
            photometric="minisblack",
            metadata=None,
            description=json.dumps({"slice": index, **self._description}),
            software="batchwork",
            resolution=self._resolution,
            resolutionunit=None if self._resolution is None else "CENTIMETER",
        )


class Hdf5Volume:
    """One file with ``/exchange/data``, (slices, rows, columns) float32, a chunk for each slice."""

    def __init__(self, path: Path, info: VolumeInfo) -> None:
        self._first = info.slices.start
        self._file = h5py.File(path, "w")
        self._file["implements"] = "exchange"
        self._data = self._file.create_dataset(
            "exchange/data", (len(info.slices), *info.shape), np.float32, chunks=(1, *info.shape)
        )
        self._data.attrs["axes"] = "z:y:x"
        self._data.attrs["first_slice"] = self._first
        for name, value in info.as_dict().items():
            if value is not None:
                self._data.attrs[name] = json.dumps(value) if isinstance(value, dict) else value

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, index: int, image: NDArray[np.float32]) -> None:
        """Write slice `index`, a detector row, (rows, columns) float32.

        Raises
        ------
        OSError
            If it cannot be written.
        ParameterError
            If the slice has another shape than the volume, or another index.
        """
        if image.shape != self._data.shape[1:] or not 0 <= index - self._first < self._data.shape[0]:
            raise ParameterError(f"slice {index} {image.shape} does not fit the volume {self._data.shape}")
        chunk = np.ascontiguousarray(image, np.float32)
        self._data.id.write_direct_chunk((index - self._first, 0, 0), chunk)
