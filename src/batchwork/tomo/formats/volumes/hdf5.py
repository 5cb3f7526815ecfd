"""Volumes as one HDF5 file."""

import json
from pathlib import Path
from types import TracebackType
from typing import Self

import h5py
import numpy as np
from numpy.typing import NDArray

from batchwork.tomo.formats.volumes.info import VolumeInfo, place_of


class Hdf5Volume:
    """One file with ``/exchange/data``, (slices, rows, columns), a chunk for each slice."""

    def __init__(self, path: Path, info: VolumeInfo) -> None:
        self._info = info
        self._file = h5py.File(path, "w")
        self._file["implements"] = "exchange"
        self._data = self._file.create_dataset(
            "exchange/data", (len(info.slices), *info.shape), info.dtype, chunks=(1, *info.shape)
        )
        self._data.attrs["axes"] = "z:y:x"
        self._data.attrs["first_slice"] = info.slices.start
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
        place = place_of(self._info, index, image)
        self._data.id.write_direct_chunk((place, 0, 0), self._info.stored(image))
