"""From counts to sinograms, with all that may be done between."""

import h5py
import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.tomo.formats.reader import open_scan
from batchwork.tomo.kernels import phantoms
from batchwork.tomo.kernels.phase import paganin
from batchwork.tomo.kernels.preprocess import attenuation, negative_log
from batchwork.tomo.kernels.rotation import rotate
from batchwork.tomo.preparing import NoPixelSize, Preparation, unblocked
from batchwork.tomo.preprocessing import Preprocessing
from batchwork.tomo.regions import Region

ANGLES, ROWS, COLUMNS = 61, 40, 48
COR = 24.3
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


def test_phase_and_rotation_of_a_block_are_those_of_the_whole_detector(scan):
    settings = {"phase": "paganin", "delta_beta": 20.0, "rotation_deg": 1.5}
    preparation = Preparation(scan, Region.of(scan.info), Preprocessing(**settings))
    whole = projections(scan)
    paganin(whole, preparation._phase_px)
    wanted = np.ascontiguousarray(rotate(whole, 1.5).transpose(1, 0, 2))
    negative_log(wanted)
    assert 0 < preparation.halo < 20
    np.testing.assert_allclose(preparation.sinograms(range(18, 23)), wanted[18:23], atol=2e-3)
    np.testing.assert_allclose(preparation.sinograms(range(3)), wanted[:3], atol=2e-3)
    plain = prepared(scan, range(18, 23))
    assert np.abs(preparation.sinograms(range(18, 23)) - plain).max() > 0.02


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


@pytest.mark.parametrize("method", ["vo", "fourier-wavelet", "titarenko"])
def test_stripes_are_removed_from_transmission(tmp_path, method):
    lines = write_scan(tmp_path / "scan.h5")
    gains = 1 + 0.05 * np.random.default_rng(5).standard_normal((ROWS, COLUMNS))
    with h5py.File(tmp_path / "scan.h5", "r+") as file:
        file["exchange/data"][...] = file["exchange/data"][...] * gains.astype(np.float32)
    with open_scan(tmp_path / "scan.h5") as scan:
        before, after = prepared(scan, range(8)), prepared(scan, range(8), stripe=method)
    assert np.std(after - lines[:8]) < np.std(before - lines[:8])
