"""A polynomial undoes the hardening of a beam of two energies."""

import numpy as np

from batchwork.tomo.kernels.gridding import Gridder
from batchwork.tomo.kernels.hardening import linearise
from batchwork.tomo.kernels.phantoms import Ellipse, sinogram


def hardened(thickness):
    """Measure a thickness with equal shares of a soft and a hard beam."""
    return (-np.log(0.5 * np.exp(-2.0 * thickness) + 0.5 * np.exp(-0.5 * thickness))).astype(np.float32)


def coefficients(degree=4):
    thickness = np.linspace(0, 2.2, 200)
    measured = hardened(thickness).astype(np.float64)
    powers = measured[:, None] ** np.arange(1, degree + 1)
    return np.linalg.lstsq(powers, 1.25 * thickness, rcond=None)[0]


def test_the_polynomial_is_evaluated():
    values = np.array([[0.0, 0.5, 2.0]], np.float32)
    linearise(values, (2.0, -1.0, 0.5))
    np.testing.assert_allclose(values, [[0.0, 1.0 - 0.25 + 0.0625, 4.0 - 4.0 + 4.0]], rtol=1e-6)


def test_none_leaves_everything():
    values = np.random.default_rng(0).random((3, 4, 5)).astype(np.float32)
    before = values.copy()
    linearise(values, ())
    np.testing.assert_array_equal(values, before)


def test_a_homogeneous_disc_loses_its_cup():
    theta = np.linspace(0, np.pi, 180, endpoint=False)
    thickness = sinogram([Ellipse(2 / 128, 0.8, 0.8)], theta, 128, 63.5)
    measured = hardened(thickness)[None]
    gridder = Gridder(theta, 128, filter_name="ramp")
    place = np.hypot(*np.meshgrid(*[np.arange(128) - 63.5] * 2))
    inner, outer = place < 10, (place > 38) & (place < 46)

    def cup(sinograms):
        image = gridder.reconstruct(sinograms, 63.5)[0]
        return (image[outer].mean() - image[inner].mean()) / image[inner].mean()

    before = cup(measured)
    linearise(measured, coefficients())
    assert before > 0.08
    assert abs(cup(measured)) < 0.01
