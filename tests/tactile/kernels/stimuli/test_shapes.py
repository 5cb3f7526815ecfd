"""Each stimulus against its formula, written out over (t, x, y)."""

import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.tactile.kernels import stimuli
from batchwork.tactile.kernels.clock import Clock
from batchwork.tactile.kernels.grid import Grid

GRID, CLOCK = Grid(21, spacing_mm=0.2, centre_mm=(0.1, -0.2)), Clock.of(40, 0.5)
STEPS = np.arange(80)
X, Y = GRID.x_mm[None, :, None], GRID.y_mm[None, None, :]


def shown(name, **parameters):
    return stimuli.frames(stimuli.make(name, parameters), GRID, CLOCK)


def bell(x, y, sigma):
    return np.exp(-((X - x) ** 2 + (Y - y) ** 2) / (2 * sigma**2))


def over_time(values):
    return np.broadcast_to(np.asarray(values, float), (80,))[:, None, None]


def same(frames, expected, scale=30):
    assert frames.shape == (80, 21, 21)
    assert frames.dtype == np.float32
    np.testing.assert_allclose(frames, np.broadcast_to(expected, frames.shape), atol=2e-7 * scale)


def test_gaussian():
    same(shown("gaussian"), 30 * bell(0, 0, 1.0))
    same(shown("gaussian", amplitude=-12, sigma=0.4, center_x=0.5, center_y=-1), -12 * bell(0.5, -1, 0.4))


def test_the_peak_of_a_lattice_without_a_centre():
    peak = stimuli.frames(stimuli.Gaussian(), Grid(32), Clock(1, 0.5)).max()
    assert peak == pytest.approx(29.83, abs=0.005)


@pytest.mark.parametrize(("time", "step"), [(None, 40), (0.0, 0), (10.0, 20), (10.3, 20), (39.5, 79)])
def test_step(time, step):
    same(shown("step", amplitude=20, step_time=time, sigma=0.8), 20 * bell(0, 0, 0.8) * over_time(step <= STEPS))


@pytest.mark.parametrize("time", [40.0, 1000.0])
def test_a_step_after_the_end_is_refused(time):
    with pytest.raises(ParameterError, match=r"step_time \(.* ms\) must lie before the end \(40.0 ms\)"):
        shown("step", step_time=time)


def test_ramp():
    same(shown("ramp"), bell(0, 0, 1) * over_time(30 * STEPS / 79))
    same(shown("ramp", initial=40, final=-10, center_y=1), bell(0, 1, 1) * over_time(40 - 50 * STEPS / 79))


def test_trapezoid():
    profile = np.concatenate([np.zeros(10), np.linspace(0, 1, 8), np.ones(20), np.linspace(1, 0, 8), np.zeros(34)])
    frames = shown("trapezoid", t_pre=5, t_ramp=4, t_plateau=10, amplitude=50)
    same(frames, 50 * bell(0, 0, 1) * over_time(profile), 50)


def test_a_trapezoid_that_does_not_fit_is_cut():
    profile = np.concatenate([np.zeros(50), np.linspace(0, 1, 20), np.ones(10)])
    same(shown("trapezoid"), 30 * bell(0, 0, 1) * over_time(profile))


def test_gabor():
    dx, dy = X - 0.3, Y + 0.1
    along = dx * np.cos(0.7) + dy * np.sin(0.7)
    expected = 10 * bell(0.3, -0.1, 1.5) * np.cos(2 * np.pi * along / 1.2 + 0.4)
    frames = shown(
        "texture", amplitude=10, center_x=0.3, center_y=-0.1, orientation=0.7, sigma=1.5, wavelength=1.2, phase=0.4
    )
    same(frames, expected)


@pytest.mark.parametrize("angle", [0.0, np.pi / 2, 0.4])
def test_grating(angle):
    across = X * np.sin(angle) + Y * np.cos(angle)
    ridges = sum(np.exp(-((across - o) ** 2) / (2 * 0.3**2)) for o in (-1.5, -0.5, 0.5, 1.5))
    frames = shown("texture", pattern="grating", orientation=angle, count=4, spacing=1.0, width=0.3)
    same(frames, 30 * ridges / ridges.max())
    assert frames.max() == pytest.approx(30)


def test_a_grating_between_the_receptors_is_flat_not_an_error():
    frames = shown("texture", pattern="grating", count=1, width=1e-3, center_y=0.1)
    np.testing.assert_array_equal(frames, 0)


def test_repeated_pattern():
    expected = sum(bell(x, y, 0.3) for x in (-0.5, 0, 0.5) for y in (-0.25, 0.25))
    same(shown("repeated_pattern", sigma=0.3), 30 * expected)
    expected = sum(bell(1 + x, y, 0.3) for x in (-0.4, 0.4) for y in (-0.8, 0, 0.8))
    same(shown("repeated_pattern", sigma=0.3, center_x=1, copies_x=2, copies_y=3, spacing=0.8), 30 * expected)


def test_moving_along_a_line():
    s = over_time(STEPS / 79)
    same(shown("moving"), 30 * bell(-2 + 4 * s, 0, 1))
    same(shown("moving", start=[0, 1], end=[1, -1], sigma=0.5), 30 * bell(s, 1 - 2 * s, 0.5))


def test_moving_along_a_circle():
    angle = over_time(0.5 + 2 * STEPS / 79)
    frames = shown("moving", motion="circular", center=(0.5, 0), radius=1.5, start_angle=0.5, end_angle=2.5)
    same(frames, 30 * bell(0.5 + 1.5 * np.cos(angle), 1.5 * np.sin(angle), 1))
    whole = shown("moving", motion="circular")
    np.testing.assert_allclose(whole[0], whole[-1], atol=1e-4)


def test_moving_along_waypoints():
    """An L of 3 mm and 1 mm, at one speed: the corner comes after three quarters of the time."""
    s = over_time(STEPS / 79) * 4
    x, y = np.minimum(s, 3) - 2, np.maximum(s - 3, 0)
    path = [[-2, 0], [1, 0], [1, 1]]
    same(shown("moving", motion="waypoints", waypoints=path), 30 * bell(x, y, 1))
    same(shown("moving", motion="waypoints", waypoints=[[-2, 0], [-2, 0], [2, 0]]), shown("moving"))


@pytest.mark.parametrize(
    ("name", "wrong", "told"),
    [
        ("gaussian", {"sigma": 0}, "sigma must be above 0, not 0"),
        ("gaussian", {"amplitude": float("nan")}, "amplitude must be a finite number"),
        ("ramp", {"final": float("inf")}, "final must be a finite number"),
        ("trapezoid", {"t_ramp": -1}, "t_ramp must be 0 or above"),
        ("step", {"step_time": -1}, "step_time must be 0 or above"),
        ("texture", {"pattern": "checker"}, "pattern must be one of gabor, grating, not 'checker'"),
        ("texture", {"wavelength": 0}, "wavelength must be above 0"),
        ("moving", {"motion": "zigzag"}, "motion must be one of linear, circular, waypoints, not 'zigzag'"),
        ("moving", {"start": [1, 2, 3]}, r"start must be \[x, y\]"),
        ("moving", {"waypoints": [[1, 2]]}, "waypoints must be two points or more"),
        ("moving", {"waypoints": [[1, 2], [3]]}, r"waypoints must be \[x, y\]"),
        ("repeated_pattern", {"copies_x": 0}, "copies_x must be above 0"),
    ],
)
def test_what_cannot_be_used_is_refused(name, wrong, told):
    with pytest.raises(ParameterError, match=told):
        shown(name, **wrong)
