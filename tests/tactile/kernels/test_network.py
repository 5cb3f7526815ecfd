import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.tactile.kernels.filters import Scaled
from batchwork.tactile.kernels.grid import Grid
from batchwork.tactile.kernels.innervation import Weights
from batchwork.tactile.kernels.network import Network, Population
from batchwork.tactile.kernels.neurons import AdEx
from batchwork.tactile.kernels.noise import Noise

GRID = Grid(16)


def population(name="sa", stream=0, grid=GRID, neurons=3):
    weights = Weights.from_dense(np.ones((neurons, grid.receptors)), grid)
    return Population(name, np.zeros((neurons, 2)), weights, Scaled(), stream)


def test_counts_are_neurons_not_rows():
    network = Network.build(GRID, {"sa": 60, "ra": 80, "sa2": 25}, dt_ms=0.1)
    assert [(p.name, p.neurons, p.xy_mm.shape) for p in network.populations] == [
        ("sa", 60, (60, 2)),
        ("ra", 80, (80, 2)),
        ("sa2", 25, (25, 2)),
    ]
    assert network.dt_ms == 0.1


def test_a_population_is_the_same_whichever_others_there_are():
    alone, among = Network.build(GRID, {"ra": 9}), Network.build(GRID, {"sa2": 4, "ra": 9})
    np.testing.assert_array_equal(alone.populations[0].weights.dense(), among.populations[1].weights.dense())
    assert alone.populations[0].stream == among.populations[1].stream


def test_populations_with_the_same_seed_are_drawn_independently():
    sa, ra = Network.build(GRID, {"sa": 100, "ra": 100}).populations
    counts = [np.diff(p.weights.starts) for p in (sa, ra)]
    assert abs(np.corrcoef(*counts)[0, 1]) < 0.4


def test_innervation_seeds():
    a, b, c = (Network.build(GRID, {"sa": 9, "ra": 9}, seeds=s) for s in (None, {"sa": 33}, {"sa": 34}))
    dense = [[p.weights.dense() for p in network.populations] for network in (a, b, c)]
    np.testing.assert_array_equal(dense[0], dense[1])
    assert not np.array_equal(dense[0][0], dense[2][0])
    np.testing.assert_array_equal(dense[0][1], dense[2][1])


def test_neuron_and_noise_are_handed_on():
    network = Network.build(GRID, {"sa": 4}, neuron=AdEx(b=1.0), noise=Noise(0.0))
    assert network.populations[0].neuron == AdEx(b=1.0)
    assert network.populations[0].noise == Noise(0.0)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Network.build(GRID, {"pc": 3}), "no population 'pc'; there are sa, ra, sa2"),
        (lambda: Network.build(GRID, {"sa": 0}), "1 neuron or more, not 0"),
        (lambda: Network.build(GRID, {"sa": 3}, seeds={"sa": -1}), "innervation seed must be 0 or above, not -1"),
        (lambda: Network.build(GRID, {"sa": 3}, dt_ms=0), "dt_ms must be above 0"),
        (lambda: Network.build(GRID, {}), "a network needs a population"),
        (lambda: Network(GRID, (population(), population(stream=1))), "same name"),
        (lambda: Network(GRID, (population(), population("ra"))), "same stream"),
        (lambda: Network(GRID, (population(grid=Grid(8)),)), "must lie on its grid"),
        (lambda: population(stream=255), "stream 255; 0 to 254 are possible"),
        (lambda: population(neurons=0), "0 neurons; 1 to 16777216"),
        (
            lambda: Population("sa", np.zeros((2, 2)), population().weights, Scaled(), 0),
            r"sa: 3 neurons need \(n, 2\) places",
        ),
    ],
)
def test_what_cannot_be_used_is_refused(make, told):
    with pytest.raises(ParameterError, match=told):
        make()
