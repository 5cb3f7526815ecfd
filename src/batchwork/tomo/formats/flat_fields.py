"""Flat fields with their place among the projections, so that a drifting beam can be followed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class FlatGroup:
    """Flat frames between which no projection was taken.

    Attributes
    ----------
    position : float
        Number of projections that were taken before them.
    frames : slice
        Which of the flat frames of the scan.
    """

    position: float
    frames: slice


@dataclass(frozen=True, slots=True, eq=False)
class FlatFields:
    """Mean flat fields in the order in which they were taken.

    Attributes
    ----------
    positions : (k,) float64
        In units of the projection's index, rising: 0 before the first projection, the number of projections
        after the last. At least one.
    frames : (k, rows, columns) float32
        In counts.
    """

    positions: NDArray[np.float64]
    frames: NDArray[np.float32]


def one_group(count: int) -> tuple[FlatGroup, ...]:
    """Take all of `count` frames as one group, where nothing is known of their place."""
    return (FlatGroup(0.0, slice(0, count)),)


def before_and_after(count: int, before: int, angles: int) -> tuple[FlatGroup, ...]:
    """Take `before` of `count` frames as recorded before all projections, the others as after them."""
    if not 0 < before < count:
        return (FlatGroup(0.0 if before else float(angles), slice(0, count)),)
    return FlatGroup(0.0, slice(0, before)), FlatGroup(float(angles), slice(before, count))


def groups_at(positions: NDArray[np.integer]) -> tuple[FlatGroup, ...]:
    """Group frames by the number of projections before each.

    Parameters
    ----------
    positions : (frames,) int
        Rising.
    """
    edges = np.flatnonzero(np.diff(positions)) + 1
    starts, stops = [0, *edges], [*edges, positions.size]
    return tuple(
        FlatGroup(float(positions[start]), slice(int(start), int(stop)))
        for start, stop in zip(starts, stops, strict=True)
        if stop > start
    )


def average(groups: Sequence[FlatGroup], frames: NDArray[np.generic]) -> FlatFields:
    """Average each group of flat frames.

    Parameters
    ----------
    groups : sequence of FlatGroup
        In order of position.
    frames : (frames, rows, columns)
        All flat frames, in counts.
    """
    means = np.empty((len(groups), *frames.shape[1:]), np.float32)
    for mean, group in zip(means, groups, strict=True):
        mean[:] = mean_of(frames[group.frames])
    return FlatFields(np.array([group.position for group in groups]), means)


def mean_of(frames: NDArray[np.generic]) -> NDArray[np.float32]:
    """Average (frames, rows, columns) over the frames, summed in double precision."""
    mean: NDArray[np.float32] = frames.mean(axis=0, dtype=np.float64).astype(np.float32)
    return mean
