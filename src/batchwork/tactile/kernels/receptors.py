"""Noise of the receptors, as the neurons receive it.

A receptor's noise reaches every neuron that it is linked to, in all populations, with the weights of the links:
neurons that share receptors share noise.
"""

from dataclasses import dataclass

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.tactile.kernels.innervation import Weights
from batchwork.tactile.kernels.lanes import Rows
from batchwork.tactile.kernels.noise import STEPS, Stream


@dataclass(frozen=True, slots=True, eq=False)
class ReceptorNoise:
    """Independent Gaussian numbers at each receptor and step, as one population receives them."""

    weights: Weights
    sd: float
    """Standard deviation at a receptor, in units of the stimulus."""
    stream: Stream

    def add_to(self, rows: Rows, start: int) -> None:
        """Add the drives of the steps from `start` on, a multiple of `STEPS`, to (steps, width) rows."""
        steps = -(-len(rows) // STEPS) * STEPS
        felt = np.zeros((steps, self.weights.grid.size**2), np.float32)
        self.stream.add_to(felt, self.sd, start)
        w = self.weights
        _add_weighed(w.starts, w.receptors, w.values, felt, rows)


@nb.njit(nogil=True, cache=True)
def _add_weighed(
    starts: NDArray[np.int64],
    receptors: NDArray[np.int32],
    values: NDArray[np.float32],
    felt: Rows,
    rows: Rows,
) -> None:
    for t in range(rows.shape[0]):
        row, own = rows[t], felt[t]
        for n in range(starts.size - 1):
            total = np.float32(0)
            for e in range(starts[n], starts[n + 1]):
                total += values[e] * own[receptors[e]]
            row[n] += total
