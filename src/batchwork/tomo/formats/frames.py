"""What the frames hold: written at all, lit, not saturated, numbers."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from batchwork.tomo.formats.errors import (
    DarkFrames,
    FlatNotAboveDark,
    NotANumberData,
    SaturatedFrames,
    UnwrittenFrames,
)
from batchwork.tomo.formats.findings import Finding
from batchwork.tomo.formats.frame_set import FrameSet
from batchwork.tomo.formats.frame_stats import FrameStats, frame_stats, is_constant, mean_frame
from batchwork.tomo.formats.scan import Parts

_SATURATED_WARNING, _SATURATED_ERROR = 1e-4, 0.5
_UNLIT_ERROR = 0.5
_DARK_BELOW = 0.01
"""A frame whose mean over the dark field is below this share of the flat field's got no beam."""


def frame_findings(parts: Parts, *, deep: bool) -> Iterator[Finding]:
    """Check the frames of a scan whose structure is sound.

    Parameters
    ----------
    parts : Parts
        With projections, flats and darks.
    deep : bool
        Read every frame; otherwise a sample of 16 of each kind, the first and the last among them.
    """
    if parts.data is None or parts.flats is None or parts.darks is None:
        return
    flats, darks, data = (frame_stats(f, deep=deep) for f in (parts.flats, parts.darks, parts.data))
    for frames, stats in ((parts.flats, flats), (parts.darks, darks), (parts.data, data)):
        yield from _no_numbers(parts.path, frames, stats)
        yield from _saturated(parts.path, frames, stats)
    yield from _unwritten(parts.path, parts.data, data)
    yield from _unwritten_flats(parts.path, parts.flats, flats)
    yield from _unlit(parts.path, parts.flats, parts.darks, deep=deep)
    yield from _dark(parts.path, parts.data, data, float(flats.mean.mean()), float(darks.mean.mean()))


def _no_numbers(path: Path, frames: FrameSet, stats: FrameStats) -> Iterator[Finding]:
    bad = np.flatnonzero(stats.no_number)
    if bad.size:
        count, first = stats.no_number.sum(), stats.index[bad[0]]
        text = f"{frames.source.name} has NaN or infinity at {count} pixels in {bad.size} of {stats.index.size}"
        yield Finding.of(NotANumberData.at(path, f"{text} frames looked at, first in frame {first}"))


def _saturated(path: Path, frames: FrameSet, stats: FrameStats) -> Iterator[Finding]:
    lit = ~stats.constant | (stats.low > 0)
    share = stats.saturated[lit].sum() / max(stats.pixels[lit].sum(), 1)
    if share > _SATURATED_WARNING:
        text = f"{frames.source.name} is saturated at {share:.2%} of its pixels"
        yield Finding.of(SaturatedFrames.at(path, text), "error" if share > _SATURATED_ERROR else "warning")


def _unwritten(path: Path, data: FrameSet, stats: FrameStats) -> Iterator[Finding]:
    missing = np.count_nonzero(data.unwritten())
    constant = np.flatnonzero(stats.constant)
    if not missing and not constant.size:
        return
    if missing:
        text = f"{missing} of its {data.count} frames were never written"
    elif stats.index[constant[-1]] == data.count - 1:
        first, value = _first_of_tail(data, stats), stats.low[constant[-1]]
        text = f"frames {first} to {data.count - 1} hold {value:g} throughout"
    else:
        text = f"frame {stats.index[constant[0]]} holds {stats.low[constant[0]]:g} throughout"
    yield Finding.of(UnwrittenFrames.at(path, f"{data.source.name}: {text}"))


def _unwritten_flats(path: Path, frames: FrameSet, stats: FrameStats) -> Iterator[Finding]:
    """Check that no flat reads as zeros; one of another single value is of data that were normalised before."""
    missing = np.count_nonzero(frames.unwritten())
    zero = np.flatnonzero(stats.constant & (stats.low == 0))
    if missing or zero.size:
        text = f"{missing} of its {frames.count} frames were never written"
        if not missing:
            text = f"frame {stats.index[zero[0]]} holds 0 throughout"
        yield Finding.of(UnwrittenFrames.at(path, f"{frames.source.name}: {text}"))


def _first_of_tail(data: FrameSet, stats: FrameStats) -> int:
    """Find where the constant end of the projections begins, by bisection between the frames looked at."""
    written = stats.index[~stats.constant]
    low = int(written[-1]) if written.size else -1
    high = int(stats.index[stats.index > low][0])
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_constant(data, middle) else (middle, high)
    return high


def _unlit(path: Path, flats: FrameSet, darks: FrameSet, *, deep: bool) -> Iterator[Finding]:
    above = mean_frame(flats, deep=deep) - mean_frame(darks, deep=deep)
    share = float(np.mean(above <= 0))
    if share > 0:
        columns = int(np.count_nonzero((above <= 0).all(axis=0)))
        text = f"{flats.source.name} is not above the dark field at {share:.2%} of the pixels"
        text += f" ({columns} whole columns)" if columns else ""
        yield Finding.of(FlatNotAboveDark.at(path, text), "error" if share > _UNLIT_ERROR else "warning")


def _dark(path: Path, data: FrameSet, stats: FrameStats, flat: float, dark: float) -> Iterator[Finding]:
    limit = dark + _DARK_BELOW * (flat - dark)
    bad = np.flatnonzero((stats.mean < limit) & ~stats.constant & (stats.no_number == 0))
    if flat > dark and bad.size:
        text = f"{data.source.name}: {bad.size} of {stats.index.size} frames looked at got no beam"
        text += f", first {stats.index[bad[0]]}"
        severe = 2 * bad.size > stats.index.size
        yield Finding.of(DarkFrames.at(path, text), "error" if severe else "warning")
