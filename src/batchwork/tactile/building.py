"""From a configuration to the network that it describes."""

from batchwork.tactile.configuration import Neurons, Pipeline
from batchwork.tactile.kernels.grid import Grid
from batchwork.tactile.kernels.network import Network
from batchwork.tactile.kernels.neurons import MQIF, AdEx, Izhikevich, Neuron
from batchwork.tactile.kernels.noise import Noise


def network_of(pipeline: Pipeline, neurons: Neurons) -> Network:
    """Lay out the skin and innervate it."""
    grid = Grid(pipeline.grid_size, pipeline.spacing, pipeline.center)
    noise = Noise(neurons.noise, neurons.noise_scaling)
    return Network.build(grid, neurons.counts, dt_ms=pipeline.dt_ms, neuron=_neuron(neurons), noise=noise)


def _neuron(neurons: Neurons) -> Neuron:
    match neurons.model:
        case "izhikevich":
            return Izhikevich.preset(neurons.preset)
        case "adex":
            return AdEx()
        case "mqif":
            return MQIF()
