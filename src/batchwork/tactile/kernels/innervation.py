"""Which receptors a neuron listens to, and how strongly."""

from dataclasses import dataclass
from typing import Self

import numba as nb
import numpy as np
from numpy.typing import ArrayLike, NDArray

from batchwork.errors import ParameterError
from batchwork.tactile.kernels import checks
from batchwork.tactile.kernels.grid import Grid

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """A sparse matrix of (neurons, receptors), in compressed rows."""

    starts: NDArray[np.int64]
    """(neurons + 1,): neuron n has the entries ``starts[n]`` to ``starts[n + 1]``."""
    receptors: NDArray[np.int32]
    """(entries,): the receptor of each entry."""
    values: NDArray[np.float32]
    """(entries,): its weight."""
    grid: Grid
    """Where the receptors are."""

    @classmethod
    def from_dense(cls, matrix: ArrayLike, grid: Grid) -> Self:
        """Take what is not zero of a (neurons, receptors) matrix.

        Raises
        ------
        ParameterError
            If it does not fit the grid.
        """
        dense = np.atleast_2d(np.asarray(matrix, np.float32))
        if dense.shape != (len(dense), grid.receptors) or not np.isfinite(dense).all():
            raise ParameterError(f"weights must be finite and (neurons, {grid.receptors}), not {dense.shape}")
        neurons, receptors = np.nonzero(dense)
        starts = np.concatenate([[0], np.cumsum(np.count_nonzero(dense, axis=1))])
        return cls(starts.astype(np.int64), receptors.astype(np.int32), dense[neurons, receptors], grid)

    @property
    def neurons(self) -> int:
        """How many neurons."""
        return len(self.starts) - 1

    def dense(self) -> NDArray[np.float32]:
        """Write the matrix out, (neurons, receptors)."""
        matrix = np.zeros((self.neurons, self.grid.receptors), np.float32)
        matrix[np.repeat(np.arange(self.neurons), np.diff(self.starts)), self.receptors] = self.values
        return matrix

    def field(self, neuron: int) -> NDArray[np.float32]:
        """Show one neuron's receptive field, (size, size) with x first."""
        field = np.zeros(self.grid.receptors, np.float32)
        entries = slice(self.starts[neuron], self.starts[neuron + 1])
        field[self.receptors[entries]] = self.values[entries]
        return field.reshape(self.grid.size, self.grid.size)

    def dot(self, pattern: Floats) -> Floats:
        """Weigh a pattern of (size, size) with x first; the sum of each neuron, not normalised, (neurons,)."""
        sums = np.empty(self.neurons)
        _dot(self.starts, self.receptors, self.values, np.ascontiguousarray(pattern, np.float64).reshape(-1), sums)
        return sums


@nb.njit(nogil=True, cache=True)
def _dot(
    starts: NDArray[np.int64],
    receptors: NDArray[np.int32],
    values: NDArray[np.float32],
    pattern: Floats,
    sums: Floats,
) -> None:
    for n in range(sums.size):
        total = 0.0
        for e in range(starts[n], starts[n + 1]):
            total += values[e] * pattern[receptors[e]]
        sums[n] = total


@dataclass(frozen=True, slots=True)
class Innervation:
    """How receptors are drawn.

    A neuron gets K receptors, K from a Poisson distribution and at least 1 and at most all of them,
    distinct, one after the other with probabilities in proportion to ``exp(-d² / 2 sigma²)`` for a receptor
    at distance d; each with a weight drawn evenly from an interval.

    Raises
    ------
    ParameterError
        If a number cannot be used.
    """

    mean_receptors: float = 28.0
    """Mean of K."""
    sigma_mm: float = 0.3
    """Reach of the receptive field."""
    weight_range: tuple[float, float] = (0.05, 1.0)
    """Least and greatest weight."""

    def __post_init__(self) -> None:
        checks.positive("mean_receptors", self.mean_receptors)
        checks.positive("sigma_mm", self.sigma_mm)
        low, high = self.weight_range
        if not 0 <= low <= high:
            raise ParameterError(f"weight_range must be two numbers in order, 0 or above, not {self.weight_range}")

    def draw(self, grid: Grid, xy_mm: Floats, rng: np.random.Generator) -> Weights:
        """Draw the receptors and weights of neurons at (neurons, 2) places in mm.

        Notes
        -----
        Drawing K distinct receptors one after the other is the same as taking the K least of
        ``E_r / p_r``, E_r being independent and exponential; this is done in logarithms, so that no
        receptor is too far to be drawn when K asks for all.
        """
        counts = np.clip(rng.poisson(self.mean_receptors, len(xy_mm)), 1, grid.receptors)
        drawn = [self._receptors(grid, place, k, rng) for place, k in zip(xy_mm, counts, strict=True)]
        starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        values = rng.uniform(*self.weight_range, starts[-1]).astype(np.float32)
        return Weights(starts, np.concatenate(drawn), values, grid)

    def _receptors(self, grid: Grid, place: Floats, count: int, rng: np.random.Generator) -> NDArray[np.int32]:
        """Draw the receptors of one neuron, in ascending order."""
        squared = (grid.x_mm[:, None] - place[0]) ** 2 + (grid.y_mm[None, :] - place[1]) ** 2
        order = np.log(rng.standard_exponential(grid.receptors)) + squared.reshape(-1) / (2 * self.sigma_mm**2)
        return np.sort(np.argpartition(order, count - 1)[:count]).astype(np.int32)


SA = Innervation()
"""Slowly adapting afferents (Merkel)."""
RA = Innervation(sigma_mm=0.39)
"""Rapidly adapting afferents (Meissner)."""
SA2 = Innervation(mean_receptors=500.0, sigma_mm=2.0, weight_range=(0.4, 0.75))
"""Slowly adapting afferents of the second kind (Ruffini), with wide fields."""
