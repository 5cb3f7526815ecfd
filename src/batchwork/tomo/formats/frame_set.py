"""Frames of one kind, wherever they are stored."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

WHOLE = slice(None)
FRAME_AXES = 3
"""Frames, rows, columns."""


class FrameSource(Protocol):
    """A stack of frames of one size in a file or a folder."""

    @property
    def path(self) -> Path:
        """File or folder."""

    @property
    def name(self) -> str:
        """How messages call the stack."""

    @property
    def shape(self) -> tuple[int, ...] | None:
        """(frames, rows, columns) of a sound stack; None if it has no shape."""

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Of the counts, as they are stored."""

    @property
    def chunks(self) -> tuple[int, int, int] | None:
        """Frames, rows and columns that lie together; None if all do."""

    @property
    def packed(self) -> bool:
        """Whether chunks are compressed or otherwise filtered."""

    def read(self, frames: slice, rows: slice, columns: slice, out: NDArray[np.generic]) -> None:
        """Read into `out`, (frames, rows, columns), C-contiguous, of any real type.

        Raises
        ------
        ScanDefect
            If it cannot be read.
        """

    def unwritten(self) -> NDArray[np.bool_]:
        """(frames,) which are promised but not, or not wholly, on disk."""


@dataclass(frozen=True, slots=True)
class FrameSet:
    """Frames of one kind: projections, flats or darks.

    Attributes
    ----------
    source : FrameSource
        (frames, rows, columns), perhaps with frames of other kinds among them.
    runs : tuple of slice
        The ranges of its first axis that belong here, in order.
    """

    source: FrameSource
    runs: tuple[slice, ...]

    @classmethod
    def whole(cls, source: FrameSource) -> Self:
        """All frames of a stack."""
        return cls(source, (slice(0, source.shape[0] if source.shape else 0),))

    @classmethod
    def chosen(cls, source: FrameSource, mask: NDArray[np.bool_]) -> Self:
        """Those frames of a stack where `mask` (frames,) is true."""
        edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
        return cls(source, tuple(slice(int(a), int(b)) for a, b in edges.reshape(-1, 2)))

    @property
    def count(self) -> int:
        """Number of frames."""
        return sum(run.stop - run.start for run in self.runs)

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """(rows, columns)."""
        return () if self.source.shape is None else self.source.shape[1:]

    @property
    def nbytes(self) -> int:
        """Bytes uncompressed, the shape's product times the item size."""
        return int(self.count * np.prod(self.frame_shape, dtype=np.int64) * self.source.dtype.itemsize)

    @property
    def indices(self) -> NDArray[np.intp]:
        """(frames,) where the frames stand on the first axis of the stack."""
        return np.concatenate([np.arange(run.start, run.stop) for run in self.runs] or [np.arange(0)])

    def unwritten(self) -> NDArray[np.bool_]:
        """(frames,) which are promised but not, or not wholly, on disk; needs no reading of frames."""
        return self.source.unwritten()[self.indices]

    def frame(self, index: int, rows: slice = WHOLE) -> NDArray[np.generic]:
        """Read one frame, or some rows of it, (len(rows), columns)."""
        height, width = self.frame_shape
        out = np.empty((1, length(rows, height), width), native(self.source.dtype))
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
            Where to read into, converted to its type.

        Returns
        -------
        (frames, len(rows), len(columns)), in the stack's type unless `out` is given
        """
        shape = (self.count, length(rows, self.frame_shape[0]), length(columns, self.frame_shape[1]))
        if out is None:
            out = np.empty(shape, native(self.source.dtype))
        start = 0
        for run in self.runs:
            stop = start + run.stop - run.start
            self._read(run, rows, columns, out[start:stop])
            start = stop
        return out

    def _read(self, run: slice, rows: slice, columns: slice, out: NDArray[np.generic]) -> None:
        if 0 not in out.shape:
            self.source.read(run, rows, columns, out)


def native(dtype: DTypeLike) -> np.dtype[np.generic]:
    """Give the same type in this machine's byte order."""
    return np.dtype(dtype).newbyteorder("=")


def length(part: slice, whole: int) -> int:
    """Count what a slice takes of `whole` entries."""
    return len(range(*part.indices(whole)))
