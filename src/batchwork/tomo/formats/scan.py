"""A scan as the rest of the program sees it, whatever format it was stored in."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from batchwork.tomo.formats.flat_fields import FlatFields, FlatGroup, average, mean_of
from batchwork.tomo.formats.frame_set import WHOLE, FrameSet
from batchwork.tomo.formats.pixel_size import PixelSize

AngleUnit = Literal["deg", "rad"]
ScanKind = Literal["dxchange", "nxtomo", "tiff"]


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
    """What was found of a scan; None for what is missing.

    `flat_groups` says where the flats stand among the projections, see `FlatGroup`; `planned` is the number of
    projections that the acquisition announces.
    """

    path: Path
    kind: ScanKind
    data: FrameSet | None = None
    flats: FrameSet | None = None
    darks: FrameSet | None = None
    theta: Theta | None = None
    flat_groups: tuple[FlatGroup, ...] = ()
    planned: int | None = None
    pixel_size: PixelSize = field(default_factory=PixelSize)


@dataclass(frozen=True, slots=True, eq=False)
class ScanInfo:
    """What there is to know of a scan without reading its frames.

    Attributes
    ----------
    path : Path
        The file, or the folder of TIFFs.
    kind : "dxchange", "nxtomo" or "tiff"
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
    kind: ScanKind
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
    files : ExitStack
        Closed with the scan.
    info : ScanInfo
        What is in it.
    data, flats, darks : FrameSet
        Its frames.
    flat_groups : tuple of FlatGroup
        Where the flats stand among the projections, in order; at least one.
    """

    def __init__(
        self,
        files: ExitStack,
        info: ScanInfo,
        data: FrameSet,
        flats: FrameSet,
        darks: FrameSet,
        flat_groups: tuple[FlatGroup, ...],
    ) -> None:
        self.info = info
        self._files = files
        self._data = data
        self._flats = flats
        self._darks = darks
        self._flat_groups = flat_groups

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close its files."""
        self._files.close()

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

    def flat_fields(self, rows: slice = WHOLE, columns: slice = WHOLE) -> FlatFields:
        """Average each group of flats in a block of rows, and say where it stands among the projections.

        Returns
        -------
        FlatFields
            ``positions`` (k,) and ``frames`` (k, len(rows), len(columns)), k >= 1.
        """
        return average(self._flat_groups, self.flats(rows, columns))

    def dark_field(self, rows: slice = WHOLE, columns: slice = WHOLE) -> NDArray[np.float32]:
        """Average all dark frames of a block of rows, (len(rows), len(columns)) float32, in counts."""
        return mean_of(self.darks(rows, columns))

    def flat_dark(self, rows: slice = WHOLE, columns: slice = WHOLE) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Average all flat and all dark frames of a block of rows.

        Returns
        -------
        flat, dark : (len(rows), len(columns)) float32
            Means in counts, summed in double precision.
        """
        return mean_of(self.flats(rows, columns)), self.dark_field(rows, columns)
