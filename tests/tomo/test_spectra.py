"""Beam hardening by its physics, as the user describes it, up to the command line."""

import sys

import numpy as np
import pytest

from batchwork.errors import FileFormatError, MissingExtraError, ParameterError
from batchwork.tomo.formats.reader import open_scan
from batchwork.tomo.preparing import Preparation
from batchwork.tomo.preprocessing import Preprocessing
from batchwork.tomo.regions import Region
from batchwork.tomo.spectra import hardening_of, read_spectrum

xraylib = pytest.importorskip("xraylib")


def test_a_file_of_two_energies_gives_back_the_thickness(tmp_path):
    beam = tmp_path / "beam.txt"
    beam.write_text("# keV photons\n20 3\n\n40, 1  # harder\n", encoding="utf-8")
    table = hardening_of(
        Preprocessing(spectrum=str(beam), sample="SiO2@2.65", beam_filters=("Al:1",), reference_kev=30)
    )
    mu = {kev: 2.65 * xraylib.CS_Total_CP("SiO2", kev) for kev in (20.0, 30.0, 40.0)}
    through = {kev: np.exp(-0.1 * 2.6989 * xraylib.CS_Total_CP("Al", kev)) for kev in (20.0, 40.0)}
    soft, hard = 3 * through[20.0], through[40.0]
    for thickness in (0.01, 0.1, 0.5):
        light = (soft * np.exp(-mu[20.0] * thickness) + hard * np.exp(-mu[40.0] * thickness)) / (soft + hard)
        found = np.interp(-np.log(light), np.arange(table.values.size) * table.step, table.values)
        assert found == pytest.approx(mu[30.0] * thickness, rel=1e-4)


def test_sinograms_are_made_straight(good_scan, tmp_path):
    path, _, _ = good_scan
    settings = Preprocessing(spectrum="tube:60", sample="Al", beam_filters=("Al:0.5",), scintillator="CsI@4.51:0.2")
    with open_scan(path) as scan:
        region = Region.of(scan.info, "3:5")
        plain = Preparation(scan, region).sinograms(region.rows)
        found = Preparation(scan, region, settings).sinograms(region.rows)
    table = hardening_of(settings)
    wanted = np.interp(plain, np.arange(table.values.size) * table.step, table.values)
    above = plain > 0.01
    np.testing.assert_allclose(found[above], wanted[above], rtol=1e-4)
    assert not np.allclose(found, plain, rtol=0.05)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"spectrum": "tube:80"}, "--sample"),
        ({"sample": "Al"}, "--spectrum"),
        ({"spectrum": "tube:80", "sample": "Al", "hardening": (1.0, 0.1)}, "not by both"),
        ({"spectrum": "tube:80", "sample": "Unobtainium"}, "material 'Unobtainium'"),
        ({"spectrum": "tube:80", "sample": "SiO2"}, "density of 'SiO2'"),
        ({"spectrum": "tube:80", "sample": "SiO2@heavy"}, "SiO2@heavy"),
        ({"spectrum": "tube:high", "sample": "Al"}, "tube:80"),
        ({"spectrum": "tube:80", "sample": "Al", "beam_filters": ("Al",)}, "thickness in mm"),
        ({"spectrum": "tube:80", "sample": "Al", "scintillator": "CsI@4.51:-1"}, "thickness in mm"),
        ({"spectrum": "tube:80", "sample": "Al", "reference_kev": 5000.0}, "not at 5000"),
        ({"spectrum": "tub:80", "sample": "Al"}, "neither tube:KV"),
    ],
)
def test_what_is_missing_or_wrong_is_named(settings, told):
    with pytest.raises((ParameterError, FileFormatError)) as raised:
        hardening_of(Preprocessing(**settings))
    assert told in str(raised.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [("20 1\n30\n", "line 2"), ("20 a\n", "line 1"), ("# none\n", "no energies"), ("30 1\n20 1\n", "rising")],
)
def test_a_file_that_is_wrong_is_named_with_its_line(tmp_path, text, told):
    beam = tmp_path / "beam.txt"
    beam.write_text(text, encoding="utf-8")
    with pytest.raises(FileFormatError, match=told) as raised:
        read_spectrum(beam)
    assert "beam.txt" in str(raised.value)


def test_without_xraylib_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "xraylib", None)
    with pytest.raises(MissingExtraError, match=r"batchwork\[spectra\]"):
        hardening_of(Preprocessing(spectrum="tube:80", sample="Al"))


def test_from_the_command_line(batchwork, scans):
    words = (
        "--cor",
        "31.5",
        "--rows",
        "1:2",
        "--spectrum",
        "tube:80",
        "--beam-filter",
        "Al:1",
        "--beam-filter",
        "Cu:0.1",
    )
    batchwork("tomo", "full", scans.folder, *words, "--sample", "Water, Liquid", "--items", "scan_001.h5")
    failed = batchwork("tomo", "full", scans.folder, *words, "--sample", "Nonsense", "--items", "scan_001.h5", code=1)
    assert "material 'Nonsense'" in failed.text
