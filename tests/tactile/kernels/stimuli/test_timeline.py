import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.tactile.kernels import stimuli
from batchwork.tactile.kernels.clock import Clock
from batchwork.tactile.kernels.grid import Grid

GRID = Grid(9)


def shown(*entries, duration=40):
    return stimuli.frames(stimuli.make("timeline", {"stimuli": entries}), GRID, Clock.of(duration, 0.5))


def alone(name, duration, **parameters):
    return stimuli.frames(stimuli.make(name, parameters), GRID, Clock.of(duration, 0.5))


def test_stimuli_stand_at_their_times_and_add_up():
    frames = shown(
        {"type": "gaussian", "duration": 10},
        {"type": "ramp", "onset": 5, "duration": 20, "final": 10},
        {"type": "moving", "onset": 30},
    )
    np.testing.assert_allclose(frames[:10], alone("gaussian", 5))
    np.testing.assert_allclose(frames[10:20], (alone("gaussian", 5) + alone("ramp", 20, final=10)[:10]), rtol=1e-6)
    np.testing.assert_allclose(frames[20:50], alone("ramp", 20, final=10)[10:], rtol=1e-6)
    np.testing.assert_array_equal(frames[50:60], 0)
    np.testing.assert_allclose(frames[60:], alone("moving", 10), rtol=1e-6)


def test_what_reaches_beyond_the_end_is_cut():
    frames = shown({"type": "moving", "onset": 35, "duration": 20})
    np.testing.assert_allclose(frames[70:], alone("moving", 20)[:10], rtol=1e-6)


@pytest.mark.parametrize(
    ("envelope", "window"),
    [
        ("constant", np.ones(20)),
        ("triangle", np.concatenate([np.arange(0.05, 1, 0.1), np.arange(0.05, 1, 0.1)[::-1]])),
        ("hann", 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(20) + 0.5) / 20)),
    ],
)
@pytest.mark.parametrize("name", ["gaussian", "moving"])
def test_envelopes(name, envelope, window):
    frames = shown({"type": name, "onset": 10, "duration": 10, "envelope": envelope})
    np.testing.assert_allclose(frames[20:40], alone(name, 10) * window[:, None, None], rtol=1e-5)


def test_timelines_nest_and_take_objects():
    inner = {"type": "timeline", "onset": 10, "stimuli": [{"type": "step", "onset": 5, "duration": 10}]}
    entry = stimuli.Entry(stimulus=stimuli.Step(), onset=15.0, duration=10.0)
    np.testing.assert_array_equal(shown(inner), shown(entry))
    np.testing.assert_array_equal(shown(entry)[30:50], alone("step", 10))


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"onset": 3}, "each stimulus of a timeline needs a type"),
        ({"type": "gausian"}, "did you mean 'gaussian'"),
        ({"type": "gaussian", "sigmma": 1}, "gaussian: no parameter 'sigmma'; did you mean 'sigma'"),
        ({"type": "gaussian", "onset": -1}, "onset must be 0 or above"),
        ({"type": "gaussian", "duration": 0}, "duration must be above 0"),
        ({"type": "gaussian", "envelope": "box"}, "envelope must be one of constant, triangle, hann"),
        ({"type": "gaussian", "onset": 40}, r"onset \(40 ms\) must lie before the end \(40.0 ms\)"),
    ],
)
def test_what_cannot_be_used_is_refused(entry, told):
    with pytest.raises(ParameterError, match=told):
        shown(entry)


def test_an_empty_timeline_is_refused():
    with pytest.raises(ParameterError, match="a timeline needs a stimulus"):
        shown()
