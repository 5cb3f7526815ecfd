"""From a configuration to its network."""

import numpy as np

from batchwork.tactile.building import network_of
from batchwork.tactile.configuration import Neurons, Pipeline


def test_the_network_is_the_one_that_the_configuration_describes():
    pipeline = Pipeline(grid_size=12, spacing=0.2, center=(1.0, -1.0), dt_ms=0.25)
    network = network_of(pipeline, Neurons(sa_neurons=9, ra_neurons=12, sa2_neurons=4, noise=0.5))
    assert [(p.name, p.neurons) for p in network.populations] == [("sa", 9), ("ra", 12), ("sa2", 4)]
    assert network.dt_ms == 0.25
    assert (network.grid.size, network.grid.spacing_mm, network.grid.centre_mm) == (12, 0.2, (1.0, -1.0))
    assert all(p.noise.sd == 0.5 for p in network.populations)
    np.testing.assert_allclose(network.populations[0].xy_mm.mean(axis=0), (1, -1), atol=1e-12)


def test_a_population_of_none_is_left_out():
    network = network_of(Pipeline(grid_size=5), Neurons(sa_neurons=2, ra_neurons=3))
    assert [p.name for p in network.populations] == ["sa", "ra"]


def test_it_is_the_same_every_time():
    one, two = (network_of(Pipeline(grid_size=9), Neurons(sa_neurons=5, ra_neurons=5)) for _ in range(2))
    for a, b in zip(one.populations, two.populations, strict=True):
        np.testing.assert_array_equal(a.weights.values, b.weights.values)
        np.testing.assert_array_equal(a.weights.receptors, b.weights.receptors)


def test_models_and_presets_differ():
    pairs = [("izhikevich", "RS"), ("izhikevich", "FS"), ("adex", "RS"), ("mqif", "RS")]
    networks = [network_of(Pipeline(grid_size=5), Neurons(4, 4, model=model, preset=preset)) for model, preset in pairs]
    assert len({repr(network.populations[0].neuron) for network in networks}) == 4
