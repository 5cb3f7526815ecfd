"""Whether the angles of a scan can be right."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from batchwork.tomo.formats.errors import (
    DuplicateAngles,
    ThetaInRadians,
    ThetaNotFinite,
    ThetaNotMonotone,
    ThetaRange,
)
from batchwork.tomo.formats.findings import Finding
from batchwork.tomo.formats.scan import Theta

_RADIANS_BELOW = 7.0
"""A whole turn is 6.28 radians; nobody records so few degrees."""
_HALF_TURN, _WHOLE_TURN = 180.0, 360.0
_SAME_STEP = 1e-3
"""Two angles are the same if they differ by less than this share of the median step."""
_DUPLICATE_SHARE = 0.01
"""More duplicates than this share of the angles are a fault, not a frame taken twice."""
_EVEN_GAPS = (0.5, 1.5)
"""Between these multiples of their median are the gaps of an interlaced scan."""


def theta_findings(path: Path, theta: Theta) -> Iterator[Finding]:
    """Check the angles; assumes nothing of where they start, end or turn.

    Parameters
    ----------
    path : Path
        The scan, for the messages.
    theta : Theta
        At least one angle.
    """
    degrees = theta.degrees
    bad = np.flatnonzero(~np.isfinite(degrees))
    if bad.size:
        text = f"{theta.name} has {bad.size} values that are no number, the first at index {bad[0]}"
        yield Finding.of(ThetaNotFinite.at(path, text))
        return
    if degrees.size < 2:  # noqa: PLR2004 - one angle is reported as too few
        return
    if theta.unit == "deg" and 0 < np.abs(degrees).max() < _RADIANS_BELOW:
        text = f"{theta.name} ends at {degrees[-1]:.4g} degrees, which looks like radians"
        yield Finding.of(ThetaInRadians.at(path, text))
        return
    yield from _duplicates(path, theta.name, degrees)
    yield from _order(path, theta.name, degrees)
    yield from _coverage(path, theta.name, degrees)


def _step(degrees: NDArray[np.float64]) -> float:
    """Give the median step of the angles in order of size, without those that are the same."""
    steps = np.diff(np.sort(degrees))
    steps = steps[steps > _SAME_STEP * steps.max(initial=0.0)]
    return float(np.median(steps)) if steps.size else 0.0


def _duplicates(path: Path, name: str, degrees: NDArray[np.float64]) -> Iterator[Finding]:
    steps = np.diff(np.sort(degrees))
    count = int(np.count_nonzero(steps <= _SAME_STEP * _step(degrees)))
    if count:
        text = f"{name} repeats {count} of its {degrees.size} angles"
        few = count <= max(1, _DUPLICATE_SHARE * degrees.size) and degrees.size > count + 1
        yield Finding.of(DuplicateAngles.at(path, text), "warning" if few else "error")


def _order(path: Path, name: str, degrees: NDArray[np.float64]) -> Iterator[Finding]:
    steps = np.diff(degrees)
    same = np.abs(steps) <= _SAME_STEP * _step(degrees)
    up, down = int(np.count_nonzero((steps > 0) & ~same)), int(np.count_nonzero((steps < 0) & ~same))
    if min(up, down) == 0:
        return
    wrong = np.flatnonzero(((steps < 0) if up >= down else (steps > 0)) & ~same)
    text = f"{name} turns back {wrong.size} times, first after index {wrong[0]}"
    yield Finding.of(ThetaNotMonotone.at(path, text), "warning" if _is_interlaced(degrees) else "error")


def _is_interlaced(degrees: NDArray[np.float64]) -> bool:
    """Tell whether the angles, once sorted, are spread evenly: then their order is meant."""
    gaps = np.diff(np.sort(degrees % _WHOLE_TURN)) / _step(degrees)
    return bool(gaps.max() <= _EVEN_GAPS[1] and gaps.min() >= _EVEN_GAPS[0])


def _coverage(path: Path, name: str, degrees: NDArray[np.float64]) -> Iterator[Finding]:
    step = _step(degrees)
    span = float(np.ptp(degrees))
    if span + 1.5 * step < _HALF_TURN:
        text = f"{name} covers {span:.2f} degrees, less than half a turn"
        yield Finding.of(ThetaRange.at(path, text), "warning")
    elif span > _WHOLE_TURN + step:
        text = f"{name} covers {span:.2f} degrees, more than a whole turn"
        yield Finding.of(ThetaRange.at(path, text), "warning")
