"""Frames in TIFF files: the pages of one, or a file for each."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from batchwork.io.naming import natural_key
from batchwork.tomo.formats.errors import MissingDataset, ScanDefect, WrongShape
from batchwork.tomo.formats.hdf5 import unreadable
from batchwork.tomo.formats.tiff_pages import Page, find_pages, read_rows

_SUFFIXES = {".tif", ".tiff"}


def is_tiff(path: Path) -> bool:
    """Tell whether a path is a TIFF file by its name, or a folder with some in it."""
    try:
        if path.is_dir():
            return next(_tiffs(path), None) is not None
    except OSError:  # what may not be read is told of by who opens it
        return False
    return path.suffix.lower() in _SUFFIXES


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """Open a file for reading and give its descriptor."""
    try:
        with path.open("rb", buffering=0) as stream:
            yield stream.fileno()
    except ScanDefect:
        raise
    except OSError as error:
        raise unreadable(path, error) from error


def tiff_files(folder: Path) -> list[Path]:
    """List the TIFF files of a folder in natural order, hidden ones left out."""
    return sorted(_tiffs(folder), key=lambda path: natural_key(path.name))


def _tiffs(folder: Path) -> Iterator[Path]:
    return (p for p in folder.iterdir() if p.suffix.lower() in _SUFFIXES and not p.name.startswith(".") and p.is_file())


@dataclass(frozen=True, slots=True, eq=False)
class TiffFrames:
    """Pages of one or more TIFF files as a stack of frames.

    No file stays open between reads: a folder may hold more of them than a process may open.

    Attributes
    ----------
    path : Path
        The file, or the folder.
    name : str
        How messages call the stack.
    pages : tuple of Page
        Of one shape and type; at least one.
    """

    path: Path
    name: str
    pages: tuple[Page, ...]

    @classmethod
    def at(cls, path: Path, files: Iterable[Path] | None = None, *, name: str | None = None) -> "TiffFrames":
        """Find the frames.

        Parameters
        ----------
        path : Path
            A file or a folder.
        files : iterable of Path, optional
            Which files of the folder, in order; all of them by default.
        name : str, optional
            How messages call the stack; the path's own name by default.

        Raises
        ------
        ScanDefect
            `MissingFile`, `UnreadableFile`, `NotTiffFile`, `TruncatedFile`, `DamagedFile`, `MissingDataset`
            where there is no file, or `WrongShape` where frames differ in size or type.
        """
        if files is None:
            files = tiff_files(path) if path.is_dir() else [path]
        pages = tuple(page for file in files for page in find_pages(file))
        if not pages:
            raise MissingDataset.at(path, "it has no TIFF files")
        first = pages[0]
        for page in pages:
            if (page.shape, page.dtype) != (first.shape, first.dtype):
                text = f"its frames are {page.shape} {page.dtype}, those of {first.path} {first.shape} {first.dtype}"
                raise WrongShape.at(page.path, text)
        return cls(path, name or path.name, pages)

    @property
    def shape(self) -> tuple[int, ...]:
        """(frames, rows, columns)."""
        return (len(self.pages), *self.pages[0].shape)

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Of the counts, in the files' byte order."""
        return self.pages[0].dtype

    @property
    def chunks(self) -> tuple[int, int, int] | None:
        """One frame, its rows that are unpacked together, all columns; None if uncompressed."""
        if not self.packed:
            return None
        return (1, max(page.strip_rows for page in self.pages), self.shape[2])

    @property
    def packed(self) -> bool:
        """Whether any frame is compressed."""
        return not all(page.plain for page in self.pages)

    def read(self, frames: slice, rows: slice, columns: slice, out: NDArray[np.generic]) -> None:
        """Read into `out`, without a copy between where its type and width are those of the files."""
        lines = range(self.shape[1])[rows]
        wanted = zip(self.pages[frames], out, strict=True)
        for path, pairs in groupby(wanted, key=lambda pair: pair[0].path):
            with _opened(path) as stream:
                for page, block in pairs:
                    read_rows(page, stream, lines, columns, block)

    def unwritten(self) -> NDArray[np.bool_]:
        """(frames,) which their files are too short for."""
        return np.array([not page.whole for page in self.pages])
