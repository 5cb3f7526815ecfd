"""Which part of the detector is reconstructed, and in what blocks."""

import itertools
import math
from dataclasses import dataclass
from typing import Self

import numpy as np

from batchwork.errors import ParameterError
from batchwork.tomo.formats.scan import ScanInfo
from batchwork.tomo.kernels.gridding import BLOCK_SLICES, work_bytes
from batchwork.tomo.kernels.preprocess import binned_cor, unbinned_cor

MOST_SLICES = 32
"""More slices in a block do not make it faster; reading the first would hold up the rest."""
_HALOS = 6
"""Where rows around a block are needed, it is so many times their number if memory allows."""
_FLOAT_BYTES = 4
_AS_THEY_ARE = ("uint8", "uint16")


def parse_range(text: str, length: int, what: str) -> range:
    """Read ``A:B`` as a part of 0 to `length`, B not included; either may be left out.

    Raises
    ------
    ParameterError
        If it has another form, or nothing of the detector is in it.

    Examples
    --------
    >>> parse_range("4:", 10, "rows")
    range(4, 10)
    """
    first, colon, last = text.partition(":")
    try:
        start, stop = int(first or 0), int(last or length)
    except ValueError:
        colon, start, stop = "", 0, 0
    if not colon or start < 0:
        raise ParameterError(f"{what} '{text}': write A:B, for example 100:200")
    stop = min(stop, length)
    if start >= stop:
        raise ParameterError(f"{what} {text}: nothing of the detector's {length} {what} is in it")
    return range(start, stop)


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the detector, binned.

    Attributes
    ----------
    rows : range
        Slices: binned rows, counted from the first row of the whole detector.
    columns : range
        Unbinned columns.
    binning : int
        Blocks of 2**binning pixels squared become one.
    """

    rows: range
    columns: range
    binning: int = 0

    @classmethod
    def of(cls, info: ScanInfo, rows: str = ":", columns: str = ":", binning: int = 0) -> Self:
        """Choose rows ``A:B`` and columns ``A:B``, in unbinned pixels, of a scan.

        Only binned rows that lie wholly in the range are taken.

        Raises
        ------
        ParameterError
            If nothing is left.
        """
        side = 1 << binning
        chosen, width = (
            parse_range(rows, info.rows, "rows"),
            parse_range(columns, info.columns, "columns"),
        )
        binned = range(-(-chosen.start // side), chosen.stop // side)
        if not binned or len(width) < 2 * side:
            raise ParameterError(
                f"binning {binning}: too few pixels are left of rows {rows} and columns {columns} of a detector with "
                f"{info.rows} rows and {info.columns} columns"
            )
        return cls(binned, width, binning)

    @property
    def side(self) -> int:
        """Pixels along the side of a binned one."""
        return 1 << self.binning

    @property
    def size(self) -> int:
        """Binned columns, which is the side of the images too."""
        return len(self.columns) // self.side

    def cor(self, cor: float) -> float:
        """Column index in the region of column index `cor` on the whole unbinned detector."""
        return binned_cor(cor - self.columns.start, self.binning)

    def full_cor(self, cor: float) -> float:
        """Column index on the whole unbinned detector of column index `cor` in the region."""
        return unbinned_cor(cor, self.binning) + self.columns.start

    def detector_rows(self, rows: range) -> slice:
        """Unbinned rows of some slices."""
        return slice(rows.start * self.side, rows.stop * self.side)


def counts_dtype(info: ScanInfo) -> np.dtype[np.generic]:
    """Give the type in which counts are read: that of the file for usual cameras, else float32."""
    return info.dtype if info.dtype.name in _AS_THEY_ARE else np.dtype(np.float32)


@dataclass(frozen=True, slots=True)
class Load:
    """What reconstructing a block of slices takes.

    Attributes
    ----------
    size : int
        Side of the images.
    angles : int
        Of the sinograms.
    halo : int
        Binned rows that are read above and below a block.
    columns : int
        Binned columns that are read.
    row_bytes : int
        Memory of each binned row that is read, beside its counts.
    work_bytes : int
        Memory that does not grow with the block, beside that of the reconstruction.
    """

    size: int
    angles: int
    halo: int
    columns: int
    row_bytes: int = 0
    work_bytes: int = 0

    @classmethod
    def plain(cls, info: ScanInfo, region: Region) -> Self:
        """Take nothing but flat and dark field into account."""
        return cls(region.size, info.angles, 0, region.size)


def row_bytes(info: ScanInfo, region: Region, load: Load) -> int:
    """Memory of one binned row that is read; one set of counts is read while another is computed."""
    return 2 * info.angles * load.columns * region.side**2 * counts_dtype(info).itemsize + load.row_bytes


def slice_bytes(info: ScanInfo, region: Region, load: Load | None = None) -> int:
    """Memory of one slice: its row, one sinogram, and two images, of which one is written as another is computed."""
    load = load or Load.plain(info, region)
    sinogram = load.angles * region.size * _FLOAT_BYTES
    return row_bytes(info, region, load) + sinogram + 2 * load.size**2 * _FLOAT_BYTES


def blocks(info: ScanInfo, region: Region, memory_bytes: int, load: Load | None = None) -> list[range]:
    """Cut the slices of a region into blocks that fit in memory.

    Blocks end where the chunks of the file end, if at least one fits, so that each is unpacked once. At
    least one slice is taken at a time, however little memory there is. Where rows around a block are needed,
    blocks are large enough for most of the rows to be read once.

    Parameters
    ----------
    info : ScanInfo
    region : Region
    memory_bytes : int
        For everything that grows with the size of a slice.
    load : Load, optional
        What else is done; only flat and dark field by default.

    Returns
    -------
    list of range
        Slices, in order.
    """
    load = load or Load.plain(info, region)
    around = 2 * load.halo * row_bytes(info, region, load)
    spare = memory_bytes - work_bytes(region.size, load.angles, size=load.size) - load.work_bytes - around
    fit = max(1, spare // slice_bytes(info, region, load))
    most = max(MOST_SLICES, _HALOS * load.halo)
    unit = max(1, -(-info.row_chunk // region.side))
    if unit > fit:
        step = fit
    else:
        best = math.lcm(unit, BLOCK_SLICES)
        unit = best if best <= min(fit, most) else unit
        step = max(unit, min(fit, most) // unit * unit)
    first, last = region.rows.start, region.rows.stop
    edges = [first, *range((first // step + 1) * step, last, step), last]
    return [range(a, b) for a, b in itertools.pairwise(edges)]
