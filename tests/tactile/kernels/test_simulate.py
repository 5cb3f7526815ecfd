from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchwork.errors import ParameterError
from batchwork.tactile.kernels import lanes, stimuli
from batchwork.tactile.kernels.clock import Clock
from batchwork.tactile.kernels.filters import RapidlyAdapting, Scaled, SlowlyAdapting
from batchwork.tactile.kernels.grid import Grid
from batchwork.tactile.kernels.innervation import Weights
from batchwork.tactile.kernels.network import Network, Population
from batchwork.tactile.kernels.neurons import MQIF, AdEx, Izhikevich
from batchwork.tactile.kernels.noise import Noise, Stream
from batchwork.tactile.kernels.simulate import drive, respond, simulate

FILTERS = {"slowly_adapting": SlowlyAdapting(), "rapidly_adapting": RapidlyAdapting(), "scaled": Scaled()}
NEURONS = {"izhikevich": Izhikevich(), "adex": AdEx(), "mqif": MQIF()}
SHAPES = ["gaussian", "step", "ramp", "trapezoid", "texture", "repeated_pattern", "moving"]


def population(matrix, grid, **settings):
    weights = Weights.from_dense(matrix, grid)
    chosen = {"filter": SlowlyAdapting(), "stream": 0, "noise": Noise(0.0), **settings}
    return Population("one", np.zeros((weights.neurons, 2)), weights, **chosen)


def random_matrix(rng, neurons, receptors):
    return rng.uniform(0, 2, (neurons, receptors)) * (rng.uniform(size=(neurons, receptors)) < 0.3)


@settings(max_examples=60)
@given(
    st.sampled_from(sorted(FILTERS)),
    st.sampled_from(sorted(NEURONS)),
    st.sampled_from(SHAPES),
    st.sampled_from([0.1, 0.5, 1.0]),
    st.sampled_from([0.0, 3.0, 10.0]),
    st.integers(1, 50),
    st.integers(0, 2**32),
)
def test_any_weights_give_exactly_the_spikes_of_the_plain_model(plain, filter_, neuron, shape, dt, sd, neurons, seed):
    rng, grid, clock = np.random.default_rng(seed), Grid(9, spacing_mm=0.5), Clock.of(97, dt)
    terms = stimuli.make(shape, {"amplitude": 150.0} if shape != "ramp" else {"final": 150.0}).terms(grid, clock)
    one = population(
        random_matrix(rng, neurons, 81),
        grid,
        filter=FILTERS[filter_],
        neuron=NEURONS[neuron],
        noise=Noise(sd),
        stream=7,
    )
    noise = np.zeros((-(-clock.steps // 4) * 4, neurons), np.float32)
    if sd:
        Stream(11, seed, 7).add_to(noise, sd, 0)
    current = getattr(plain(dt), filter_)(drive(one, terms, clock)) + noise[: clock.steps]
    expected = getattr(plain(dt), neuron)(current)
    ours = respond(one, terms, clock, seed=11, sample=seed)
    np.testing.assert_array_equal(ours.dense(), expected)


def test_the_plain_model_does_fire_in_that_comparison(plain):
    grid, clock = Grid(9, spacing_mm=0.5), Clock.of(97, 0.5)
    for name, kind in FILTERS.items():
        one = population(random_matrix(np.random.default_rng(1), 40, 81), grid, filter=kind)
        rows = drive(one, stimuli.Step(amplitude=150.0).terms(grid, clock), clock)
        assert plain(0.5).izhikevich(getattr(plain(0.5), name)(rows)).sum() > 30


@pytest.mark.parametrize("chunk", [64, 1 << 10, 1 << 30])
def test_working_on_more_or_fewer_steps_at_once_changes_nothing(monkeypatch, chunk):
    network = Network.build(Grid(24), {"sa": 30, "ra": 30})
    expected = simulate(network, stimuli.Moving(), 131, seed=1, sample=2)
    monkeypatch.setattr(lanes, "_CHUNK", chunk)
    for name, events in simulate(network, stimuli.Moving(), 131, seed=1, sample=2).items():
        np.testing.assert_array_equal(events.dense(), expected[name].dense())


def test_a_sample_is_the_same_in_any_order_and_in_any_thread():
    network, shape = Network.build(Grid(32), {"sa": 64, "ra": 81, "sa2": 25}), stimuli.Gaussian(sigma=0.5)

    def sample(key):
        events = simulate(network, shape, 150, seed=42, sample=key)
        return np.concatenate([e.dense() for e in events.values()], axis=1)

    ordered = [sample(key) for key in range(12)]
    with ThreadPoolExecutor(4) as pool:
        shuffled = list(pool.map(sample, reversed(range(12))))
    np.testing.assert_array_equal(ordered, shuffled[::-1])
    assert len({s.tobytes() for s in ordered}) == 12, "samples share their noise"
    assert not np.array_equal(simulate(network, shape, 150, seed=43, sample=0)["sa"].dense(), ordered[0][:, :64]), (
        "the seed does nothing"
    )


def test_a_population_is_the_same_whichever_others_there_are():
    small, large = Network.build(Grid(32), {"ra": 40}), Network.build(Grid(32), {"sa": 50, "ra": 40, "sa2": 9})
    a, b = (simulate(network, stimuli.Gaussian(), 150, seed=1, sample=2)["ra"] for network in (small, large))
    np.testing.assert_array_equal(a.dense(), b.dense())


def test_mirrored_weights_and_stimulus_give_mirrored_spikes():
    grid, clock, rng = Grid(12, spacing_mm=0.4), Clock.of(150, 0.5), np.random.default_rng(4)
    matrix = random_matrix(rng, 20, 144).reshape(20, 12, 12)
    for centre, mirrored in (({"center_x": 0.7}, {"center_x": -0.7}), ({"center_y": 0.7}, {"center_y": -0.7})):
        axis = 1 if "center_x" in centre else 2
        there = population(matrix.reshape(20, -1), grid)
        back = population(np.flip(matrix, axis).reshape(20, -1), grid)
        one = respond(there, stimuli.Step(**centre).terms(grid, clock), clock, seed=1, sample=1)
        two = respond(back, stimuli.Step(**mirrored).terms(grid, clock), clock, seed=1, sample=1)
        assert len(one) > 20
        np.testing.assert_array_equal(one.dense(), two.dense())


@pytest.mark.parametrize("dt", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_pressing_gives_no_spikes_without_noise(shape, dt):
    network = Network.build(Grid(32), {"sa": 64, "ra": 81, "sa2": 25}, dt_ms=dt, noise=Noise(0.0))
    stimulus = stimuli.make(shape, {"amplitude": 0.0} if shape != "ramp" else {"final": 0.0})
    for events in simulate(network, stimulus, 1000, seed=1, sample=1).values():
        assert len(events) == 0


def test_nothing_pressing_gives_hardly_a_spike_with_the_default_noise():
    network = Network.build(Grid(16), {"sa": 1000}, dt_ms=0.5)
    (events,) = simulate(network, stimuli.Gaussian(amplitude=0.0), 10_000, seed=1, sample=1).values()
    assert len(events) / 10_000 < 0.01


def test_noise_scaled_by_the_root_of_the_step_keeps_the_rate():
    """Per step the rate changes with the step many times over; scaled it stays within a few per cent."""

    def rate(scaling, dt):
        network = Network.build(Grid(16), {"sa": 400}, dt_ms=dt, noise=Noise(8.0, scaling))
        (events,) = simulate(network, stimuli.Gaussian(amplitude=0.0), 3000, seed=1, sample=1).values()
        return len(events)

    scaled, fixed = ([rate(s, dt) for dt in (0.5, 0.1)] for s in ("sqrt_dt", "per_step"))
    assert scaled[0] == fixed[0] > 1000
    assert scaled[1] == pytest.approx(scaled[0], rel=0.15)
    assert fixed[1] < 0.3 * fixed[0]


def test_events_and_counts_agree():
    network = Network.build(Grid(32), {"sa": 60})
    (events,) = simulate(network, stimuli.Gaussian(), 150, seed=1, sample=1).values()
    dense = events.dense()
    assert dense.shape == (300, 60) == (events.steps, events.neurons)
    assert dense.sum() == len(events) > 50
    np.testing.assert_array_equal(events.counts, dense.sum(axis=0))
    order = np.lexsort((events.neuron, events.step))
    np.testing.assert_array_equal(order, np.arange(len(events)))
    assert events.step.dtype == events.neuron.dtype == np.int32


def test_no_spikes_are_empty_events():
    network = Network.build(Grid(8), {"sa": 3}, noise=Noise(0.0))
    (events,) = simulate(network, stimuli.Gaussian(amplitude=0.0), 10, seed=1, sample=1).values()
    assert len(events) == 0
    assert events.dense().shape == (20, 3)
    np.testing.assert_array_equal(events.counts, [0, 0, 0])


def test_durations_that_do_not_fit_are_refused():
    network = Network.build(Grid(8), {"sa": 3}, dt_ms=0.5)
    with pytest.raises(ParameterError, match="dt_ms"):
        simulate(network, stimuli.Gaussian(), 0.4, seed=1, sample=1)


def test_networks_are_values():
    network = Network.build(Grid(8), {"sa": 3})
    assert replace(network, dt_ms=0.1).dt_ms == 0.1
    with pytest.raises(AttributeError):
        network.dt_ms = 0.1  # type: ignore[misc]  # trying it is the test
