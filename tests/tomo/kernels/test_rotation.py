"""Turning projections, and the tilt of an axis."""

import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.tomo.kernels.rotation import halo, rotate, tilt_deg


def spot(rows, columns, row, column, sigma=3.0):
    y, x = np.mgrid[:rows, :columns]
    return np.exp(-((y - row) ** 2 + (x - column) ** 2) / (2 * sigma**2)).astype(np.float32)


def test_a_spot_goes_counterclockwise():
    turned = rotate(spot(81, 101, 40, 80)[None], 30)[0]
    angle = np.deg2rad(30)
    wanted = spot(81, 101, 40 - 30 * np.sin(angle), 50 + 30 * np.cos(angle))
    np.testing.assert_allclose(turned, wanted, atol=0.004)


def test_turning_back_gives_what_was():
    picture = (spot(90, 90, 30, 50) + 2 * spot(90, 90, 60, 40, 5))[None]
    np.testing.assert_allclose(rotate(rotate(picture, 7.3), -7.3), picture, atol=0.004)


def test_by_nothing_changes_nothing():
    picture = np.random.default_rng(0).random((2, 9, 13)).astype(np.float32)
    np.testing.assert_array_equal(rotate(picture, 0.0), picture)


@pytest.mark.parametrize("angle", [2.0, -9.0])
@pytest.mark.parametrize("here", [np.s_[30:40, 20:50], np.s_[0:8, 0:9], np.s_[75:80, 180:200]])
def test_a_part_with_its_halo_is_that_of_the_whole(here, angle):
    whole = np.random.default_rng(2).random((18, 80, 200)).astype(np.float32)
    around = halo((80, 200), angle)
    ends = [(max(s.start - h, 0), min(s.stop + h, n)) for s, h, n in zip(here, around, whole.shape[1:], strict=True)]
    (top, _), (left, _) = ends
    part = rotate(np.ascontiguousarray(whole[:, slice(*ends[0]), slice(*ends[1])]), angle, (39.5 - top, 99.5 - left))
    inner = tuple(slice(s.start - first, s.stop - first) for s, (first, _) in zip(here, ends, strict=True))
    np.testing.assert_allclose(part[:, *inner], rotate(whole, angle)[:, *here], atol=2e-5)


def test_without_an_angle_no_halo_is_needed():
    assert halo((80, 200), 0.0) == (0, 0)
    assert halo((80, 200), 1.0) == halo((80, 200), -1.0)


def test_beyond_the_border_the_outermost_pixels_are_repeated():
    np.testing.assert_allclose(rotate(np.full((1, 12, 40), 3.0, np.float32), 20), 3.0, rtol=1e-6)


def test_a_tilted_axis_is_levelled_by_its_tilt():
    rows, columns, lean = 121, 161, 4.0
    y = np.arange(rows)[:, None]
    axis = 80 - np.tan(np.deg2rad(lean)) * (y - 60)  # leans to the right at the top
    line = np.exp(-((np.arange(columns) - axis) ** 2) / 8).astype(np.float32)
    tilt = tilt_deg((10, float(axis[10, 0])), (110, float(axis[110, 0])))
    assert tilt == pytest.approx(lean)
    levelled = rotate(line[None], tilt)[0]
    assert np.ptp(levelled[15:-15].argmax(1)) == 0


@pytest.mark.parametrize("out", [np.empty((1, 4, 4), np.float32), np.empty((2, 4, 4))])
def test_shapes_that_do_not_fit_are_refused(out):
    with pytest.raises(ParameterError, match="float32 of shape"):
        rotate(np.zeros((2, 4, 4), np.float32), 1.0, out=out)
    with pytest.raises(ParameterError, match="shape"):
        rotate(np.zeros((4, 4), np.float32), 1.0)
