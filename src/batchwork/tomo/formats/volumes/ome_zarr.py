"""Volumes as OME-Zarr: the same volume at several resolutions, for viewers that load what they show.

References
----------
Moore et al., Nature Methods 18 (2021) 1496; OME-NGFF 0.4, https://ngff.openmicroscopy.org/0.4
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from batchwork.extras import needs_extra
from batchwork.tomo.formats.volumes.info import VolumeInfo, place_of

_CHUNK = (8, 256, 256)
"""Two megabytes of float32: large enough for file systems and networks, and of the volume no more than eight
slices wait in memory."""
_SMALLEST = 128
"""The coarsest level is at most this long."""
_AXES = ("z", "y", "x")


@dataclass(frozen=True, slots=True)
class _Grid:
    """Voxels of one level: how many, and how many of the finest level each is long, along z, y and x."""

    shape: tuple[int, ...]
    steps: tuple[int, ...]

    @property
    def chunk(self) -> tuple[int, ...]:
        return tuple(min(chunk, length) for chunk, length in zip(_CHUNK, self.shape, strict=True))

    def coarser(self) -> "_Grid":
        """Halve the number of voxels along each axis that has more than one."""
        shape = tuple(-(-length // 2) for length in self.shape)
        steps = tuple(step * (2 if length > 1 else 1) for step, length in zip(self.steps, self.shape, strict=True))
        return _Grid(shape, steps)


def grids(shape: tuple[int, int, int]) -> list[_Grid]:
    """Give the levels of a volume, the finest first, down to at most 128 voxels."""
    found = [_Grid(shape, (1, 1, 1))]
    while max(found[-1].shape) > _SMALLEST:
        found.append(found[-1].coarser())
    return found


@dataclass(slots=True)
class _Slab:
    """Slices that are written together; how many of them are here."""

    values: NDArray[np.float32]
    here: int = 0


@dataclass(frozen=True, slots=True)
class _Level:
    """One resolution, and the slabs of it that are not whole yet, by their number."""

    grid: _Grid
    array: Any  # a zarr.Array, which is imported only where it is used
    slabs: dict[int, _Slab] = field(default_factory=dict)

    def add(self, start: int, block: NDArray[np.float32]) -> Iterator[int]:
        """Take slices from `start` on; give the numbers of the slabs that are whole by that."""
        thick = self.grid.chunk[0]
        for offset, image in enumerate(block):
            number, place = divmod(start + offset, thick)
            length = min(thick, self.grid.shape[0] - number * thick)
            if number not in self.slabs:
                self.slabs[number] = _Slab(np.zeros((length, *self.grid.shape[1:]), np.float32))
            slab = self.slabs[number]
            slab.values[place] = image
            slab.here += 1
            if slab.here == length:
                yield number


class OmeZarrVolume:
    """A folder with an array for each level, each half as fine as the one before; Zarr 2, OME-NGFF 0.4.

    Each voxel of a level is the mean of the up to eight that it covers in the finer one.
    """

    def __init__(self, path: Path, info: VolumeInfo) -> None:
        self._info = info
        zarr, codecs = _libraries()
        root = zarr.open_group(path, mode="w", zarr_format=2)
        shape = (len(info.slices), *info.shape)
        self._levels = [
            _Level(
                grid,
                root.create_array(
                    str(number),
                    shape=grid.shape,
                    chunks=grid.chunk,
                    dtype=info.dtype,
                    compressors=codecs.Blosc(cname="lz4", clevel=5, shuffle=codecs.Blosc.BITSHUFFLE),
                    fill_value=0,
                    chunk_key_encoding={"name": "v2", "separator": "/"},
                    attributes={"_ARRAY_DIMENSIONS": list(_AXES)},
                ),
            )
            for number, grid in enumerate(grids(shape))
        ]
        root.attrs.update(_attributes(path.name, info, [level.grid for level in self._levels]))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what slabs are left, where not all slices were given."""
        for number, level in enumerate(self._levels if kind is None else ()):
            for slab in sorted(level.slabs):
                self._flush(number, slab)

    def write(self, index: int, image: NDArray[np.float32]) -> None:
        """Write slice `index`, a detector row, (rows, columns) float32.

        Slices wait in memory for the others of their eight: given in order, it does not grow.

        Raises
        ------
        OSError
            If it cannot be written.
        ParameterError
            If the slice has another shape than the volume, or another index.
        """
        self._add(0, place_of(self._info, index, image), image[None])

    def _add(self, number: int, start: int, block: NDArray[np.float32]) -> None:
        if number < len(self._levels):
            for slab in list(self._levels[number].add(start, block)):
                self._flush(number, slab)

    def _flush(self, number: int, slab: int) -> None:
        """Write a slab of a level and hand its means on to the next."""
        level = self._levels[number]
        values, start = level.slabs.pop(slab).values, slab * level.grid.chunk[0]
        level.array[start : start + values.shape[0]] = self._info.stored(values)
        if number + 1 < len(self._levels):
            self._add(number + 1, start // 2, halved(values))


def halved(block: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average blocks of 2 × 2 × 2 voxels, of fewer at the ends of odd axes.

    Parameters
    ----------
    block : (nz, ny, nx) float32

    Returns
    -------
    (ceil(nz / 2), ceil(ny / 2), ceil(nx / 2)) float32
    """
    for axis in range(block.ndim):
        last = block.shape[axis]
        pairs = np.moveaxis(block, axis, 0)
        mean = (pairs[0 : last - 1 : 2] + pairs[1:last:2]) * np.float32(0.5)
        block = np.moveaxis(np.concatenate([mean, pairs[last - 1 :]]) if last % 2 else mean, 0, axis)
    return block


def _libraries() -> tuple[Any, Any]:  # Any: modules that need not be installed
    with needs_extra("tomo"):
        return import_module("zarr"), import_module("numcodecs")


def _attributes(name: str, info: VolumeInfo, levels: list[_Grid]) -> dict[str, object]:
    """Describe the levels as OME-NGFF asks, and the volume as its other formats do."""
    unit = {} if info.pixel_size_um is None else {"unit": "micrometer"}
    multiscale = {
        "version": "0.4",
        "name": name,
        "axes": [{"name": axis, "type": "space", **unit} for axis in _AXES],
        "datasets": [
            {"path": str(number), "coordinateTransformations": _transformations(info, grid)}
            for number, grid in enumerate(levels)
        ],
        "type": "mean",
        "metadata": {"description": "each voxel is the mean of the 2 x 2 x 2 voxels of the level before"},
    }
    told = {key: value for key, value in info.as_dict().items() if value is not None}
    return {"multiscales": [multiscale], "first_slice": info.slices.start, **told}


def _transformations(info: VolumeInfo, grid: _Grid) -> list[dict[str, object]]:
    """Say where a level's voxels are: the middle of its first voxel is `translation`, their edges are `scale`."""
    size = 1.0 if info.pixel_size_um is None else info.pixel_size_um
    first = (info.slices.start, 0, 0)
    translation = [size * (start + (step - 1) / 2) for start, step in zip(first, grid.steps, strict=True)]
    return [
        {"type": "scale", "scale": [size * step for step in grid.steps]},
        {"type": "translation", "translation": translation},
    ]
