"""Volumes as TIFF stacks."""

import json
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import tifffile
from numpy.typing import NDArray

from batchwork.tomo.formats.volumes.info import VolumeInfo

_UM_PER_CM = 1e4


def slice_name(index: int) -> str:
    """Name the TIFF of a slice: ``recon_00042.tiff``."""
    return f"recon_{index:05d}.tiff"


class TiffStack:
    """One TIFF for each slice; its description is JSON, its resolution the pixel size."""

    def __init__(self, folder: Path, info: VolumeInfo) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._info = info
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
            self._info.stored(image),
            photometric="minisblack",
            metadata=None,
            description=json.dumps({"slice": index, **self._description}),
            software="batchwork",
            resolution=self._resolution,
            resolutionunit=None if self._resolution is None else "CENTIMETER",
        )
