import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchwork.tomo.kernels import phantoms
from batchwork.tomo.kernels.phantoms import Ellipse, Ellipsoid


def test_a_disc_casts_the_shadow_of_its_chords():
    theta, cor = np.array([0.0, 1.0]), 200.0
    lines = phantoms.sinogram([Ellipse(0.1, 0.5, 0.5)], theta, 401, cor)
    s = np.arange(401) - cor
    chords = 0.1 * 2 * np.sqrt(np.maximum(100.25**2 - s**2, 0))
    np.testing.assert_allclose(lines[0], chords, atol=0.5)
    np.testing.assert_allclose(lines[0][120:280], chords[120:280], atol=1e-3)
    np.testing.assert_allclose(lines[0], lines[1], atol=1e-4)


@given(st.floats(0.05, 0.4), st.floats(0.05, 0.4), st.floats(-0.4, 0.4), st.floats(-0.4, 0.4), st.floats(0, 7))
def test_every_projection_holds_the_whole_mass(a, b, x, y, phi):
    n = 64
    lines = phantoms.sinogram([Ellipse(2.0, a, b, x, y, phi)], np.linspace(0, 6, 9), n, 31.5)
    np.testing.assert_allclose(lines.sum(1), 2 * np.pi * a * b * (n / 2) ** 2, rtol=1e-4)


def test_projections_at_0_and_90_degrees_are_sums_of_the_image():
    n = 128
    ellipses = phantoms.cut(phantoms.shepp_logan(), 0.0)
    image = phantoms.image(ellipses, n, samples=8)
    lines = phantoms.sinogram(ellipses, [0.0, np.pi / 2], n, (n - 1) / 2)
    np.testing.assert_allclose(lines[0], image.sum(0), atol=0.2)
    np.testing.assert_allclose(lines[1], image.sum(1)[::-1], atol=0.2)


def test_half_a_turn_mirrors_at_the_centre_of_rotation():
    ellipses = [Ellipse(1, 0.2, 0.1, 0.3, 0.2)]
    lines = phantoms.sinogram(ellipses, [0.4, 0.4 + np.pi], 80, 44.0)
    np.testing.assert_allclose(lines[0, 9:80], lines[1, 9:80][::-1], atol=1e-4)


def test_cuts_shrink_towards_the_poles():
    ball = Ellipsoid(Ellipse(1, 0.5, 0.5), c=0.5, z=0.2)
    assert ball.cut(0.2).a == 0.5
    assert ball.cut(0.5).a == pytest.approx(0.4)
    assert ball.cut(0.71) is None


def test_foam_does_not_overlap_and_stays_inside():
    body, *holes = phantoms.foam(np.random.default_rng(0), bubbles=50)
    assert len(holes) == 50
    image = phantoms.image(phantoms.cut((body, *holes), 0.0), 128)
    assert image.min() >= -1e-6
    assert image.max() == 1


def test_foam_comes_from_its_seed():
    assert phantoms.foam(np.random.default_rng(3)) == phantoms.foam(np.random.default_rng(3))


def test_rows_of_a_detector_differ():
    theta = np.linspace(0, np.pi, 10)
    stack = phantoms.sinograms(phantoms.shepp_logan(), theta, (21, 32), 15.5)
    assert stack.shape == (21, 10, 32)
    middle = phantoms.sinogram(phantoms.cut(phantoms.shepp_logan(), 0.0), theta, 32, 15.5)
    np.testing.assert_array_equal(stack[10], middle)
    assert np.abs(stack[0] - stack[10]).max() > 0.1
    assert phantoms.heights(3, 2.0).tolist() == [0.5, 0.0, -0.5]
