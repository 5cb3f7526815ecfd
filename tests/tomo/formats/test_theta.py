from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchwork.tomo.formats.scan import Theta
from batchwork.tomo.formats.theta import theta_findings

PATH = Path("scan.h5")


def found(degrees):
    return {f.defect: f.severity for f in theta_findings(PATH, Theta(np.asarray(degrees, float), "deg", "/theta"))}


@given(
    start=st.floats(-720, 720),
    count=st.integers(9, 4000),
    turn=st.sampled_from([180, -180, 360, -360]),
    both_ends=st.booleans(),
    noise=st.floats(0, 0.2),
)
def test_any_start_step_and_direction_is_sound(*, start, count, turn, both_ends, noise):
    jitter = noise * np.random.default_rng(count).uniform(-1, 1, count + both_ends)
    assert found(start + turn / count * (np.arange(count + both_ends) + jitter)) == {}


@given(st.integers(12, 400), st.data())
def test_any_value_that_is_no_number_is_found(count, data):
    degrees = np.linspace(0, 180, count)
    degrees[data.draw(st.integers(0, count - 1))] = data.draw(st.sampled_from([np.nan, np.inf, -np.inf]))
    assert found(degrees) == {"ThetaNotFinite": "error"}


@given(st.integers(2, 2000), st.floats(-3, 3), st.sampled_from([np.pi, 2 * np.pi]))
def test_radians_are_recognised(count, start, turn):
    radians = start + np.linspace(0, turn, count)
    if np.abs(radians).max() < 7:
        assert found(radians) == {"ThetaInRadians": "error"}


@given(st.floats(-360, 360), st.integers(2, 100))
def test_angles_that_never_change(value, count):
    names = found(np.full(count, value))
    assert names.get("DuplicateAngles", names.get("ThetaInRadians")) == "error"


def test_unwritten_end_of_theta():
    degrees = np.linspace(0, 180, 100)
    degrees[60:] = 0
    assert found(degrees) == {
        "DuplicateAngles": "error",
        "ThetaNotMonotone": "error",
        "ThetaRange": "warning",
    }


def test_messages_say_where():
    degrees = np.linspace(0, 180, 100)
    degrees[41] = 3.3
    (finding,) = theta_findings(PATH, Theta(degrees, "deg", "/exchange/theta"))
    assert finding.message.startswith("scan.h5: /exchange/theta turns back 1 times, first after index 40; ")


def test_one_angle_is_left_to_others():
    assert found([0.0]) == {}


def test_radians_said_to_be_radians():
    theta = Theta(np.linspace(0, np.pi, 90), "rad", "/theta")
    assert list(theta_findings(PATH, theta)) == []
    assert theta.degrees[-1] == pytest.approx(180)
    assert Theta(theta.degrees, "deg", "/theta").radians == pytest.approx(theta.values)
