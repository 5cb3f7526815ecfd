"""Many samples at once with PyTorch, on the CPU: the same spikes as the compiled kernels."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from batchwork.errors import ParameterError  # noqa: E402 - without PyTorch there is nothing to test
from batchwork.tactile.kernels import noise as compiled  # noqa: E402
from batchwork.tactile.kernels import stimuli  # noqa: E402
from batchwork.tactile.kernels.batched import can_run, respond_batch  # noqa: E402
from batchwork.tactile.kernels.batched.noise import gaussians  # noqa: E402
from batchwork.tactile.kernels.clock import Clock  # noqa: E402
from batchwork.tactile.kernels.equations import Equations  # noqa: E402
from batchwork.tactile.kernels.grid import Grid  # noqa: E402
from batchwork.tactile.kernels.network import Population  # noqa: E402
from batchwork.tactile.kernels.neurons import MQIF, AdEx, Izhikevich  # noqa: E402
from batchwork.tactile.kernels.noise import Noise, Stream  # noqa: E402
from batchwork.tactile.kernels.simulate import respond  # noqa: E402

GRID, CLOCK = Grid(24), Clock.of(151, 0.5)
STIMULI = [
    ("gaussian", {"amplitude": 30.0, "sigma": 0.5}),
    ("step", {"amplitude": 25.0, "step_time": 40.0}),
    ("ramp", {"final": 60.0}),
    ("moving", {"amplitude": 50.0, "motion": "circular", "radius": 1.0}),
    ("gaussian", {"amplitude": 0.0}),
]
KEYS = [7, 1 << 63, 123456789012345, (1 << 64) - 1, 0]


def population(name, neuron, sd):
    return Population.innervate(name, 37, GRID, neuron=neuron, noise=Noise(sd))


def both(made, seed=42):
    terms = [stimuli.make(name, values).terms(GRID, CLOCK) for name, values in STIMULI]
    ours = [respond(made, each, CLOCK, seed=seed, sample=key) for each, key in zip(terms, KEYS, strict=True)]
    return ours, respond_batch(made, terms, CLOCK, seed=seed, samples=KEYS, device="cpu")


@pytest.mark.parametrize("name", ["sa", "ra", "sa2"])
@pytest.mark.parametrize("neuron", [Izhikevich(), AdEx(b=2.0, r=40.0), MQIF(b=0.1)])
def test_without_noise_the_spikes_are_the_same(name, neuron):
    made = population(name, neuron, 0.0)
    made = replace(made, weights=replace(made.weights, values=made.weights.values * 30))
    ours, theirs = both(made)
    assert sum(map(len, ours)) > 300
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(other.step, one.step)
        np.testing.assert_array_equal(other.neuron, one.neuron)
        assert (other.steps, other.neurons) == (CLOCK.steps, 37)
        assert other.step.dtype == other.neuron.dtype == np.int32
    assert len(ours[-1]) == 0


def test_the_noise_of_receptors_is_the_same():
    ours, theirs = both(replace(population("ra", Izhikevich(), 0.0), receptor_noise=Noise(6.0)))
    assert len(ours[-1]) > 20
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(other.step, one.step)
        np.testing.assert_array_equal(other.neuron, one.neuron)


def test_the_noise_is_that_of_the_compiled_kernels_but_for_rounding():
    found = gaussians(range(8, 21), 50, samples=KEYS, seed=1 << 40, population=3, device="cpu").numpy()
    assert found.shape == (13, len(KEYS), 50)
    for i, key in enumerate(KEYS):
        wanted = np.zeros((16, 50), np.float32)
        Stream(1 << 40, key, 3).add_to(wanted, 1.0, 8)
        np.testing.assert_allclose(found[:, i], wanted[:13], atol=2e-5)


def test_with_noise_the_spikes_are_as_many():
    ours, theirs = both(population("sa", Izhikevich(), 3.0))
    counts = np.array([[len(one), len(other)] for one, other in zip(ours, theirs, strict=True)])
    assert counts[:, 0].sum() > 300
    assert np.abs(np.diff(counts)).max() <= 2, "the noise differs in its last digits only"


def test_a_sample_does_not_depend_on_those_beside_it():
    made = population("ra", Izhikevich(), 3.0)
    terms = [stimuli.make(name, values).terms(GRID, CLOCK) for name, values in STIMULI]
    whole = respond_batch(made, terms, CLOCK, seed=1, samples=KEYS, device="cpu")
    for i in (0, 3):
        (alone,) = respond_batch(made, terms[i : i + 1], CLOCK, seed=1, samples=KEYS[i : i + 1], device="cpu")
        np.testing.assert_array_equal(alone.step, whole[i].step)
        np.testing.assert_array_equal(alone.neuron, whole[i].neuron)


def test_equations_run_on_the_cpu_only():
    neuron = Equations.of(Izhikevich())
    assert not can_run(neuron)
    with pytest.raises(ParameterError, match="run with --device cpu"):
        both(population("sa", neuron, 0.0))


def test_philox_is_the_compiled_one():
    from batchwork.tactile.kernels.batched.noise import philox

    rng = np.random.default_rng(0)
    counter, key = rng.integers(0, 1 << 32, (200, 4), np.uint32), (0xFFFFFFFF, 12345)
    wanted = compiled.philox(counter, np.tile(np.array(key, np.uint32), (200, 1)))
    found = philox(tuple(torch.from_numpy(column.astype(np.int64)) for column in counter.T), key)
    np.testing.assert_array_equal(torch.stack(found, 1).numpy(), wanted)
