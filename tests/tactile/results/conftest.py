"""Made-up responses of a small sweep."""

from dataclasses import dataclass

import numpy as np
import pytest

from batchwork.tactile.configuration import parse_configuration
from batchwork.tactile.kernels.events import Events
from batchwork.tactile.results.layout import Layout, Response
from batchwork.tactile.results.opening import layout_of
from batchwork.tactile.results.results import Results
from batchwork.tactile.results.store import Store

CONFIG = {
    "batch": {"output_dir": "out"},
    "pipeline": {"duration_ms": 20.0},
    "neurons": {"sa_neurons": 7, "ra_neurons": 5},
    "stimuli": [
        {"type": "gaussian", "amplitude": [10, 20], "sigma": [0.3, 0.5], "repetitions": 3},
        {"type": "ramp", "final": [3, 4]},
        {"type": "moving", "repetitions": 2},
        {"type": "timeline", "stimuli": [{"type": "step", "onset": 5}]},
    ],
}


def made_up(key: str, layout: Layout) -> dict[str, Events]:
    """Events that depend on the key alone; every fourth sample has none."""
    rng = np.random.default_rng(int(key, 16))
    rate = 0.0 if int(key, 16) % 4 == 0 else 0.1
    events = {}
    for name, neurons in layout.neurons.items():
        step, neuron = np.nonzero(rng.random((layout.steps, neurons)) < rate)
        events[name] = Events(step.astype(np.int32), neuron.astype(np.int32), layout.steps, neurons)
    return events


@dataclass(frozen=True, slots=True)
class Made:
    """A sweep and its responses."""

    config: dict
    layout: Layout
    samples: list
    responses: list

    def stored(self, folder, size=4) -> Store:
        """All responses in shards of some samples."""
        store = Store.open(folder, self.layout)
        for start in range(0, len(self.responses), size):
            store.append(self.responses[start : start + size])
        return store

    def results(self, folder, **kwargs) -> Results:
        return Results(self.samples, self.stored(folder), **kwargs)

    def dense(self, place, name):
        return self.responses[place].events[name].dense()


@pytest.fixture(scope="session")
def made() -> Made:
    configuration = parse_configuration(CONFIG)
    layout, samples = layout_of(configuration), list(configuration.sweep())
    responses = [Response(s.key, s.record(), made_up(s.key, layout)) for s in samples]
    return Made(configuration.plain(), layout, samples, responses)
