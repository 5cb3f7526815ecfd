"""A small sweep that has been computed."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from batchwork.tactile.kernels.events import Events
from batchwork.tactile.kernels.grid import Grid
from batchwork.tactile.kernels.network import Network
from batchwork.tactile.results.recording import Recording

STEPS = 40


@dataclass(frozen=True, slots=True)
class Sample:
    key: str
    parameters: dict[str, object] = field(default_factory=dict)

    def record(self):
        return self.parameters


def spikes_of(number, sizes):
    rng = np.random.default_rng(number)
    made = {}
    for name, neurons in sizes.items():
        steps, neuron = np.nonzero(rng.random((STEPS, neurons)) < 0.05)
        made[name] = Events(steps.astype(np.int32), neuron.astype(np.int32), STEPS, neurons)
    return made


@pytest.fixture(scope="session")
def network():
    return Network.build(Grid(16), {"sa": 9, "ra": 12})


@pytest.fixture
def recording(network):
    samples = [
        Sample(f"{number:016x}", {"type": "moving", "amplitude": 10.0 * number, "start": (0.0, 1.5), "repetition": 0})
        for number in range(5)
    ]
    sizes = {p.name: p.neurons for p in network.populations}
    about = {"seed": 42, "dt_ms": 0.5, "versions": {"batchwork": "0"}}
    return Recording(samples, lambda number: spikes_of(number, sizes), network, STEPS, about)
