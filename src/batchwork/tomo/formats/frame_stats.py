"""Numbers about single frames, read frame by frame or band by band as their layout on disk asks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchwork.tomo.formats.frame_set import FrameSet

SAMPLED = 16
"""Frames of each kind that are looked at unless all are."""
_CAMERA_BITS = (10, 12, 14)
"""Of cameras that write 16."""
_FRAME = (1, 2)
"""The axes of one frame in a block."""
_CONSTANT_PIXELS = 16
"""Fewer pixels than this may well have the same value by chance."""
_BAND_BYTES = 64e6


@dataclass(frozen=True, slots=True, eq=False)
class FrameStats:
    """Some frames in numbers.

    Attributes
    ----------
    index : (n,) int
        Which frames were looked at.
    pixels, no_number, saturated : (n,) int
        Pixels looked at, those that are NaN or infinite, and those at the camera's highest count.
    mean, low, high : (n,) float64
        In counts, of the finite pixels.
    """

    index: NDArray[np.intp]
    pixels: NDArray[np.int64]
    no_number: NDArray[np.int64]
    saturated: NDArray[np.int64]
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    @property
    def constant(self) -> NDArray[np.bool_]:
        """(n,) whether a frame looks as if it had never been written."""
        enough = (self.low == 0) | (self.pixels >= _CONSTANT_PIXELS)
        return np.asarray((self.no_number == 0) & (self.low == self.high) & enough)


def frame_stats(frames: FrameSet, *, deep: bool) -> FrameStats:
    """Summarise frames.

    Parameters
    ----------
    frames : FrameSet
        At least one frame, of three axes.
    deep : bool
        All of every frame; otherwise 16 frames, the first and the last among them, and of those only one
        band of rows where reading more would mean to unpack the whole dataset.
    """
    count = frames.count
    level = saturation_level(frames)
    sums = np.zeros((4, count))
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    for index, block in _blocks(frames, deep=deep):
        options = {} if block.dtype.kind != "f" else {"where": np.isfinite(block)}
        sums[0, index] += block[0].size
        sums[1, index] += np.count_nonzero(~options["where"], axis=_FRAME) if options else 0
        sums[2, index] += 0 if level is None else np.count_nonzero(block >= level, axis=_FRAME)
        sums[3, index] += block.sum(axis=_FRAME, dtype=np.float64, **options)
        low[index] = np.minimum(low[index], block.min(axis=_FRAME, **_bounded(options, np.inf)))
        high[index] = np.maximum(high[index], block.max(axis=_FRAME, **_bounded(options, -np.inf)))
    seen = np.flatnonzero(sums[0])
    pixels, no_number, saturated = sums[:3, seen].astype(np.int64)
    mean = sums[3, seen] / np.maximum(pixels - no_number, 1)
    return FrameStats(seen, pixels, no_number, saturated, mean, low[seen], high[seen])


def _bounded(options: dict[str, Any], initial: float) -> dict[str, Any]:
    """Add where to start from when all pixels may be left out."""
    return {**options, "initial": initial} if options else {}


def is_constant(frames: FrameSet, index: int) -> bool:
    """Tell whether one frame looks as if it had never been written."""
    block = frames.frame(index, _bands(frames)[0])
    return bool((block == block.flat[0]).all())


def sample(count: int, *, deep: bool) -> NDArray[np.intp]:
    """Choose frames to look at, the first and the last among them."""
    if deep or count <= SAMPLED:
        return np.arange(count)
    return np.unique(np.linspace(0, count - 1, SAMPLED).round().astype(np.intp))


def mean_frame(frames: FrameSet, *, deep: bool) -> NDArray[np.float64]:
    """Average frames, (rows, columns) in counts; a sample of them unless `deep`."""
    chosen = sample(frames.count, deep=deep)
    total = np.zeros(frames.frame_shape)
    for index in chosen:
        total += np.asarray(frames.frame(int(index)), dtype=np.float64)
    return total / max(chosen.size, 1)


def _bands(frames: FrameSet) -> list[slice]:
    """Divide the rows such that each compressed chunk is unpacked once; the middle band comes first."""
    rows, chunks = frames.frame_shape[0], frames.source.chunks
    if chunks is None or not frames.source.packed or chunks[0] == 1 or chunks[1] >= rows:
        return [slice(0, rows)]
    one = frames.source.dtype.itemsize * frames.count * chunks[1] * frames.frame_shape[1]
    step = chunks[1] * max(1, int(_BAND_BYTES // max(one, 1)))
    bands = [slice(start, min(start + step, rows)) for start in range(0, rows, step)]
    middle = len(bands) // 2
    return [bands[middle], *bands[:middle], *bands[middle + 1 :]]


def _blocks(frames: FrameSet, *, deep: bool) -> Iterator[tuple[NDArray[np.intp], NDArray[Any]]]:
    """Read what is looked at as (which frames, (frames, rows, columns)), of the type in the file."""
    chosen = sample(frames.count, deep=deep)
    bands = _bands(frames)
    if len(bands) == 1:
        for index in chosen:
            yield np.array([index]), frames.frame(int(index))[None]
        return
    for band in bands if deep else bands[:1]:
        yield chosen, frames.read(band)[chosen]


def saturation_level(frames: FrameSet) -> float | None:
    """Give the highest count of the camera, judged by the middle frame."""
    if frames.source.dtype.kind != "u" or frames.count == 0:
        return None
    high = int(np.asarray(frames.frame(frames.count // 2, _bands(frames)[0])).max())
    bits = next((bits for bits in _CAMERA_BITS if high == 2**bits - 1), 8 * frames.source.dtype.itemsize)
    return float(2**bits - 1)
