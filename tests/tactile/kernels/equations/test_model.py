import math

import numba as nb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchwork.errors import ParameterError
from batchwork.tactile.kernels import stimuli
from batchwork.tactile.kernels.equations import Equations
from batchwork.tactile.kernels.equations import model as module
from batchwork.tactile.kernels.equations.emitting import Constants, emit
from batchwork.tactile.kernels.equations.reading import read
from batchwork.tactile.kernels.grid import Grid
from batchwork.tactile.kernels.network import Network
from batchwork.tactile.kernels.neurons import MQIF, AdEx, Izhikevich
from batchwork.tactile.kernels.simulate import simulate


def decay(solver="euler", **changed):
    """An integrator that leaks: its voltage is known at any time."""
    told = {
        "text": "dv/dt = (rest - v + r*I) / tau",
        "threshold": "v >= peak",
        "reset": "v = rest",
        "parameters": {"rest": -65.0, "r": 2.0, "tau": 20.0, "peak": -50.0},
        "initial": {"v": -65.0},
        "solver": solver,
    }
    return Equations(**{**told, **changed})


def fired(neuron, current, dt):
    return neuron.run(current.copy(), neuron.state(current.shape[1]), dt, current.shape[1], 0)


@pytest.mark.parametrize(("neuron", "mean"), [(Izhikevich(), 8), (AdEx(b=2.0), 60), (MQIF(), 12)])
def test_built_in_models_written_out_take_the_same_steps(neuron, mean):
    """To rounding, since symbols are added up in an order of their own; from voltages on both sides of the peak."""
    rng, text = np.random.default_rng(1), Equations.of(neuron)
    start = np.stack([rng.uniform(-90, 45, 400), rng.uniform(-20, 20, 400)]).astype(np.float32)
    current = rng.normal(mean, 3, (1, 400)).astype(np.float32)
    states = start.copy(), start.copy()
    found = [model.run(current, state, 0.5, 400, 7) for model, state in zip((neuron, text), states, strict=True)]
    np.testing.assert_array_equal(*found)
    assert 0 < len(found[0]) < 200
    calm = np.abs(states[0][0]) < 1e3
    np.testing.assert_allclose(states[1][:, calm], states[0][:, calm], rtol=2e-5, atol=2e-4)
    np.testing.assert_allclose(states[1], states[0], rtol=1e-3)


@pytest.mark.parametrize(("neuron", "mean"), [(Izhikevich(), 8), (AdEx(b=2.0), 60), (MQIF(), 12)])
def test_built_in_models_written_out_fire_the_same_but_for_rounding(neuron, mean):
    current = np.random.default_rng(1).normal(mean, 3, (2000, 37)).astype(np.float32)
    a, b = (np.bincount(fired(m, current, 0.5)[:, 1], minlength=37) for m in (neuron, Equations.of(neuron)))
    assert a.sum() > 200
    assert np.abs(a - b).max() <= 1
    assert a.sum() == pytest.approx(b.sum(), rel=0.01)


@pytest.mark.parametrize(("solver", "order"), [("euler", 1), ("rk2", 2), ("rk4", 4)])
def test_solvers_converge_in_their_orders(solver, order):
    errors, model = [], decay(solver)
    for dt in (8.0, 4.0, 2.0):
        state = model.state(16)
        model.run(np.full((round(16 / dt), 16), 5, np.float32), state, dt, 16, 0)
        errors.append(abs(state[0, 0] - (-65 + 10 * (1 - math.exp(-16 / 20)))))
    assert np.log2(np.array(errors[:-1]) / errors[1:]) == pytest.approx([order, order], abs=0.35), errors


@pytest.mark.parametrize("solver", ["euler", "rk2", "rk4"])
def test_a_leaky_integrator_fires_at_the_interval_of_its_closed_form(solver):
    """The time from reset to threshold, and the one step of the reset."""
    dt, drive = 0.01, 20.0
    found = fired(decay(solver), np.full((20_000, 1), drive, np.float32), dt)[:, 0]
    expected = 20 * math.log(2 * drive / (2 * drive - 15)) + dt
    assert np.diff(found).mean() * dt == pytest.approx(expected, abs=1.5 * dt)


def test_heun_is_not_thrown_off_by_the_blow_up_at_a_spike():
    current = np.random.default_rng(1).normal(60, 9, (4000, 16)).astype(np.float32)
    rough, fine = (len(fired(Equations.of(AdEx(), s), current, 0.5)) for s in ("euler", "rk2"))
    assert rough > 100
    assert fine == pytest.approx(rough, rel=0.15)


def test_parameters_do_not_compile_again():
    before = module._compiled.cache_info().misses
    counts = []
    for peak in (-60.0, -55.0, -50.0):
        parameters = {"rest": -65.0, "r": 2.0, "tau": 20.0, "peak": peak}
        counts.append(len(fired(decay(parameters=parameters), np.full((2000, 1), 20, np.float32), 0.5)))
    assert counts[0] > counts[1] > counts[2] > 0
    assert module._compiled.cache_info().misses <= before + 1


def test_it_serves_a_network():
    neuron = Equations.of(Izhikevich())
    text, built = (Network.build(Grid(24), {"sa": 30}, neuron=n) for n in (neuron, None))
    a, b = (simulate(n, stimuli.Gaussian(), 150, seed=1, sample=2)["sa"].dense() for n in (text, built))
    assert a.sum() > 20
    assert (a != b).sum() <= 0.05 * a.sum()


def test_equations_without_parameters_and_variables_without_a_start():
    neuron = Equations("dv/dt = I\ndw/dt = v", threshold="w > 100", reset="v = 0\nw = 0", parameters={}, initial={})
    state = neuron.state(16)
    assert len(neuron.run(np.ones((10, 16), np.float32), state, 1.0, 16, 0)) == 0
    np.testing.assert_array_equal(state, np.repeat([[10.0], [45.0]], 16, axis=1))


def test_what_dies_away_becomes_zero():
    neuron = Equations("dv/dt = -v", threshold="v > 2", reset="", parameters={}, initial={"v": 1.0})
    state = neuron.state(16)
    neuron.run(np.zeros((200, 16), np.float32), state, 0.5, 16, 0)
    np.testing.assert_array_equal(state, 0)


NAMES = ("x", "y", "p")
NUMBERS = st.floats(0.1, 4).map(lambda x: f"{x:.2f}") | st.integers(1, 4).map(str)
LEAVES = NUMBERS | st.sampled_from(NAMES)


def grown(inner):
    pair = st.tuples(inner, inner)
    return (
        st.builds(lambda ab, op: f"({ab[0]} {op} {ab[1]})", pair, st.sampled_from("+-*"))
        | st.builds(lambda ab: f"({ab[0]} / (1 + abs({ab[1]})))", pair)
        | st.builds(lambda a, n: f"tanh({a})**{n}", inner, st.integers(1, 7))
        | st.builds(lambda a, n: f"(1 + abs({a}))**-{n}", inner, st.sampled_from(["1", "2", "0.5", "1.5"]))
        | st.builds(lambda a, name: f"{name}({a})", inner, st.sampled_from(["sin", "cos", "tanh", "abs", "-"]))
        | st.builds(lambda a: f"exp(-abs({a}))", inner)
        | st.builds(lambda a: f"sqrt(1 + abs({a}))", inner)
        | st.builds(lambda a: f"log(1 + abs({a}))", inner)
        | st.builds(lambda ab, name: f"{name}({ab[0]}, {ab[1]}, 0.3)", pair, st.sampled_from(["min", "max"]))
    )


@settings(max_examples=150)
@given(st.recursive(LEAVES, grown, max_leaves=8), st.tuples(*[st.floats(-2, 2)] * 3))
def test_any_expression_is_worth_what_python_says(text, values):
    """Against Python's own evaluation in double precision; the tolerance is that of the numbers' sizes."""
    constants = Constants()
    written = emit(read(f"dx/dt = {text}\ndy/dt = 0", "x > 0", "", ("p",)).slopes[0], constants)
    functions = {name: getattr(math, name) for name in ("sin", "cos", "tanh", "exp", "sqrt", "log")}
    expected = eval(text, {**functions, **dict(zip(NAMES, values, strict=True))})  # noqa: S307 - the test wrote it
    helpers = {**functions, "square": lambda x: x * x, "pow": pow}
    given_ = {f"u_{name}": value for name, value in zip(NAMES, values, strict=True)}
    ours = eval(written, {**helpers, **{k: float(c) for k, c in constants.values.items()}, **given_})  # noqa: S307
    assert ours == pytest.approx(expected, rel=1e-4, abs=1e-4 * (1 + max(map(abs, values)) ** 4))


def test_every_function_compiles_to_single_precision():
    text = "dv/dt = exp(v) + log(v) + sqrt(v) + sin(v) + cos(v) + tanh(v) + abs(v - 1) + min(v, p) + max(v, p) + v**1.5"
    neuron = Equations(text + "+ v**-2", threshold="v > 1e6", reset="v = 0", parameters={"p": 0.7}, initial={"v": 0.5})
    state, v, p = neuron.state(16), 0.5, 0.7
    neuron.run(np.zeros((1, 16), np.float32), state, 1.0, 16, 0)
    parts = [math.exp(v), math.log(v), math.sqrt(v), math.sin(v), math.cos(v), math.tanh(v), 0.5, v, p, v**1.5, v**-2]
    np.testing.assert_allclose(state, v + sum(parts), rtol=1e-5)


def test_the_loop_holds_no_double_precision():
    neuron = Equations.of(AdEx())
    fired(neuron, np.zeros((4, 16), np.float32), 0.5)
    loop = module._compiled(neuron.text, neuron.threshold, neuron.reset, tuple(neuron.parameters), "euler")
    (compiled,) = loop.overloads.values()
    assert nb.float32 in compiled.type_annotation.typemap.values()
    assert nb.float64 not in compiled.type_annotation.typemap.values()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"solver": "rk3"}, "solver must be one of euler, rk2, rk4, not 'rk3'"),
        ({"parameters": {"rest": float("nan"), "r": 1.0, "tau": 1.0, "peak": 0.0}}, "rest must be a finite number"),
        ({"parameters": {}}, "'rest' in .* is not known"),
        ({"initial": {"w": 1.0}}, "initial w: there is no equation for it"),
        ({"threshold": "v"}, "is no comparison"),
    ],
)
def test_what_cannot_be_used_is_refused(changed, told):
    with pytest.raises(ParameterError, match=told):
        decay(**changed)


def test_numbers_that_do_not_fit_are_refused():
    with pytest.raises(ParameterError, match=r"1e\+39 is too large a number"):
        Equations("dv/dt = 1e39*v", threshold="v > 1", reset="", parameters={}, initial={})
