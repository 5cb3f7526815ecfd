"""From a configuration to the network that it describes."""

from batchwork.tactile.configuration import Neurons, Pipeline, neuron_of
from batchwork.tactile.kernels.grid import Grid
from batchwork.tactile.kernels.network import Network
from batchwork.tactile.kernels.noise import Noise


def network_of(pipeline: Pipeline, neurons: Neurons) -> Network:
    """Lay out the skin and innervate it."""
    grid = Grid(pipeline.grid_size, pipeline.spacing, pipeline.center)
    noise, receptor_noise = (Noise(sd, neurons.noise_scaling) for sd in (neurons.noise, pipeline.receptor_noise))
    return Network.build(
        grid,
        neurons.counts,
        dt_ms=pipeline.dt_ms,
        neuron=neuron_of(neurons),
        noise=noise,
        receptor_noise=receptor_noise,
    )
