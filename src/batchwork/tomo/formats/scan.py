"""A scan as the rest of the program sees it, whatever format it was stored in."""

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import h5py
import numpy as np
from numpy.typing import DTypeLike, NDArray

from batchwork.tomo.formats.hdf5 import reading

AngleUnit = Literal["deg", "rad"]
WHOLE = slice(None)
FRAME_AXES = 3
"""Frames, rows, columns."""


@dataclass(frozen=True, slots=True)
class FrameSet:
    """Frames of one kind: projections, flats or darks.

    Attributes
    ----------
    dataset : h5py.Dataset
        (frames, rows, columns), perhaps with frames of other kinds among them.
    runs : tuple of slice
        The ranges of its first axis that belong here, in order.
    """

    dataset: h5py.Dataset
    runs: tuple[slice, ...]

    @classmethod
    def whole(cls, dataset: h5py.Dataset) -> Self:
        """All frames of a dataset."""
        return cls(dataset, (slice(0, dataset.shape[0] if dataset.shape else 0),))

    @classmethod
    def chosen(cls, dataset: h5py.Dataset, mask: NDArray[np.bool_]) -> Self:
        """Those frames of a dataset where `mask` (frames,) is true."""
        edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
        return cls(dataset, tuple(slice(int(a), int(b)) for a, b in edges.reshape(-1, 2)))

    @property
    def count(self) -> int:
        """Number of frames."""
        return sum(run.stop - run.start for run in self.runs)

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """(rows, columns)."""
        return tuple(int(length) for length in self.dataset.shape[1:])

    @property
    def indices(self) -> NDArray[np.intp]:
        """(frames,) where the frames stand on the first axis of the dataset."""
        return np.concatenate([np.arange(run.start, run.stop) for run in self.runs] or [np.arange(0)])

    def frame(self, index: int, rows: slice = WHOLE) -> NDArray[np.generic]:
        """Read one frame, or some rows of it, (len(rows), columns)."""
        height, width = self.frame_shape
        out = np.empty((1, length(rows, height), width), native(self.dataset.dtype))
        start = int(self.indices[index])
        self._read(slice(start, start + 1), rows, WHOLE, out)
        frame: NDArray[np.generic] = out[0]
        return frame

    def read(
        self, rows: slice, columns: slice = WHOLE, *, out: NDArray[np.generic] | None = None
    ) -> NDArray[np.generic]:
        """Read a block of rows of all frames.

        Parameters
        ----------
        rows, columns : slice
            With step 1, in detector pixels.
        out : (frames, len(rows), len(columns)), C-contiguous, optional
            Where to read into, without a copy between; HDF5 converts to its type.

        Returns
        -------
        (frames, len(rows), len(columns)), in the dataset's type unless `out` is given
        """
        shape = (self.count, length(rows, self.frame_shape[0]), length(columns, self.frame_shape[1]))
        if out is None:
            out = np.empty(shape, native(self.dataset.dtype))
        start = 0
        for run in self.runs:
            stop = start + run.stop - run.start
            self._read(run, rows, columns, out[start:stop])
            start = stop
        return out

    def _read(self, run: slice, rows: slice, columns: slice, out: NDArray[np.generic]) -> None:
        if 0 in out.shape:
            return
        with reading(Path(self.dataset.file.filename), self.dataset.name):
            self.dataset.read_direct(out, np.s_[run, rows, columns])


def native(dtype: DTypeLike) -> np.dtype[np.generic]:
    """Give the same type in this machine's byte order."""
    return np.dtype(dtype).newbyteorder("=")


def length(part: slice, whole: int) -> int:
    """Count what a slice takes of `whole` entries."""
    return len(range(*part.indices(whole)))


@dataclass(frozen=True, slots=True)
class Theta:
    """The angles as they stand in the file.

    Attributes
    ----------
    values : (n,) float64
        In `unit`; one for each planned projection, so possibly more than there are frames.
    unit : "deg" or "rad"
        Degrees unless the dataset says otherwise.
    name : str
        Where they stand.
    """

    values: NDArray[np.float64]
    unit: AngleUnit
    name: str

    @property
    def degrees(self) -> NDArray[np.float64]:
        """(n,) in degrees."""
        return self.values if self.unit == "deg" else np.rad2deg(self.values)

    @property
    def radians(self) -> NDArray[np.float64]:
        """(n,) in radians."""
        return np.deg2rad(self.values) if self.unit == "deg" else self.values


@dataclass(frozen=True, slots=True)
class Parts:
    """What was found of a scan in a file; None for what is missing."""

    path: Path
    kind: Literal["dxchange", "nxtomo"]
    data: FrameSet | None = None
    flats: FrameSet | None = None
    darks: FrameSet | None = None
    theta: Theta | None = None
    pixel_size_um: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ScanInfo:
    """What there is to know of a scan without reading its frames.

    Attributes
    ----------
    path : Path
        The file.
    kind : "dxchange" or "nxtomo"
        Its format.
    angles, rows, columns : int
        Projections that are there, and detector pixels.
    dtype : numpy.dtype
        Of the counts, in this machine's byte order.
    nflat, ndark : int
        Flat and dark frames.
    theta_rad : (angles,) float64
        Angle of each projection in radians, as recorded: any start, any order.
    theta_count : int
        Angles in the file; more than `angles` where the scan was broken off or still runs.
    pixel_size_um : float or None
        Size of a pixel at the sample in micrometres; None where the file does not say so with a unit.
    chunks : (frames, rows, columns) or None
        Layout on disk; None if contiguous.
    compressed : bool
        Whether chunks pass through a filter.
    nbytes : int
        Bytes of the projections uncompressed, the shape's product times the item size.
    """

    path: Path
    kind: Literal["dxchange", "nxtomo"]
    angles: int
    rows: int
    columns: int
    dtype: np.dtype[np.generic]
    nflat: int
    ndark: int
    theta_rad: NDArray[np.float64]
    theta_count: int
    pixel_size_um: float | None
    chunks: tuple[int, int, int] | None
    compressed: bool
    nbytes: int

    @property
    def is_short(self) -> bool:
        """Whether there are fewer projections than angles."""
        return self.angles < self.theta_count

    @property
    def row_chunk(self) -> int:
        """Rows that are unpacked together; blocks that are multiples of it read each chunk once."""
        return min(self.chunks[1], self.rows) if self.chunks and self.compressed else 1


class Scan:
    """An open scan, read block by block; a context manager.

    Parameters
    ----------
    file : h5py.File
        Closed with the scan.
    info : ScanInfo
        What is in it.
    data, flats, darks : FrameSet
        Its frames.
    """

    def __init__(self, file: h5py.File, info: ScanInfo, data: FrameSet, flats: FrameSet, darks: FrameSet) -> None:
        self.info = info
        self._file = file
        self._data = data
        self._flats = flats
        self._darks = darks

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def projections(
        self, rows: slice = WHOLE, columns: slice = WHOLE, *, out: NDArray[np.generic] | None = None
    ) -> NDArray[np.generic]:
        """Read a block of rows of all projections, in counts.

        Parameters
        ----------
        rows, columns : slice
            With step 1, in detector pixels.
        out : (angles, len(rows), len(columns)), C-contiguous, optional
            Where to read into, without a copy between; HDF5 converts to its type.

        Returns
        -------
        (angles, len(rows), len(columns)), of `info.dtype` unless `out` is given

        Raises
        ------
        DamagedFile
            If the block cannot be read.
        """
        return self._data.read(rows, columns, out=out)

    def projection(self, index: int) -> NDArray[np.generic]:
        """Read one whole projection, (rows, columns), in counts."""
        return self._data.frame(index)

    def flats(self, rows: slice = WHOLE, columns: slice = WHOLE) -> NDArray[np.generic]:
        """Read a block of rows of all flat frames, (nflat, len(rows), len(columns)), in counts."""
        return self._flats.read(rows, columns)

    def darks(self, rows: slice = WHOLE, columns: slice = WHOLE) -> NDArray[np.generic]:
        """Read a block of rows of all dark frames, (ndark, len(rows), len(columns)), in counts."""
        return self._darks.read(rows, columns)

    def flat_dark(self, rows: slice = WHOLE, columns: slice = WHOLE) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Average the flat and the dark frames of a block of rows.

        Returns
        -------
        flat, dark : (len(rows), len(columns)) float32
            Means in counts, summed in double precision.
        """
        flat = self.flats(rows, columns).mean(axis=0, dtype=np.float64)
        dark = self.darks(rows, columns).mean(axis=0, dtype=np.float64)
        return flat.astype(np.float32), dark.astype(np.float32)
