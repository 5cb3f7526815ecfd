"""All samples of a configuration, ready to be written in the forms that others read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ConfigError
from batchwork.tactile.results.layout import Layout, Record, Response, in_words
from batchwork.tactile.results.store import Store
from batchwork.tactile.sweeps import Sample

LARGEST_DENSE: Final = 2_000_000_000
"""Bytes of spikes that a dense file may hold unless it is asked for."""

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Results:
    """Samples, their responses, and what they have in common.

    Attributes
    ----------
    samples : sequence of Sample
        In the order of the results.
    store : Store
        Holds all of them.
    about : dict
        Plain values: time step, duration, seed, versions, the configuration.
    populations : mapping of str to mapping of str to array
        Population → name → what is known of its neurons, such as ``xy``.
    """

    samples: Sequence[Sample]
    store: Store
    about: Record = field(default_factory=dict)
    populations: Mapping[str, Arrays] = field(default_factory=dict)

    @property
    def layout(self) -> Layout:
        """The shape of every sample."""
        return self.store.layout

    @property
    def dense_size(self) -> int:
        """Bytes of all samples with a byte for each neuron and step."""
        return len(self.samples) * self.layout.dense_size

    def responses(self) -> Iterator[tuple[Sample, Response]]:
        """Give samples and responses, a few of them in memory at a time."""
        return zip(self.samples, self.store.responses(sample.key for sample in self.samples), strict=True)


def check_dense(results: Results, path: Path, limit: int = LARGEST_DENSE) -> None:
    """Refuse to write a file that is larger than anyone would expect.

    Raises
    ------
    ConfigError
        That tells the size and the way out.
    """
    if results.dense_size > limit:
        raise ConfigError(
            f"{path}: {len(results.samples)} stimuli would take {in_words(results.dense_size)} written out, more than "
            f"{in_words(limit)}; the events in '{results.store.folder}' are complete without it, or ask for it with "
            "batchwork tactile export"
        )


def flat_spikes(response: Response, layout: Layout, room: NDArray[Any]) -> None:
    """Write a sample's spikes out, population after population, each (T, N), into a flat array."""
    room[:] = 0
    start = 0
    for name, neurons in layout.neurons.items():
        events = response.events[name]
        room[start + events.step.astype(np.int64) * neurons + events.neuron] = 1
        start += layout.steps * neurons
