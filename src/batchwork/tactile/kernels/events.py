"""Spikes as events."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """The spikes of one population in one sample, ordered by step and then by neuron."""

    step: NDArray[np.int32]
    """(spikes,): the time step after which the neuron had fired, from 0 on."""
    neuron: NDArray[np.int32]
    """(spikes,)."""
    steps: int
    """How many steps there are, T."""
    neurons: int
    """How many neurons there are, N."""

    def __len__(self) -> int:
        return len(self.step)

    @property
    def counts(self) -> NDArray[np.int64]:
        """Spikes of each neuron, (N,)."""
        return np.bincount(self.neuron, minlength=self.neurons)

    def dense(self) -> NDArray[np.bool_]:
        """Write them out, (T, N)."""
        spikes = np.zeros((self.steps, self.neurons), np.bool_)
        spikes[self.step, self.neuron] = True
        return spikes
