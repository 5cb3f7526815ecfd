"""What the results of a sweep consist of, before they are in any format."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from batchwork.tactile.kernels.events import Events
from batchwork.tactile.kernels.network import Network

LARGE_BYTES = 2 << 30
"""Dense results beyond this are written only when asked for."""


class Stimulus(Protocol):
    """One stimulus of the sweep."""

    def record(self) -> Mapping[str, object]:
        """Give its parameters, all of them, resolved: plain numbers, texts and tuples of them."""


@dataclass(frozen=True, slots=True)
class Recording:
    """All samples of a sweep in the order of its configuration.

    Attributes
    ----------
    stimuli : sequence of Stimulus
    spikes : callable
        From the position of a stimulus to its spikes by population.
    network : Network
    steps : int
        Time steps of each sample.
    metadata : mapping
        Plain data: time step, duration, seed, versions and the like.
    """

    stimuli: Sequence[Stimulus]
    spikes: Callable[[int], Mapping[str, Events]]
    network: Network
    steps: int
    metadata: Mapping[str, object]

    def __len__(self) -> int:
        return len(self.stimuli)

    def __iter__(self) -> Iterator[tuple[dict[str, object], Mapping[str, Events]]]:
        for number, stimulus in enumerate(self.stimuli):
            yield dict(stimulus.record()), self.spikes(number)

    @property
    def neurons(self) -> dict[str, int]:
        """Neurons of each population."""
        return {population.name: population.neurons for population in self.network.populations}

    @property
    def dense_bytes(self) -> int:
        """Size of all spikes written out, a byte for each neuron and step."""
        return len(self) * self.steps * sum(self.neurons.values())

    def fields(self) -> dict[str, dict[str, NDArray[np.generic]]]:
        """Give the places and the receptive fields of the neurons.

        Returns
        -------
        dict
            By population: ``xy`` (N, 2) in mm; ``receptors`` (links,) numbers of receptors and ``weights`` (links,),
            those of neuron i from ``starts[i]`` to ``starts[i + 1]``.
        """
        return {
            p.name: {
                "xy": p.xy_mm,
                "starts": p.weights.starts,
                "receptors": p.weights.receptors,
                "weights": p.weights.values,
            }
            for p in self.network.populations
        }
