"""Where the frames lie in a TIFF file, and reading some rows of one."""

import lzma
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray

from batchwork.tomo.formats.errors import (
    DamagedFile,
    MissingFilterPlugin,
    NotTiffFile,
    ScanDefect,
    TruncatedFile,
    WrongShape,
)
from batchwork.tomo.formats.hdf5 import require_file, unreadable

_PARSE_ERRORS = (tifffile.TiffFileError, struct.error, ValueError, LookupError, TypeError, ArithmeticError)
"""What tifffile raises on a file that is damaged."""
_DECODE_ERRORS = (*_PARSE_ERRORS, NotImplementedError, RuntimeError, zlib.error, lzma.LZMAError)
"""What unpacking raises; the errors of imagecodecs are of `RuntimeError`."""
_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_SLICE_AXES = 2


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """One frame in a TIFF file.

    Attributes
    ----------
    path : Path
        The file.
    layout : tifffile.TiffPage
        How it is stored: of this page, or of one that is stored in the same way.
    offsets, sizes : tuple of int
        Bytes at which its strips or tiles begin, and their lengths; one strip for a plain frame.
    plain : bool
        Whether its rows simply follow each other, uncompressed.
    whole : bool
        Whether the file is long enough to hold it.
    """

    path: Path
    layout: tifffile.TiffPage
    offsets: tuple[int, ...]
    sizes: tuple[int, ...]
    plain: bool
    whole: bool

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.layout.imagelength, self.layout.imagewidth

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Of the counts, in the file's byte order; void for types that numpy does not have."""
        dtype = self.layout.dtype
        return np.dtype("V1") if dtype is None else np.dtype(self.layout.parent.byteorder + dtype.char)

    @property
    def strip_rows(self) -> int:
        """Rows that are unpacked together."""
        tiled, layout = self.layout.is_tiled, self.layout
        return int(min(layout.tilelength if tiled else layout.rowsperstrip, layout.imagelength))


def find_pages(path: Path) -> list[Page]:
    """Find the frames of a file, in order.

    Raises
    ------
    ScanDefect
        `MissingFile`, `UnreadableFile`, `NotTiffFile`, `TruncatedFile`, `DamagedFile` or `WrongShape`.
    """
    require_file(path)
    try:
        length = _checked_length(path)
        with tifffile.TiffFile(path) as file:
            pages = list(_pages(path, file, length))
    except ScanDefect:
        raise
    except OSError as error:
        raise unreadable(path, error) from error
    except _PARSE_ERRORS as error:
        raise TruncatedFile.at(path, f"it is cut off or damaged ({error})") from error
    _check_alike(path, pages)
    return pages


def _checked_length(path: Path) -> int:
    with path.open("rb") as stream:
        head = stream.read(4)
        if len(head) < 4 and any(magic.startswith(head) for magic in _MAGIC):  # noqa: PLR2004 - the magic's length
            raise TruncatedFile.at(path, f"it is cut off after {len(head)} bytes")
        if head not in _MAGIC:
            raise NotTiffFile.at(path, "it is not a TIFF file")
        return os.fstat(stream.fileno()).st_size


def _pages(path: Path, file: tifffile.TiffFile, length: int) -> Iterator[Page]:
    """Give the frames of each image directory of the file; most hold one."""
    layouts: dict[int, tifffile.TiffPage] = {}
    for page in (page for page in file.pages if isinstance(page, tifffile.TiffPage)):
        layout, plain, count = layouts.setdefault(page.hash, page), _is_plain(page), _frames_in(page, file)
        if count == 0 or (count > 1 and not plain):
            raise WrongShape.at(path, f"a page has shape {page.shape}, not (rows, columns) of grey values")
        if not plain:
            offsets, sizes = tuple(page.dataoffsets), tuple(page.databytecounts)
            yield Page(path, layout, offsets, sizes, plain, _fits(offsets, sizes, length))
            continue
        size = page.imagelength * page.imagewidth * np.dtype(page.dtype).itemsize
        for number in range(count):
            at = (page.dataoffsets[0] + number * size,)
            yield Page(path, layout, at, (size,), plain, _fits(at, (size,), length))


def _frames_in(page: tifffile.TiffPage, file: tifffile.TiffFile) -> int:
    """Count the frames of an image directory; 0 if its pixels have colours.

    Three or four frames may stand in one as its colour planes, as tifffile stores such stacks by default; and
    the only directory of a file may stand for all frames that follow it, as ImageJ writes large stacks.
    """
    if page.shape[-_SLICE_AXES:] != (page.imagelength, page.imagewidth):
        return 0
    if len(file.pages) == 1 and _is_plain(page) and page.is_imagej:
        return int((file.imagej_metadata or {}).get("images", 1))
    if len(file.pages) == 1 and _is_plain(page) and page.is_shaped:
        return int(np.prod(file.series[0].shape[:-_SLICE_AXES]))
    return int(np.prod(page.shape[:-_SLICE_AXES]))


def _is_plain(page: tifffile.TiffPage) -> bool:
    return bool(page.is_final and not page.is_tiled and page.dtype is not None)


def _fits(offsets: tuple[int, ...], sizes: tuple[int, ...], length: int) -> bool:
    return bool(offsets) and all(at > 0 and at + size <= length for at, size in zip(offsets, sizes, strict=True))


def _check_alike(path: Path, pages: list[Page]) -> None:
    if not pages:
        raise DamagedFile.at(path, "it holds no image")
    first = pages[0]
    for number, page in enumerate(pages):
        if (page.shape, page.dtype) != (first.shape, first.dtype):
            text = f"frame {number} is {page.shape} {page.dtype}, the first is {first.shape} {first.dtype}"
            raise WrongShape.at(path, text)


def read_rows(page: Page, stream: int, rows: range, columns: slice, out: NDArray[np.generic]) -> None:
    """Read a block of rows of one frame.

    Parameters
    ----------
    page : Page
        The frame.
    stream : int
        Descriptor of its open file.
    rows : range
        With step 1.
    columns : slice
        With step 1.
    out : (len(rows), len(columns)), C-contiguous
        Is filled, converted to its type.

    Raises
    ------
    TruncatedFile, DamagedFile
        If the file ends before, or cannot be unpacked.
    MissingFilterPlugin
        If it is compressed in a way that needs imagecodecs.
    """
    if page.plain:
        _read_plain(page, stream, rows, columns, out)
        return
    wanted, read = range(page.shape[1])[columns], 0
    for start, block in _unpacked(page, stream, rows):
        first, last = max(start[0], rows.start), min(start[0] + block.shape[0], rows.stop)
        left, right = max(start[1], wanted.start), min(start[1] + block.shape[1], wanted.stop)
        if first < last and left < right:
            part = block[first - start[0] : last - start[0], left - start[1] : right - start[1]]
            out[first - rows.start : last - rows.start, left - wanted.start : right - wanted.start] = part
            read += part.size
    if read != out.size:
        raise DamagedFile.at(page.path, "parts of a frame are missing")


def _read_plain(page: Page, stream: int, rows: range, columns: slice, out: NDArray[np.generic]) -> None:
    """Read straight into `out` where its rows are those of the file."""
    stride = page.shape[1] * page.dtype.itemsize
    direct = out.dtype == page.dtype and out.shape[1] == page.shape[1]
    block = out if direct else np.empty((len(rows), page.shape[1]), page.dtype)
    wanted, start = block.reshape(-1).view(np.uint8).data, page.offsets[0] + rows.start * stride
    while wanted:
        got = os.preadv(stream, [wanted], start)
        if not got:
            raise TruncatedFile.at(page.path, "it ends within a frame")
        wanted, start = wanted[got:], start + got
    if not direct:
        out[:] = block[:, columns]


def _unpacked(page: Page, stream: int, rows: range) -> Iterator[tuple[tuple[int, int], NDArray[np.generic]]]:
    """Give the strips or tiles that cover `rows`: the pixel where each begins, and its counts."""
    layout, height = page.layout, max(page.strip_rows, 1)
    across = -(-page.shape[1] // max(layout.tilewidth, 1)) if layout.is_tiled else 1
    for index in range(rows.start // height * across, min(-(-rows.stop // height) * across, len(page.offsets))):
        packed = os.pread(stream, page.sizes[index], page.offsets[index])
        if len(packed) < page.sizes[index] or not packed:
            raise TruncatedFile.at(page.path, "it ends within a frame")
        where, block = _decode(page, packed, index)
        yield (int(where[2]), int(where[3])), block[0, :, :, 0]


def _decode(page: Page, packed: bytes, index: int) -> tuple[tuple[int, ...], NDArray[np.generic]]:
    """Unpack a strip or tile: where it begins on the axes of tifffile's normal form, and its counts."""
    try:
        block, where, _ = page.layout.decode(packed, index)
    except _DECODE_ERRORS as error:
        kind = MissingFilterPlugin if "imagecodecs" in str(error) else DamagedFile
        raise kind.at(page.path, f"a frame cannot be unpacked ({error})") from error
    if block is None:
        raise DamagedFile.at(page.path, "a frame is empty")
    return where, block
