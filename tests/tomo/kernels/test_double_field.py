"""Scans over a whole turn with the axis at the side."""

import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.tomo.kernels import phantoms
from batchwork.tomo.kernels.double_field import (
    column_weights,
    covers_turn,
    double_size,
    is_double_field,
    weigh_opposites,
)
from batchwork.tomo.kernels.gridding import Gridder

FULL = 200
HEAD = phantoms.cut(phantoms.shepp_logan(1 / 50), 0.0)


def turn(angles, *, gap=0.0):
    theta = np.linspace(0, 2 * np.pi, angles, endpoint=False)
    return theta[(theta < 1.0) | (theta > 1.0 + gap)]


def half_field(theta, columns, cor):
    """Sinogram of a head that reaches over both sides of the axis, of which the detector sees one and a bit."""
    return phantoms.sinogram(HEAD, theta, columns, cor, unit_px=FULL / 2)[None]


def error(sinogram, theta, columns, cor):
    weighed = sinogram.copy()
    weigh_opposites(weighed, theta, cor)
    size = double_size(columns, cor)
    image = Gridder(theta, columns, filter_name="ramp", size=size).reconstruct(weighed, cor)[0]
    wanted = phantoms.image(HEAD, FULL)
    start = (size - FULL) / 2
    assert start == int(start)
    image = image[int(start) : int(start) + FULL, int(start) : int(start) + FULL]
    place = np.hypot(*np.meshgrid(*[np.arange(FULL) - (FULL - 1) / 2] * 2))
    return float(np.sqrt(np.mean((image - wanted)[place < 0.45 * FULL] ** 2)))


def whole_error(angles=300):
    theta = np.linspace(0, np.pi, angles, endpoint=False)
    sinogram = phantoms.sinogram(HEAD, theta, FULL, (FULL - 1) / 2)[None]
    image = Gridder(theta, FULL, filter_name="ramp").reconstruct(sinogram, (FULL - 1) / 2)[0]
    place = np.hypot(*np.meshgrid(*[np.arange(FULL) - (FULL - 1) / 2] * 2))
    return float(np.sqrt(np.mean((image - phantoms.image(HEAD, FULL))[place < 0.45 * FULL] ** 2)))


@pytest.mark.parametrize(("columns", "cor"), [(120, 14.5), (120, 104.5), (130, 24.5), (121, 15.5), (120, 14.75)])
def test_a_double_field_is_as_good_as_a_detector_twice_as_wide(columns, cor):
    theta = turn(600)
    assert error(half_field(theta, columns, cor), theta, columns, cor) < 1.1 * whole_error()


def test_an_odd_number_of_angles_and_a_gap_do_little_harm():
    columns, cor = 120, 14.5
    for theta in (turn(601), turn(600, gap=0.02)):
        assert error(half_field(theta, columns, cor), theta, columns, cor) < 1.3 * whole_error()


@pytest.mark.parametrize("cor", [0.0, 13.3, 40.0, 99.0])
def test_opposite_weights_make_one(cor):
    weights = column_weights(100, cor)
    for column in range(100):
        opposite = 2 * cor - column
        if 0 <= opposite <= 99:
            between = np.interp(opposite, np.arange(100), weights)
            assert weights[column] + between == pytest.approx(1, abs=2e-3)
        else:
            assert weights[column] == 1


def test_what_looks_like_a_double_field():
    theta = turn(360)
    assert covers_turn(theta)
    assert not covers_turn(np.linspace(0, np.pi, 181))
    assert is_double_field(theta, 20, 200)
    assert not is_double_field(theta, 98, 200)
    assert not is_double_field(theta, -20, 200)  # a part of the columns without the axis
    assert not is_double_field(theta / 2, 20, 200)


def test_an_axis_off_the_detector_is_refused():
    with pytest.raises(ParameterError, match="must lie on the detector"):
        column_weights(100, -3.0)
