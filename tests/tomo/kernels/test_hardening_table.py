"""The table against a beam of two energies, whose attenuation is computed by hand."""

import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.tomo.kernels.gridding import Gridder
from batchwork.tomo.kernels.hardening_table import hardening_table, look_up, measured_attenuation
from batchwork.tomo.kernels.phantoms import Ellipse, sinogram

SHARES, MU = np.array([3.0, 1.0]), np.array([2.0, 0.5])


def by_hand(thickness):
    return -np.log(0.75 * np.exp(-2.0 * thickness) + 0.25 * np.exp(-0.5 * thickness))


def test_what_is_measured_is_what_two_energies_let_through():
    thickness = np.linspace(0, 20, 50)
    np.testing.assert_allclose(measured_attenuation(thickness, SHARES, MU), by_hand(thickness), rtol=1e-12)


def test_the_table_gives_back_the_thickness():
    table = hardening_table(SHARES, MU, 1.25)
    thickness = np.linspace(0, 25, 4000)
    values = by_hand(thickness).astype(np.float32)[None]
    look_up(values, table)
    np.testing.assert_allclose(values[0], 1.25 * thickness, atol=2e-5 * thickness.max())


def test_one_energy_changes_nothing_but_the_reference():
    table = hardening_table(np.ones(1), np.array([0.7]), 1.4)
    values = np.linspace(-0.2, 14, 100, dtype=np.float32)[None]
    found = values.copy()
    look_up(found, table)
    np.testing.assert_allclose(found, 2 * values, rtol=1e-5, atol=1e-6)


def test_negative_attenuation_from_noise_keeps_its_slope():
    table = hardening_table(SHARES, MU, 1.25)
    values = np.array([[-0.02, 0.0, 0.02]], np.float32)
    look_up(values, table)
    assert values[0, 1] == 0
    assert values[0, 0] == pytest.approx(-0.02 * 1.25 / 1.625, rel=0.01)  # the mean attenuation is 1.625
    assert values[0, 2] == pytest.approx(0.02 * 1.25 / 1.625, rel=0.01)


def test_a_homogeneous_disc_loses_its_cup():
    theta = np.linspace(0, np.pi, 180, endpoint=False)
    thickness = sinogram([Ellipse(2 / 128, 0.8, 0.8)], theta, 128, 63.5)
    measured = by_hand(thickness).astype(np.float32)[None]
    gridder = Gridder(theta, 128, filter_name="ramp")
    place = np.hypot(*np.meshgrid(*[np.arange(128) - 63.5] * 2))
    inner, outer = place < 10, (place > 38) & (place < 46)

    def means(sinograms):
        image = gridder.reconstruct(sinograms, 63.5)[0]
        return image[inner].mean(), image[outer].mean()

    middle, rim = means(measured)
    assert rim > 1.08 * middle
    look_up(measured, hardening_table(SHARES, MU, 1.25))
    middle, rim = means(measured)
    assert middle == pytest.approx(1.25 * 2 / 128, rel=0.003)
    assert rim == pytest.approx(middle, rel=0.01)


@pytest.mark.parametrize(
    ("weights", "per_cm", "reference"), [([0.0, 0.0], MU, 1.0), (SHARES, [1.0, 0.0], 1.0), (SHARES, MU, 0.0)]
)
def test_a_beam_that_makes_no_sense_is_refused(weights, per_cm, reference):
    with pytest.raises(ParameterError, match="above 0"):
        hardening_table(np.asarray(weights), np.asarray(per_cm), reference)
