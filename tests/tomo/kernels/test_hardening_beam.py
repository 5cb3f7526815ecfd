"""Sources and materials against numbers from the literature."""

import numpy as np
import pytest

from batchwork.errors import ParameterError

pytest.importorskip("xraylib")

from batchwork.tomo.kernels.hardening_beam import Spectrum, bending_magnet, material, tube


@pytest.mark.parametrize(
    ("name", "density", "kev", "per_cm"),
    [  # mass attenuation from the NIST's tables, times the density
        ("Al", None, 20.0, 3.441 * 2.699),
        ("Water, Liquid", None, 60.0, 0.2059),
        ("SiO2", 2.65, 20.0, 2.65 * (0.4674 * 4.464 + 0.5326 * 0.8651)),
    ],
)
def test_attenuation_of_materials(name, density, kev, per_cm):
    assert material(name, density).per_cm(np.array([kev]))[0] == pytest.approx(per_cm, rel=0.02)


@pytest.mark.parametrize("name", ["Kryptonite", "Xx2", ""])
def test_an_unknown_material_is_named(name):
    with pytest.raises(ParameterError, match=f"material '{name}' is neither"):
        material(name)


def test_a_compound_needs_its_density():
    with pytest.raises(ParameterError, match=r"density of 'SiO2' is not known.*SiO2@2.7"):
        material("SiO2")
    with pytest.raises(ParameterError, match="above 0, not -1"):
        material("SiO2", -1.0)


def test_kramers_law():
    beam = tube(80)
    assert beam.energies_kev[-1] == 80
    at20, at40 = (np.interp(kev, beam.energies_kev, beam.photons) for kev in (20, 40))
    assert at20 / at40 == pytest.approx(3.0, rel=1e-3)


def test_a_bending_magnet_is_brightest_a_little_below_its_critical_energy():
    beam = bending_magnet(19.5)
    brightness = beam.photons * beam.energies_kev  # in equal shares of the energy, as it is usually given
    assert beam.energies_kev[np.argmax(brightness)] == pytest.approx(0.83 * 19.5, rel=0.02)
    at1, at5 = (np.interp(19.5 * y, beam.energies_kev, brightness) for y in (1, 5))
    assert at5 / at1 == pytest.approx(0.0778, rel=0.01)


def test_a_filter_hardens_the_beam_by_its_law():
    beam, aluminium = Spectrum(np.array([20.0, 60.0]), np.ones(2)), material("Al")
    behind = beam.behind(aluminium, 2.0)
    np.testing.assert_allclose(behind.photons, np.exp(-aluminium.per_cm(beam.energies_kev) * 0.2), rtol=1e-12)
    assert behind.mean_kev > beam.mean_kev == 40


def test_a_thin_scintillator_prefers_what_it_absorbs():
    beam, crystal = Spectrum(np.array([30.0, 60.0]), np.ones(2)), material("CsI", 4.51)
    thin, thick = beam.absorbed(crystal, 1e-5), beam.absorbed(crystal, 1e3)
    mu = crystal.per_cm(beam.energies_kev)
    assert thin.photons[0] / thin.photons[1] == pytest.approx(mu[0] * 30 / (mu[1] * 60), rel=1e-3)
    np.testing.assert_allclose(thick.photons, beam.energies_kev)


@pytest.mark.parametrize(
    ("energies", "photons", "told"),
    [
        ([20, 10], [1, 1], "rising"),
        ([10, 20], [1], "as many"),
        ([10, 20], [1, -1], "not below 0"),
        ([10, 20], [0, 0], "one above"),
        ([0.1, 20], [1, 1], "known from 1 to 800"),
    ],
)
def test_a_spectrum_that_makes_no_sense_is_refused(energies, photons, told):
    with pytest.raises(ParameterError, match=told):
        Spectrum(np.array(energies, float), np.array(photons, float))


@pytest.mark.parametrize(
    ("source", "value"), [(tube, 0.5), (tube, 1e4), (bending_magnet, -1.0), (bending_magnet, 0.01)]
)
def test_a_source_beyond_the_tables_is_refused(source, value):
    with pytest.raises(ParameterError):
        source(value)
