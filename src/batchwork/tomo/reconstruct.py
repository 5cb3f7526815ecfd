"""From an open scan to a volume: blocks of slices are read, computed and written side by side."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import TaskError
from batchwork.tomo.formats.scan import Scan, ScanInfo
from batchwork.tomo.formats.volume import VolumeInfo, VolumeWriter
from batchwork.tomo.kernels.gridding import Gridder
from batchwork.tomo.kernels.preprocess import attenuation, bin_detector
from batchwork.tomo.regions import Region, blocks, counts_dtype

Units = Literal["1/pixel", "1/cm"]
_UM_PER_CM = 1e4


class NoPixelSize(TaskError):
    """Values per centimetre are asked for, and the file has no usable pixel size."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a scan is reconstructed.

    Attributes
    ----------
    region : Region
        What part of it.
    cor : float
        Centre of rotation, a 0-based column index, in unbinned columns of the whole detector.
    filter_name : str
        One of `batchwork.tomo.kernels.filters.FILTER_NAMES`.
    units : "1/pixel" or "1/cm"
        Of the values; pixels are unbinned ones.
    """

    region: Region
    cor: float
    filter_name: str = "parzen"
    units: Units = "1/pixel"

    def scale(self, info: ScanInfo) -> float:
        """Factor from attenuation per binned pixel to `units`.

        Raises
        ------
        NoPixelSize
            If it cannot be known.
        """
        if self.units == "1/pixel":
            return 1 / self.region.side
        if info.pixel_size_um is None:
            raise NoPixelSize(
                f"{info.path}: values in 1/cm need a pixel size and the file has none with a unit; "
                "write it to a copy of the file, or leave the units at 1/pixel"
            )
        return _UM_PER_CM / (self.region.side * info.pixel_size_um)

    def volume_info(self, info: ScanInfo, provenance: dict[str, object]) -> VolumeInfo:
        """Describe the volume for its files."""
        pixel = info.pixel_size_um
        return VolumeInfo(
            slices=self.region.rows,
            shape=(self.region.size, self.region.size),
            cor=self.cor,
            filter=self.filter_name,
            units=self.units,
            pixel_size_um=None if pixel is None else pixel * self.region.side,
            provenance=provenance,
        )


@dataclass(frozen=True, slots=True)
class _Counts:
    """What was read for one block, in counts."""

    projections: NDArray[np.generic]
    flat: NDArray[np.float32]
    dark: NDArray[np.float32]


class _Reader:
    """Reads blocks into two buffers by turns."""

    def __init__(self, scan: Scan, region: Region, most: int) -> None:
        self._scan = scan
        self._region = region
        size = scan.info.angles * most * region.side * len(region.columns)
        self._buffers = [np.empty(size, counts_dtype(scan.info)) for _ in range(2)]

    def read(self, block: range, turn: int) -> _Counts:
        rows, columns = self._region.detector_rows(block), self._region.detector_columns()
        shape = (self._scan.info.angles, rows.stop - rows.start, columns.stop - columns.start)
        out = self._buffers[turn][: int(np.prod(shape))].reshape(shape)
        self._scan.projections(rows, columns, out=out)
        return _Counts(out, *self._scan.flat_dark(rows, columns))


class _Computer:
    """Turns the counts of blocks into images, in two buffers by turns."""

    def __init__(self, info: ScanInfo, recipe: Recipe, most: int) -> None:
        region = recipe.region
        self._binning = region.binning
        self._cor = region.cor(recipe.cor)
        self._scale = np.float32(recipe.scale(info))
        self._gridder = Gridder(info.theta_rad, region.size, filter_name=recipe.filter_name)
        self._sinograms = np.empty((most, info.angles, region.size), np.float32)
        self._images = [np.empty((most, region.size, region.size), np.float32) for _ in range(2)]

    def images(self, counts: _Counts, slices: int, turn: int) -> NDArray[np.float32]:
        parts = (counts.projections, counts.flat, counts.dark)
        if self._binning:
            parts = tuple(bin_detector(part, self._binning) for part in parts)  # type: ignore[assignment]
        sinograms = attenuation(*parts, out=self._sinograms[:slices])
        images = self._gridder.reconstruct(sinograms, self._cor, out=self._images[turn][:slices])
        if self._scale != 1:
            np.multiply(images, self._scale, out=images)
        return images


def _ignore(done: float, total: float | None) -> None:
    """Tell nobody."""


def reconstruct(
    scan: Scan,
    recipe: Recipe,
    volume: VolumeWriter,
    *,
    memory_bytes: int,
    progress: Callable[[float, float | None], None] = _ignore,
) -> NDArray[np.float32]:
    """Reconstruct a scan slice by slice.

    While one block is computed, the next one is read and the one before is written. Memory does not grow
    with the number of slices.

    Parameters
    ----------
    scan : Scan
        Open, of any format.
    recipe : Recipe
    volume : VolumeWriter
        Entered; gets every slice once, in order.
    memory_bytes : int
        To size the blocks.
    progress : callable
        Called with the slices computed so far and their number after each block.

    Returns
    -------
    (n, n) float32
        The middle slice.

    Raises
    ------
    ScanDefect
        If a block cannot be read.
    OSError
        If a slice cannot be written.
    NoPixelSize
        If the units need one.
    """
    rows = recipe.region.rows
    plan = blocks(scan.info, recipe.region, memory_bytes)
    most = max(len(block) for block in plan)
    computer, reader = _Computer(scan.info, recipe, most), _Reader(scan, recipe.region, most)
    middle = rows[len(rows) // 2]
    kept = np.empty((0, 0), np.float32)
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="volume") as pool:
        reading = pool.submit(reader.read, plan[0], 0)
        writing: Future[None] | None = None
        for number, block in enumerate(plan):
            counts = reading.result()
            if number + 1 < len(plan):
                reading = pool.submit(reader.read, plan[number + 1], (number + 1) % 2)
            images = computer.images(counts, len(block), number % 2)
            if middle in block:
                kept = images[middle - block.start].copy()
            if writing is not None:
                writing.result()
            writing = pool.submit(_write, volume, block, images)
            progress(block.stop - rows.start, len(rows))
        if writing is not None:
            writing.result()
    return kept


def _write(volume: VolumeWriter, block: range, images: NDArray[np.float32]) -> None:
    for index, image in zip(block, images, strict=True):
        volume.write(index, image)
