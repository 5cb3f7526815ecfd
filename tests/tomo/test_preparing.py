"""From counts to sinograms, with all that may be done between."""

import h5py
import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.tomo.formats.reader import open_scan
from batchwork.tomo.kernels import phantoms
from batchwork.tomo.kernels.phase import paganin, paganin_length_px
from batchwork.tomo.kernels.preprocess import attenuation
from batchwork.tomo.kernels.rotation import rotate
from batchwork.tomo.kernels.stripes import remove_stripes
from batchwork.tomo.preparing import NoPixelSize, Preparation, unblocked
from batchwork.tomo.preprocessing import Preprocessing
from batchwork.tomo.regions import Region

ANGLES, ROWS, COLUMNS = 61, 40, 64
COR = 32.3
LIGHT, DARK = 20000.0, 100.0


def write_scan(path, *, drift=0.0, pixel_size_um=None, theta=None):
    """Write a scan without noise whose light changes by the share `drift` from its first to its last moment."""
    theta = np.linspace(0, np.pi, ANGLES, endpoint=False) if theta is None else theta
    rng = np.random.default_rng(0)
    lines = phantoms.sinograms(phantoms.foam(rng, 20, 0.05), theta, (ROWS, COLUMNS), COR).transpose(1, 0, 2)
    gain = 1 + 0.1 * rng.random((ROWS, COLUMNS))
    light = LIGHT * (1 + drift * (np.arange(theta.size) + 0.5) / theta.size)[:, None, None]
    with h5py.File(path, "w") as file:
        file["exchange/data"] = (DARK + light * gain * np.exp(-lines)).astype(np.float32)
        file["exchange/data_white"] = (
            DARK + LIGHT * gain * np.array([1, 1, 1 + drift, 1 + drift])[:, None, None]
        ).astype(np.float32)
        file["exchange/data_dark"] = np.full((2, ROWS, COLUMNS), DARK, np.float32)
        file["exchange/theta"] = np.rad2deg(theta)
        if pixel_size_um:
            name = "measurement/instrument/detection_system/objective/resolution"
            file[name] = pixel_size_um
            file[name].attrs["units"] = "um"
    return lines.transpose(1, 0, 2)


@pytest.fixture
def scan(tmp_path):
    write_scan(tmp_path / "scan.h5", pixel_size_um=2.0)
    with open_scan(tmp_path / "scan.h5") as opened:
        yield opened


def prepared(scan, rows=range(ROWS), *, binning=0, **settings):
    preparation = Preparation(scan, Region.of(scan.info, binning=binning), Preprocessing(**settings))
    return preparation.sinograms(rows)


def test_line_integrals_come_out(tmp_path):
    lines = write_scan(tmp_path / "scan.h5")
    with open_scan(tmp_path / "scan.h5") as scan:
        np.testing.assert_allclose(prepared(scan, range(3, 9)), lines[3:9], atol=2e-5)


def test_light_that_changes_is_followed(tmp_path):
    lines = write_scan(tmp_path / "scan.h5", drift=-0.2)
    with open_scan(tmp_path / "scan.h5") as scan:
        followed = np.abs(prepared(scan) - lines).max()
        mean = np.abs(prepared(scan, flat_fields="mean") - lines).max()
    assert followed < 3e-5
    assert mean > 0.08


def test_blocked_angles_are_left_out(scan):
    preparation = Preparation(scan, Region.of(scan.info), Preprocessing(blocked=("30:60", "100:110")))
    theta = np.rad2deg(scan.info.theta_rad)
    kept = ~(((theta >= 30) & (theta <= 60)) | ((theta >= 100) & (theta <= 110)))
    np.testing.assert_array_equal(preparation.theta_rad, scan.info.theta_rad[kept])
    np.testing.assert_allclose(preparation.sinograms(range(4, 6)), prepared(scan, range(4, 6))[:, kept], atol=1e-6)


@pytest.mark.parametrize("ranges", [("60:30",), ("-1:200",)])
def test_ranges_of_angles_that_make_no_sense_are_refused(ranges):
    with pytest.raises(ParameterError, match="blocked"):
        unblocked(np.linspace(0, np.pi, 20), ranges)


def test_without_logarithm_the_transmission_comes_out(scan):
    light = prepared(scan, range(2), minus_log=False)
    np.testing.assert_allclose(-np.log(light), prepared(scan, range(2)), atol=1e-5)


def test_hardening_is_undone_on_attenuation(scan):
    plain = prepared(scan, range(2))
    np.testing.assert_allclose(prepared(scan, range(2), hardening=(1.0, 0.5)), plain + 0.5 * plain**2, atol=1e-5)


def projections(scan, **settings):
    """Transmission of the whole detector, (angles, rows, columns)."""
    light = attenuation(scan.projections(), scan.flat_dark()[0], scan.dark_field(), minus_log=False)
    return np.ascontiguousarray(light.transpose(1, 0, 2))


@pytest.mark.parametrize("columns", [slice(0, COLUMNS), slice(20, 36), slice(0, 9)])
@pytest.mark.parametrize("rows", [range(18, 23), range(3), range(38, 40)])
@pytest.mark.parametrize("angle", [0.0, 1.5, -8.0])
def test_phase_and_rotation_of_a_part_are_those_of_the_whole_detector(scan, rows, columns, angle):
    settings = Preprocessing(phase="paganin", delta_beta=20.0, rotation_deg=angle, blocked=("20:40",), minus_log=False)
    preparation = Preparation(scan, Region.of(scan.info, columns=f"{columns.start}:{columns.stop}"), settings)
    whole = projections(scan)[unblocked(scan.info.theta_rad, settings.blocked)]
    paganin(whole, paganin_length_px(20, 50, 20, 2.0))
    wanted = rotate(whole, angle).transpose(1, 0, 2)
    found = preparation.sinograms(rows)
    np.testing.assert_allclose(found, wanted[rows.start : rows.stop, :, columns], atol=1e-4)
    plain = prepared(scan, rows, minus_log=False)[:, unblocked(scan.info.theta_rad, settings.blocked), columns]
    assert np.abs(found - plain).max() > 2e-3


def test_a_binned_part_is_turned_about_the_middle_of_the_whole_detector(scan):
    settings = Preprocessing(rotation_deg=4.0)
    whole = prepared(scan, range(20), binning=1, rotation_deg=4.0)
    part = Preparation(scan, Region.of(scan.info, columns="14:31", binning=1), settings)
    np.testing.assert_allclose(part.sinograms(range(3, 9)), whole[3:9, :, 7:15], atol=1e-5)


def test_projections_are_worked_on_in_parts_of_any_size(scan, monkeypatch):
    settings = {"rotation_deg": 1.0, "blocked": ("30:60",), "stripe": "titarenko", "zinger_threshold": 9000.0}
    wanted = prepared(scan, range(8, 12), **settings)
    monkeypatch.setattr("batchwork.tomo.preparing._CHUNK_BYTES", 7 * ROWS * COLUMNS * 4)
    np.testing.assert_array_equal(prepared(scan, range(8, 12), **settings), wanted)


def test_phase_needs_a_pixel_size(tmp_path):
    write_scan(tmp_path / "scan.h5")
    with open_scan(tmp_path / "scan.h5") as scan:
        with pytest.raises(NoPixelSize, match="--pixel-size-um"):
            prepared(scan, phase="paganin")
        prepared(scan, range(1), phase="paganin", pixel_size_um=5.0)


def test_binning_averages_before_all_else(scan):
    binned = prepared(scan, range(5, 8), binning=1)
    fine = np.exp(-prepared(scan, range(10, 16)))
    coarse = -np.log(fine.reshape(3, 2, ANGLES, COLUMNS // 2, 2).mean((1, 4)))
    assert binned.shape == coarse.shape
    np.testing.assert_allclose(binned, coarse, atol=0.02)


def test_zingers_are_removed_at_the_edges_of_blocks_as_well(tmp_path):
    lines = write_scan(tmp_path / "scan.h5")
    with h5py.File(tmp_path / "scan.h5", "r+") as file:
        data = file["exchange/data"]
        for angle, row, column in ((3, 0, 7), (20, 9, 30), (33, 10, 5), (50, 39, 47)):
            data[angle, row, column] += 30000
    with open_scan(tmp_path / "scan.h5") as scan:
        for rows in (range(10), range(10, 20), range(20, 40)):
            clean = prepared(scan, rows, zinger_threshold=8000.0)
            assert np.abs(clean - lines[rows.start : rows.stop]).max() < 0.3
            wrong = np.abs(prepared(scan, rows) - lines[rows.start : rows.stop]).max()
            assert wrong > 0.5


@pytest.mark.parametrize(
    ("method", "given", "options"),
    [
        ("vo", {"stripe_snr": 2.0}, {"snr": 2.0, "large_size": 16, "small_size": 21}),
        ("vo", {"stripe_large_size": 31}, {"large_size": 31}),
        ("fourier-wavelet", {"stripe_level": 2}, {"sigma": 1.0, "level": 2}),
        ("titarenko", {"stripe_beta": 0.1}, {"beta": 0.1}),
    ],
)
def test_stripes_are_removed_from_transmission(scan, method, given, options):
    light = prepared(scan, range(16, 24), minus_log=False)
    wanted = remove_stripes(light.copy(), method, **options)
    found = prepared(scan, range(16, 24), minus_log=False, stripe=method, **given)
    np.testing.assert_array_equal(found, wanted)
    assert not np.array_equal(found, light)
