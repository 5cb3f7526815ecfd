import numpy as np
import pytest

from batchwork.tomo.kernels.scorers import Slice
from batchwork.tomo.kernels.scorers.conditioning import at_binning, binned_columns, coarse_side, condition


def test_any_order_of_the_angles_is_the_same(acquisition):
    plain = acquisition().slice()
    order = np.random.default_rng(3).permutation(plain.theta_rad.size)
    mixed = condition(Slice(plain.sinogram[order], plain.theta_rad[order]))
    np.testing.assert_array_equal(mixed.sinogram, condition(plain).sinogram)
    np.testing.assert_array_equal(mixed.theta_rad, plain.theta_rad)


def test_projections_at_the_same_angle_are_averaged(acquisition):
    plain = acquisition(photons=None).slice()
    sinogram = np.concatenate([plain.sinogram + 1, plain.sinogram - 1])
    twice = condition(Slice(sinogram, np.tile(plain.theta_rad, 2)))
    np.testing.assert_allclose(twice.sinogram, condition(plain).sinogram, atol=1e-5)


def test_what_is_not_finite_becomes_the_median_of_its_projection(acquisition):
    plain = acquisition().slice()
    holed = plain.sinogram.copy()
    holed[5, 40], holed[7, 41], holed[9] = np.nan, np.inf, np.nan
    clean = condition(Slice(holed, plain.theta_rad)).sinogram
    assert np.isfinite(clean).all()
    assert clean[5, 40] == pytest.approx(np.median(plain.sinogram[5]), abs=0.2)


def test_stripes_are_taken_out_and_told(acquisition):
    ringed = condition(acquisition(rings=0.1).slice())
    clean = condition(acquisition().slice())
    assert ringed.stripe_sigma == pytest.approx(0.1, rel=0.3)
    assert clean.stripe_sigma < 0.02
    outside = slice(0, 25)
    assert ringed.sinogram[:, outside].mean(0).std() < 0.05


def test_an_object_wider_than_the_detector_is_seen(acquisition):
    assert condition(acquisition(radius_px=120).slice()).truncated
    assert not condition(acquisition().slice()).truncated


def test_noise_has_no_structure(acquisition, noise):
    assert not condition(noise).structured
    assert condition(noise).trust < 0.2
    assert condition(acquisition(photons=300).slice()).trust == 1


def test_half_a_turn_may_lack_a_step_or_two(acquisition):
    assert not condition(acquisition().slice()).short
    assert condition(acquisition(span_deg=150).slice()).short


def test_the_first_half_of_a_turn(acquisition):
    half = condition(acquisition(span_deg=360, angles=240).slice()).first_half_turn()
    assert len(half.sinogram) == half.theta_rad.size == 120
    assert half.span_rad == pytest.approx(np.pi)


@pytest.mark.parametrize(("columns", "side"), [(100, 1), (500, 1), (600, 2), (2048, 4), (2560, 8)])
def test_a_detector_is_binned_by_a_power_of_two(columns, side):
    assert coarse_side(columns, 384) == side


def test_columns_are_averaged_and_the_rest_dropped():
    lines = np.array([[1, 3, 5, 7, 100]], np.float32)
    np.testing.assert_array_equal(binned_columns(lines, 2), [[2, 6]])


def test_binning_keeps_angles_where_there_are_few(acquisition):
    ready = condition(acquisition(angles=200).slice())
    halved = at_binning(ready, 2)
    assert halved.sinogram.shape == (100, 80)
    assert halved.step_rad == pytest.approx(2 * ready.step_rad)
    few = at_binning(condition(acquisition(angles=40).slice()), 4)
    assert few.sinogram.shape == (40, 40)
    assert halved.sinogram[3, 5] == pytest.approx(ready.sinogram[6:8, 10:12].mean(), rel=1e-5)
