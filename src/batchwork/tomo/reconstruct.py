"""From an open scan to a volume: blocks of slices are read, computed and written side by side."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, fields, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.tomo.formats.scan import Scan, ScanInfo
from batchwork.tomo.formats.volume import VolumeInfo, VolumeWriter, volume_writer
from batchwork.tomo.kernels.double_field import double_size, is_double_field
from batchwork.tomo.kernels.gpu import Arrays
from batchwork.tomo.kernels.masks import mask_circle, value_range
from batchwork.tomo.kinds import Units, VolumeFormat, VolumeType
from batchwork.tomo.methods import Method
from batchwork.tomo.preparing import Counts, NoPixelSize, Preparation
from batchwork.tomo.preparing_on_device import DevicePreparation
from batchwork.tomo.preprocessing import Preprocessing
from batchwork.tomo.reconstructors import reconstructor, work_bytes
from batchwork.tomo.regions import Region, blocks

_UM_PER_CM = 1e4


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
    settings : Preprocessing
        What is done before.
    circle : float or None
        Outside a circle of this share of the width the values are 0.
    method : Method
        How slices are reconstructed.
    """

    region: Region
    cor: float
    filter_name: str = "parzen"
    units: Units = "1/pixel"
    settings: Preprocessing = field(default_factory=Preprocessing)
    circle: float | None = None
    method: Method = field(default_factory=Method)

    def is_doubled(self, info: ScanInfo) -> bool:
        """Say whether the scan is one over a whole turn whose axis lies at the side of the detector."""
        if self.settings.file_type == "auto":
            return is_double_field(info.theta_rad, self.region.cor(self.cor), self.region.size)
        return self.settings.file_type == "double_fov"

    def size(self, info: ScanInfo) -> int:
        """Give the side of the images in binned pixels."""
        columns = self.region.size
        return double_size(columns, self.region.cor(self.cor)) if self.is_doubled(info) else columns

    def scale(self, info: ScanInfo) -> float:
        """Factor from attenuation per binned pixel to `units`.

        Raises
        ------
        NoPixelSize
            If it cannot be known.
        """
        if self.units == "1/pixel":
            return 1 / self.region.side
        pixel = self.pixel_size_um(info)
        if pixel is None:
            raise NoPixelSize(
                f"{info.path}: values in 1/cm need a pixel size and the file has none with a unit; "
                "give it with --pixel-size-um, or leave the units at 1/pixel"
            )
        return _UM_PER_CM / (self.region.side * pixel)

    def pixel_size_um(self, info: ScanInfo) -> float | None:
        """Give the edge of an unbinned pixel at the sample, as the user or the file says."""
        return self.settings.pixel_size_um or info.pixel_size_um

    def volume_info(self, info: ScanInfo, provenance: dict[str, object]) -> VolumeInfo:
        """Describe the volume for its files."""
        pixel, size = self.pixel_size_um(info), self.size(info)
        return VolumeInfo(
            slices=self.region.rows,
            shape=(size, size),
            cor=self.cor,
            filter=self.filter_name,
            units=self.units,
            pixel_size_um=None if pixel is None else pixel * self.region.side,
            provenance=provenance,
        )


class _Computer:
    """Turns the sinograms of blocks into images, in two buffers by turns."""

    def __init__(self, preparation: Preparation, recipe: Recipe, arrays: Arrays | None) -> None:
        region, info = recipe.region, preparation.scan.info
        self._preparation = preparation
        self._on_device = None if arrays is None else DevicePreparation(preparation, arrays)
        self._cor = region.cor(recipe.cor)
        self._scale = np.float32(recipe.scale(info))
        self._circle = recipe.circle
        size = recipe.size(info)
        self._reconstruct = reconstructor(
            recipe.method,
            preparation.theta_rad,
            region.size,
            filter_name=recipe.filter_name,
            size=size,
            doubled=recipe.is_doubled(info),
            arrays=arrays,
        )
        self._shapes = (preparation.angles, region.size), (size, size)
        self._sinograms = np.empty((0, *self._shapes[0]), np.float32)
        self._images = [np.empty((0, size, size), np.float32)]

    def divide(self, plan: list[range]) -> list[range]:
        """Cut blocks that a graphics card has no memory for."""
        if self._on_device is None:
            return plan
        most = self._on_device.most_rows(self._reconstruct.device_bytes)
        return [block[at : at + most] for block in plan for at in range(0, len(block), most)]

    def reserve(self, most: int, turns: int = 2) -> None:
        """Make the buffers for blocks of so many slices."""
        self._images = [np.empty((most, *self._shapes[1]), np.float32) for _ in range(turns)]
        if self._on_device is None:
            self._sinograms = np.empty((most, *self._shapes[0]), np.float32)

    def images(
        self, counts: Counts, turn: int, progress: Callable[[float], None] = lambda _: None
    ) -> NDArray[np.float32]:
        slices = len(counts.rows)
        if self._on_device is None:
            sinograms = self._preparation.compute(counts, self._sinograms[:slices])
        else:
            sinograms = self._on_device.compute(counts)
        images = self._reconstruct(sinograms, self._cor, self._images[turn][:slices], progress)
        if self._scale != 1:
            np.multiply(images, self._scale, out=images)
        if self._circle is not None:
            mask_circle(images, self._circle)
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
    arrays: Arrays | None = None,
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
    arrays : Arrays, optional
        Of a graphics card to compute on.

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
    DeviceMemory
        If not even one slice fits on the graphics card.
    """
    rows = recipe.region.rows
    preparation = Preparation(scan, recipe.region, recipe.settings)
    load = replace(preparation.load, size=recipe.size(scan.info))
    extra = work_bytes(recipe.method, recipe.region.size, preparation.angles, load.size)
    load = replace(load, work_bytes=load.work_bytes + extra)
    computer = _Computer(preparation, recipe, arrays)
    plan = computer.divide(blocks(scan.info, recipe.region, memory_bytes, load))
    most = max(len(block) for block in plan)
    computer.reserve(most)
    buffers = [preparation.buffer(most) for _ in range(2)]
    middle = rows[len(rows) // 2]
    kept = np.empty((0, 0), np.float32)
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="volume") as pool:
        reading = pool.submit(preparation.read, plan[0], buffers[0])
        writing: Future[None] | None = None
        for number, block in enumerate(plan):
            counts = reading.result()
            if number + 1 < len(plan):
                reading = pool.submit(preparation.read, plan[number + 1], buffers[(number + 1) % 2])
            before = block.start - rows.start
            images = computer.images(counts, number % 2, lambda done, first=before: progress(first + done, len(rows)))  # type: ignore[misc]
            if middle in block:
                kept = images[middle - block.start].copy()
            if writing is not None:
                writing.result()
            writing = pool.submit(_write, volume, block, images)
        if writing is not None:
            writing.result()
    return kept


@dataclass(frozen=True, slots=True)
class Output:
    """Where a volume goes, and in what form.

    Attributes
    ----------
    path : Path
    format : "tiff", "hdf5" or "zarr"
    dtype : "float32", "uint16" or "uint8"
    limits : (float or None, float or None)
        Values that become the smallest and the largest whole number.
    percentiles : (float, float)
        Of a few slices, where a limit is not given.
    """

    path: Path
    format: VolumeFormat = "tiff"
    dtype: VolumeType = "float32"
    limits: tuple[float | None, float | None] = (None, None)
    percentiles: tuple[float, float] = (0.1, 99.9)


def reconstruct_scan(
    scan: Scan,
    recipe: Recipe,
    output: Output,
    *,
    memory_bytes: int,
    progress: Callable[[float, float | None], None] = _ignore,
    arrays: Arrays | None = None,
) -> NDArray[np.float32]:
    """Reconstruct a scan to a volume on disk, and give its middle slice, (n, n) float32; see `reconstruct`."""
    limits = _limits(scan, recipe, output, arrays)
    info = replace(recipe.volume_info(scan.info, _provenance(scan, recipe)), dtype=output.dtype, value_range=limits)
    with volume_writer(output.format, output.path, info) as volume:
        return reconstruct(scan, recipe, volume, memory_bytes=memory_bytes, progress=progress, arrays=arrays)


def _provenance(scan: Scan, recipe: Recipe) -> dict[str, object]:
    """Say what made a volume: the scan, the program, and everything that was not left as it was."""
    usual = Preprocessing()
    chosen = {
        one.name: getattr(recipe.settings, one.name)
        for one in fields(Preprocessing)
        if getattr(recipe.settings, one.name) != getattr(usual, one.name)
    }
    if recipe.method != Method():
        chosen |= asdict(recipe.method)
    told = {name: str(value) if isinstance(value, Path) else value for name, value in chosen.items()}
    columns = recipe.region.columns
    return {
        "source": str(scan.info.path),
        "program": f"batchwork {version('batchwork')}",
        "binning": recipe.region.binning,
        "columns": [columns.start, columns.stop],
        **told,
    }


def _limits(scan: Scan, recipe: Recipe, output: Output, arrays: Arrays | None) -> tuple[float, float] | None:
    """Find the values that become the smallest and the largest whole number."""
    if output.dtype == "float32":
        return None
    low, high = output.limits
    if low is None or high is None:
        first, last = sample_range(scan, recipe, output.percentiles, arrays=arrays)
        low, high = first if low is None else low, last if high is None else high
    if not low < high:
        raise ParameterError(
            f"the values of {output.dtype} must reach from a low to a higher one, not {low:g} to {high:g}"
        )
    return low, high


def sample_range(
    scan: Scan, recipe: Recipe, percentiles: tuple[float, float], *, slices: int = 5, arrays: Arrays | None = None
) -> tuple[float, float]:
    """Find percentiles of the values of a volume from a few slices spread over it."""
    preparation = Preparation(scan, recipe.region, recipe.settings)
    computer = _Computer(preparation, recipe, arrays)
    computer.reserve(1, turns=1)
    rows = recipe.region.rows
    chosen = np.unique(np.linspace(rows.start, rows.stop - 1, min(slices, len(rows))).round().astype(int))
    images = [computer.images(preparation.read(range(row, row + 1)), 0)[0].copy() for row in chosen]
    return value_range(np.stack(images), *percentiles)


def _write(volume: VolumeWriter, block: range, images: NDArray[np.float32]) -> None:
    for index, image in zip(block, images, strict=True):
        volume.write(index, image)
