import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchwork.errors import ParameterError
from batchwork.tactile.kernels.neurons import IZHIKEVICH_PRESETS, MQIF, AdEx, Izhikevich

MODELS = {"izhikevich": Izhikevich(), "adex": AdEx(), "mqif": MQIF()}


def spikes(neuron, current, dt, neurons=None):
    """Run a neuron model over currents (T, N), and write the spikes out."""
    steps, width = current.shape
    found = neuron.run(current.copy(), neuron.state(width), dt, neurons or width, 0)
    out = np.zeros((steps, neurons or width), bool)
    out[tuple(found.T)] = True
    assert len(found) == out.sum(), "a spike was told twice"
    return out


def counts(neuron, levels, dt, duration_ms=1000):
    """Spikes of constant currents."""
    levels = np.asarray(levels, np.float32)
    return spikes(neuron, np.tile(levels, (round(duration_ms / dt), 1)), dt).sum(axis=0)


@pytest.fixture
def table(test_data):
    return json.loads((test_data / "tactile" / "reference.json").read_text())["fI_spikes_in_1000ms"]


@pytest.mark.parametrize("dt", ["0.05", "0.1", "0.5", "1.0"])
def test_spikes_at_constant_currents_are_those_of_the_reference(table, dt):
    np.testing.assert_array_equal(counts(Izhikevich.preset("RS"), table["I"], float(dt)), table[f"izh_RS_dt{dt}"])


def test_adex_spikes_at_constant_currents_are_those_of_the_reference(table):
    np.testing.assert_array_equal(counts(AdEx(), table["I"], 0.1), table["adex_dt0.1"])


@settings(max_examples=40)
@given(
    st.sampled_from(sorted(MODELS)),
    st.sampled_from([0.05, 0.1, 0.5, 1.0]),
    st.integers(1, 70),
    st.integers(0, 2**32),
    st.floats(0, 40),
    st.floats(0, 30),
)
def test_any_current_gives_exactly_the_spikes_of_the_plain_equations(plain, name, dt, neurons, seed, mean, sd):
    current = np.random.default_rng(seed).normal(mean, sd, (300, neurons)).astype(np.float32)
    np.testing.assert_array_equal(spikes(MODELS[name], current, dt), getattr(plain(dt), name)(current))


@pytest.mark.parametrize("preset", IZHIKEVICH_PRESETS)
def test_presets_are_exact_too(plain, preset):
    current = np.random.default_rng(3).normal(8, 6, (2000, 20)).astype(np.float32)
    expected = plain(0.5).izhikevich(current, *IZHIKEVICH_PRESETS[preset])
    np.testing.assert_array_equal(spikes(Izhikevich.preset(preset), current, 0.5), expected)
    assert expected.any()


def test_adaptation_by_spikes_is_exact_too(plain):
    current = np.random.default_rng(3).normal(60, 20, (2000, 20)).astype(np.float32)
    expected = plain(0.5).adex(current, b=5)
    np.testing.assert_array_equal(spikes(AdEx(b=5.0), current, 0.5), expected)
    assert 100 < expected.sum() < plain(0.5).adex(current).sum()


def test_presets_behave_as_their_names_say():
    """At a constant current of 10: fast ones fire most, chattering and bursting ones in bursts."""

    def intervals(name):
        fired = np.flatnonzero(spikes(Izhikevich.preset(name), np.full((5000, 1), 10, np.float32), 0.1))
        return np.diff(fired) * 0.1

    regular, fast, chattering, bursting = (intervals(name) for name in ("RS", "FS", "CH", "IB"))
    assert np.median(fast) < np.median(regular) / 2
    assert chattering.max() > 4 * chattering.min()
    assert bursting[0] < bursting[-1] / 2
    assert regular[-1] == pytest.approx(regular[-2], rel=0.05)


def test_spike_trains_converge_in_first_order():
    """The time of the tenth spike, against that at a much smaller step."""

    def tenth(dt):
        current = np.full((round(600 / dt), 1), 12, np.float32)
        return np.flatnonzero(spikes(Izhikevich(), current, dt))[9] * dt

    truth = tenth(0.0025)
    errors = [abs(tenth(dt) - truth) for dt in (0.32, 0.16, 0.08)]
    assert np.log2(np.array(errors[:-1]) / errors[1:]) == pytest.approx([1, 1], abs=0.35), errors


def test_the_neuron_rests_at_minus_seventy():
    neuron, state = Izhikevich(), Izhikevich().state(16)
    neuron.run(np.zeros((20_000, 16), np.float32), state, 0.5, 16, 0)
    np.testing.assert_allclose(state[:, 0], [-70, -14], atol=1e-3)


def test_the_onset_of_firing_lies_between_the_bifurcations():
    """Rest loses its stability at I = 3.7975; below it a neuron at rest stays silent, above 4 it must fire."""
    for level, fires in ((3.79, False), (4.01, True)):
        neuron, state = Izhikevich(), Izhikevich().state(1)
        neuron.run(np.linspace(0, level, 40_000, dtype=np.float32)[:, None].copy(), state, 0.1, 1, 0)
        later = neuron.run(np.full((20_000, 1), level, np.float32), state, 0.1, 1, 0)
        assert (len(later) > 0) is fires, level


def test_a_spike_is_told_at_the_step_after_which_the_peak_is_reached():
    state = Izhikevich().state(1)
    current, neuron = np.full((1, 1), 400, np.float32), Izhikevich()
    for step in range(100):
        found = neuron.run(current, state, 0.5, 1, step)
        assert (len(found) == 1) == (state[0, 0] >= 30)
        if len(found):
            assert found.tolist() == [[step, 0]]
            recovery = state[1, 0]
            assert len(neuron.run(current, state, 0.5, 1, step + 1)) == 0
            assert state[:, 0].tolist() == [-65, recovery + 8]
            return
    pytest.fail("no spike")


def test_padding_beyond_the_neurons_is_never_told():
    current = np.full((200, 32), 20, np.float32)
    assert spikes(Izhikevich(), current, 0.5, neurons=19).shape == (200, 19)
    np.testing.assert_array_equal(spikes(Izhikevich(), current, 0.5, 19), spikes(Izhikevich(), current, 0.5)[:, :19])


def test_many_spikes_find_room():
    current = np.full((400, 3000), 60, np.float32)
    found = spikes(Izhikevich(), current, 0.5)
    assert found.sum() > 20_000
    assert (found == found[:, :1]).all()


@pytest.mark.parametrize("model", MODELS.values())
@pytest.mark.parametrize("level", [-1e4, 1e4, 1e30])
def test_absurd_currents_leave_finite_counts(model, level):
    fired = counts(model, [level], 0.5, 100)
    assert fired[0] == 0 if level < 0 else fired[0] <= 100


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Izhikevich.preset("XX"), "no Izhikevich neuron 'XX'; there are RS, IB"),
        (lambda: AdEx(tau_m_ms=0), "tau_m_ms must be above 0"),
        (lambda: AdEx(delta_t=-1), "delta_t must be above 0"),
        (lambda: MQIF(tau_u_ms=0), "tau_u_ms must be above 0"),
    ],
)
def test_what_cannot_be_used_is_refused(make, told):
    with pytest.raises(ParameterError, match=told):
        make()


def test_presets_are_found_in_any_case():
    assert Izhikevich.preset("fs") == Izhikevich(0.1, 0.2, -65.0, 2.0)
