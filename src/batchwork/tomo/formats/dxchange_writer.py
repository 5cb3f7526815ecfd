"""Writing a DXchange file, block of rows by block of rows, with the metadata that beamlines write."""

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import h5py
import numpy as np
from numpy.typing import NDArray

_CHUNK_ANGLES, _CHUNK_ROWS = 64, 8
"""About a megabyte at 1,024 columns of 16 bits: blocks of rows and single frames both read fast."""


@dataclass(frozen=True, slots=True, eq=False)
class DxchangeInfo:
    """What a DXchange file says of a scan.

    Attributes
    ----------
    theta_deg : (angles,) float64
        In degrees.
    rows, columns, nflat, ndark : int
        Sizes.
    pixel_size_um : float
        At the sample, in micrometres.
    magnification : float
        Of the objective; the camera's pixel is `pixel_size_um` times as large.
    sample : str
        Its name.
    full_name : str
        Name of the scan's file.
    start_date : str
        ISO 8601.
    exposure_time_s : float
        Of one frame, in seconds.
    """

    theta_deg: NDArray[np.float64]
    rows: int
    columns: int
    nflat: int
    ndark: int
    pixel_size_um: float
    magnification: float
    sample: str
    full_name: str
    start_date: str
    exposure_time_s: float


class DxchangeWriter:
    """A DXchange file that is being written; a context manager.

    Parameters
    ----------
    path : Path
        Must not exist.
    info : DxchangeInfo
        Written at once; the counts follow by `write_rows`.
    """

    def __init__(self, path: Path, info: DxchangeInfo) -> None:
        self._file = h5py.File(path, "x", rdcc_nbytes=0)  # HDF5 crashes where the disk is full when a cache is emptied
        self._file["implements"] = "exchange:measurement:process"
        self._data = self._frames("data", info.theta_deg.size, info, "theta:y:x", "transmission")
        self._white = self._frames("data_white", info.nflat, info, "theta_white:y:x", "flat field")
        self._dark = self._frames("data_dark", info.ndark, info, "theta_dark:y:x", "dark field")
        self._put("exchange/title", "tomography_raw_projections")
        self._put("exchange/theta", info.theta_deg, "degrees")
        self._write_measurement(info)
        self._write_process(info)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write_rows(
        self, start: int, data: NDArray[np.uint16], white: NDArray[np.uint16], dark: NDArray[np.uint16]
    ) -> None:
        """Write the rows from `start` on.

        Parameters
        ----------
        start : int
            First detector row.
        data, white, dark : (frames, rows, columns) uint16
            Counts.
        """
        rows = slice(start, start + data.shape[1])
        self._data[:, rows], self._white[:, rows], self._dark[:, rows] = data, white, dark

    def _frames(self, name: str, count: int, info: DxchangeInfo, axes: str, what: str) -> h5py.Dataset:
        shape = (count, info.rows, info.columns)
        chunks = (min(_CHUNK_ANGLES, count), min(_CHUNK_ROWS, info.rows), info.columns)
        dataset = self._file.create_dataset(f"exchange/{name}", shape, np.uint16, chunks=chunks)
        dataset.attrs.update({"units": "counts", "axes": axes, "description": what})
        return dataset

    def _put(self, name: str, value: object, units: str | None = None) -> None:
        self._file[name] = value
        if units is not None:
            self._file[name].attrs["units"] = units

    def _write_measurement(self, info: DxchangeInfo) -> None:
        instrument = "measurement/instrument"
        self._put(f"{instrument}/name", "simulated instrument")
        self._put(f"{instrument}/source/beamline", "simulated")
        self._put(f"{instrument}/detector/exposure_time", info.exposure_time_s, "s")
        self._put(f"{instrument}/detector/pixel_size", info.pixel_size_um * info.magnification, "um")
        self._put(f"{instrument}/detector/array_size_x", info.columns)
        self._put(f"{instrument}/detector/array_size_y", info.rows)
        self._put(f"{instrument}/detector/binning_x", 1)
        self._put(f"{instrument}/detector/binning_y", 1)
        self._put(f"{instrument}/detection_system/objective/magnification", info.magnification)
        self._put(f"{instrument}/detection_system/objective/resolution", info.pixel_size_um, "um")
        self._put("measurement/sample/name", info.sample)
        self._put("measurement/sample/file/full_name", info.full_name)

    def _write_process(self, info: DxchangeInfo) -> None:
        acquisition = "process/acquisition"
        theta = info.theta_deg
        self._put(f"{acquisition}/start_date", info.start_date)
        self._put(f"{acquisition}/rotation/start", theta[0], "degrees")
        self._put(f"{acquisition}/rotation/step", np.median(np.diff(theta)), "degrees")
        self._put(f"{acquisition}/rotation/num_angles", theta.size)
        self._put(f"{acquisition}/flat_fields/num_images", info.nflat)
        self._put(f"{acquisition}/flat_fields/sample/in_x", 0.0, "mm")
        self._put(f"{acquisition}/dark_fields/num_images", info.ndark)
