import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchwork.errors import ParameterError
from batchwork.tomo.kernels.angles import angle_weights


def test_equal_steps_get_equal_shares():
    np.testing.assert_allclose(angle_weights(np.linspace(0, np.pi, 180, endpoint=False)), np.pi / 180)


def test_both_end_points_share_one_step():
    weights = angle_weights(np.linspace(0, np.pi, 181))
    np.testing.assert_allclose(weights[1:-1], np.pi / 180)
    np.testing.assert_allclose(weights[[0, -1]], np.pi / 360)


@pytest.mark.parametrize("turns", [2, 3, 4])
def test_angles_measured_repeatedly_share_evenly(turns):
    weights = angle_weights(np.linspace(0, turns * np.pi, turns * 90, endpoint=False))
    np.testing.assert_allclose(weights, np.pi / (turns * 90), rtol=1e-6)


def test_a_gap_is_shared_by_its_neighbours():
    weights = angle_weights(np.deg2rad([0, 10, 20, 90]))
    np.testing.assert_allclose(np.rad2deg(weights), [50, 10, 40, 80])


def test_rounding_at_180_degrees_does_not_matter():
    weights = angle_weights([1e-12, np.pi / 2, np.pi - 1e-12])
    np.testing.assert_allclose(weights, [np.pi / 4, np.pi / 2, np.pi / 4])


def test_one_angle_has_the_whole_half_circle():
    np.testing.assert_allclose(angle_weights([1.0]), [np.pi])


@pytest.mark.parametrize("theta", [[], [0.0, np.nan], [np.inf]])
def test_angles_that_are_no_numbers_are_refused(theta):
    with pytest.raises(ParameterError, match="angles"):
        angle_weights(theta)


@given(st.lists(st.floats(-20, 20), min_size=1, max_size=40))
def test_weights_make_a_half_circle(theta):
    weights = angle_weights(theta)
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(np.pi)


@given(st.lists(st.floats(0, 3), min_size=2, max_size=20, unique=True), st.randoms())
def test_order_does_not_matter(theta, random):
    order = list(range(len(theta)))
    random.shuffle(order)
    shuffled = angle_weights(np.array(theta)[order])
    np.testing.assert_allclose(shuffled, angle_weights(theta)[order], atol=1e-9)
