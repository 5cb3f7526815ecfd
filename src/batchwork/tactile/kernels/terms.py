"""The parts that a stimulus is a sum of, in forms that need no frame to be made.

A pressure ``S(x, y, t)`` reaches the neurons as ``D_n(t) = Σ_r w_nr S(x_r, y_r, t)``. Where it is a pattern
times a profile in time, the pattern is weighed once. Where it is a product of one function of x and t and
one of y and t, as for a blob that moves, only these are worked out at each step. Anything else is a frame
for each step.
"""

from dataclasses import dataclass, replace
from typing import Protocol, Self

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.tactile.kernels.innervation import Weights
from batchwork.tactile.kernels.lanes import TINY, Rows

Floats = NDArray[np.float64]
Frames = NDArray[np.float32]
"""(steps, size, size), x before y."""


class Feed(Protocol):
    """A term as one population receives it."""

    def add_to(self, rows: Rows, start: int) -> None:
        """Add the drives of the steps from `start` on to (steps, width) rows; columns beyond the neurons stay."""


class Term(Protocol):
    """A part of a stimulus."""

    def feed(self, weights: Weights) -> Feed:
        """Weigh it for a population."""

    def frames(self, steps: slice) -> Frames:
        """Show it."""

    def within(self, start: int, steps: int, envelope: Floats) -> Self:
        """Begin at a step of a longer time of `steps`, times an envelope of its own length, and cut what is beyond."""


@dataclass(frozen=True, slots=True, eq=False)
class Separable:
    """A pattern times a profile, ``p(x, y) q(t)``."""

    pattern: Floats
    """(size, size), x first."""
    profile: Floats
    """(steps,)."""

    def feed(self, weights: Weights) -> Feed:
        """Weigh the pattern once."""
        return _SeparableFeed(_flushed(weights.dot(self.pattern)), self.profile.astype(np.float32))

    def frames(self, steps: slice) -> Frames:
        """Multiply."""
        return (self.profile[steps, None, None] * self.pattern).astype(np.float32)

    def within(self, start: int, steps: int, envelope: Floats) -> Self:
        """Move and shape the profile."""
        return replace(self, profile=_placed(self.profile * envelope, start, steps))


@dataclass(frozen=True, slots=True, eq=False)
class Factored:
    """A product ``f(x, t) g(y, t)``."""

    along_x: Floats
    """(steps, size)."""
    along_y: Floats
    """(steps, size)."""

    def feed(self, weights: Weights) -> Feed:
        """Lay the factors out for sums over receptors."""
        return _FactoredFeed(weights, *(_flushed(f.T) for f in (self.along_x, self.along_y)))

    def frames(self, steps: slice) -> Frames:
        """Multiply."""
        return (self.along_x[steps, :, None] * self.along_y[steps, None, :]).astype(np.float32)

    def within(self, start: int, steps: int, envelope: Floats) -> Self:
        """Move both factors and shape one of them."""
        return replace(
            self,
            along_x=_placed(self.along_x * envelope[:, None], start, steps),
            along_y=_placed(self.along_y, start, steps),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Filmed:
    """Any pressure, a frame for each step."""

    film: Floats
    """(steps, size, size), x before y."""

    def feed(self, weights: Weights) -> Feed:
        """Keep the frames."""
        return _FilmedFeed(weights, self.film)

    def frames(self, steps: slice) -> Frames:
        """Show them."""
        return self.film[steps].astype(np.float32)

    def within(self, start: int, steps: int, envelope: Floats) -> Self:
        """Move and shape all frames."""
        return replace(self, film=_placed(self.film * envelope[:, None, None], start, steps))


@dataclass(frozen=True, slots=True, eq=False)
class _SeparableFeed:
    gains: NDArray[np.float32]
    profile: NDArray[np.float32]

    def add_to(self, rows: Rows, start: int) -> None:
        _add_separable(self.gains, self.profile[start : start + len(rows)], rows)


@dataclass(frozen=True, slots=True, eq=False)
class _FactoredFeed:
    weights: Weights
    along_x: NDArray[np.float32]
    along_y: NDArray[np.float32]

    def add_to(self, rows: Rows, start: int) -> None:
        w = self.weights
        _add_factored(w.starts, w.receptors, w.values, self.along_x, self.along_y, start, rows)


@dataclass(frozen=True, slots=True, eq=False)
class _FilmedFeed:
    weights: Weights
    film: Floats

    def add_to(self, rows: Rows, start: int) -> None:
        for row, frame in zip(rows, self.film[start : start + len(rows)], strict=True):
            row[: self.weights.neurons] += _flushed(self.weights.dot(frame))


def _flushed(values: Floats) -> NDArray[np.float32]:
    """Set to zero what is next to it, and lay the rest out for the loops."""
    return np.ascontiguousarray(np.where(np.abs(values) > TINY, values, 0), np.float32)


def _placed(values: Floats, start: int, steps: int) -> Floats:
    """Put rows into a longer or shorter time, zero elsewhere."""
    placed = np.zeros((steps, *values.shape[1:]))
    placed[start : start + len(values)] = values[: max(steps - start, 0)]
    return placed


@nb.njit(nogil=True, cache=True)
def _add_separable(gains: NDArray[np.float32], profile: NDArray[np.float32], rows: Rows) -> None:
    for t in range(rows.shape[0]):
        row, factor = rows[t], profile[t]
        for n in range(gains.size):
            row[n] += factor * gains[n]


@nb.njit(nogil=True, cache=True)
def _add_factored(
    starts: NDArray[np.int64],
    receptors: NDArray[np.int32],
    values: NDArray[np.float32],
    along_x: NDArray[np.float32],
    along_y: NDArray[np.float32],
    start: int,
    rows: Rows,
) -> None:
    size, steps = along_x.shape[0], rows.shape[0]
    for n in range(starts.size - 1):
        sums = np.zeros(steps, np.float32)
        for e in range(starts[n], starts[n + 1]):
            i, j = divmod(receptors[e], size)
            weight, fx, fy = values[e], along_x[i, start : start + steps], along_y[j, start : start + steps]
            for t in range(steps):
                sums[t] += weight * (fx[t] * fy[t])
        for t in range(steps):
            rows[t, n] += sums[t] if abs(sums[t]) > TINY else np.float32(0)
