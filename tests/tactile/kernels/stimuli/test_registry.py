from dataclasses import dataclass

import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.tactile.kernels import stimuli
from batchwork.tactile.kernels.clock import Clock
from batchwork.tactile.kernels.grid import Grid
from batchwork.tactile.kernels.innervation import SA
from batchwork.tactile.kernels.layout import lattice
from batchwork.tactile.kernels.stimuli import base
from batchwork.tactile.kernels.terms import Filmed, Separable


def test_the_known_types_and_their_parameters():
    expected = {"gaussian", "step", "ramp", "trapezoid", "texture", "repeated_pattern", "moving", "timeline"}
    assert set(stimuli.kinds()) == expected
    told = {"amplitude": 30.0, "sigma": 1.0, "center_x": 0.0, "center_y": 0.0}
    assert stimuli.defaults("gaussian") == told
    assert stimuli.defaults("step") == {**told, "step_time": None}
    assert stimuli.kind_of("ramp") is stimuli.Ramp


@pytest.mark.parametrize("name", sorted({"gaussian", "step", "ramp", "trapezoid", "texture", "moving"}))
def test_a_stimulus_made_of_its_defaults_is_the_default_one(name):
    assert stimuli.make(name, stimuli.defaults(name)) == stimuli.kind_of(name)()


def test_unknown_names_are_refused_with_the_nearest():
    with pytest.raises(ParameterError, match="no stimulus of type 'gausian'; did you mean 'gaussian'"):
        stimuli.make("gausian", {})
    with pytest.raises(ParameterError, match="no stimulus of type 'xyz'; there are gaussian, "):
        stimuli.make("xyz", {})
    with pytest.raises(ParameterError, match="step: no parameter 'step_tme'; did you mean 'step_time'"):
        stimuli.make("step", {"step_tme": 3})


@pytest.fixture
def _known():
    """Forget what a test registers."""
    before = dict(base._KNOWN)
    yield
    base._KNOWN.clear()
    base._KNOWN.update(before)


@pytest.mark.usefixtures("_known")
def test_a_stimulus_of_ones_own():
    @stimuli.register("edge")
    @dataclass(frozen=True, slots=True)
    class Edge:
        amplitude: float = 30.0
        position: float = 0.0

        def terms(self, grid, clock):
            pattern = np.broadcast_to(self.amplitude * (grid.x_mm > self.position)[:, None], (grid.size, grid.size))
            return (Separable(pattern, np.ones(clock.steps)),)

    frames = stimuli.frames(stimuli.make("edge", {"amplitude": 2.0}), Grid(4), Clock(3, 0.5))
    np.testing.assert_array_equal(frames, np.broadcast_to([[0], [0], [2], [2]], (3, 4, 4)))
    with pytest.raises(ParameterError, match="there is a stimulus 'edge' already"):
        stimuli.register("edge")(Edge)


def test_long_stimuli_are_shown_in_parts(monkeypatch):
    whole = stimuli.frames(stimuli.Moving(), Grid(8), Clock(30, 0.5))
    monkeypatch.setattr(base, "_FRAME_BYTES", 4 * 64 * 7)
    parts = list(stimuli.iterate_frames(stimuli.Moving(), Grid(8), Clock(30, 0.5)))
    assert [start for start, _ in parts] == [0, 7, 14, 21, 28]
    np.testing.assert_array_equal(np.concatenate([part for _, part in parts]), whole)


@pytest.mark.parametrize("name", ["gaussian", "step", "ramp", "trapezoid", "texture", "repeated_pattern", "moving"])
@pytest.mark.parametrize("at", [0, 13])
def test_the_drive_of_a_neuron_is_the_weighted_sum_of_the_frames(name, at):
    grid, clock = Grid(16), Clock.of(60, 0.5)
    weights = SA.draw(grid, lattice(20, grid), np.random.default_rng(1))
    stimulus = stimuli.make(name, {})
    expected = stimuli.frames(stimulus, grid, clock).reshape(120, -1).astype(float) @ weights.dense().T
    ours = np.zeros((120 - at, 20), np.float32)
    for term in stimulus.terms(grid, clock):
        term.feed(weights).add_to(ours, at)
    np.testing.assert_allclose(ours, expected[at:], rtol=2e-6, atol=1e-4)


def test_a_film_is_the_same_as_the_terms_it_shows():
    grid, clock = Grid(16), Clock.of(20, 0.5)
    weights = SA.draw(grid, lattice(20, grid), np.random.default_rng(1))
    (term,) = stimuli.Moving(sigma=0.4).terms(grid, clock)
    film = Filmed(term.along_x[:, :, None] * term.along_y[:, None, :])
    rows = np.zeros((2, 10, 20), np.float32)
    for each, out in zip((term, film), rows, strict=True):
        each.within(7, 45, np.linspace(0, 1, 40)).feed(weights).add_to(out, 20)
    np.testing.assert_allclose(rows[0], rows[1], rtol=1e-5, atol=1e-6)
    assert rows[0].max() > 1
    steps = slice(20, 30)
    a, b = (each.within(7, 45, np.linspace(0, 1, 40)).frames(steps) for each in (term, film))
    np.testing.assert_allclose(a, b, rtol=1e-6)


def test_far_blobs_give_numbers_that_are_zero_or_quick():
    grid, clock = Grid(64), Clock(8, 0.5)
    weights = SA.draw(grid, lattice(64, grid), np.random.default_rng(1))
    tiny = np.finfo(np.float32).tiny
    for stimulus in (stimuli.Gaussian(sigma=0.6, center_x=-4), stimuli.Moving(sigma=0.6, start=(-4, -4))):
        rows = np.zeros((8, 64), np.float32)
        for term in stimulus.terms(grid, clock):
            term.feed(weights).add_to(rows, 0)
        assert (rows == 0).any()
        assert not ((rows != 0) & (np.abs(rows) < tiny)).any()
