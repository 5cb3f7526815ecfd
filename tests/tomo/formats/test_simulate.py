import json

import h5py
import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.tomo.formats import open_scan, read_metadata
from batchwork.tomo.formats.simulate import Simulation, scan_truth, simulate_scans
from batchwork.tomo.formats.validate import check_scan
from batchwork.tomo.kernels import phantoms

SMALL = Simulation(count=2, columns=64, angles=48, rows=10, seed=4)


def test_scans_and_their_truth(tmp_path):
    cors = simulate_scans(tmp_path / "a b" / "µ", SMALL)
    names = sorted(path.name for path in (tmp_path / "a b" / "µ").iterdir())
    assert names == ["scan_001.h5", "scan_002.h5", "truth.json"]
    truth = json.loads((tmp_path / "a b" / "µ" / "truth.json").read_text())
    assert {name: scan["cor"] for name, scan in truth["scans"].items()} == cors
    assert truth["seed"] == 4


@pytest.mark.parametrize("columns", [16, 63, 256, 512])
def test_the_axis_is_near_the_middle(columns):
    cors = [scan_truth(Simulation(9, columns), index).cor for index in range(9)]
    assert len(set(cors)) == 9
    assert max(abs(cor - (columns - 1) / 2) for cor in cors) <= min(12, 0.06 * columns)


def test_scans_are_sound(tmp_path):
    for name in simulate_scans(tmp_path, SMALL):
        assert check_scan(tmp_path / name, deep=True) == []
    info = read_metadata(tmp_path / "scan_002.h5")
    assert (info.angles, info.rows, info.columns, info.pixel_size_um) == (48, 10, 64, 0.65)


def test_counts_hold_the_line_integrals(tmp_path):
    simulate_scans(tmp_path, SMALL)
    truth = scan_truth(SMALL, 1)
    with open_scan(tmp_path / "scan_002.h5") as scan:
        flat, dark = scan.flat_dark()
        paths = -np.log((scan.projections() - dark) / (flat - dark))
        theta = scan.info.theta_rad
    for row in (0, 9):
        z = phantoms.heights(SMALL.rows, SMALL.columns / 2)[row]
        exact = phantoms.sinogram(phantoms.cut(truth.phantom, float(z)), theta, SMALL.columns, truth.cor)
        error = paths[:, row] - exact
        assert abs(error.mean()) < 3e-3
        assert error.std() < 0.03
        assert exact.max() > 1
        assert exact[:, [0, -1]].max() == 0, "the object stays on the detector"


def test_same_seed_same_bytes(tmp_path):
    for folder in ("a", "b"):
        simulate_scans(tmp_path / folder, SMALL)
    for name in (*SMALL.files, "truth.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_what_is_there_is_kept_and_what_is_missing_is_made(tmp_path):
    first = simulate_scans(tmp_path, SMALL)
    kept = (tmp_path / "scan_001.h5").stat().st_mtime_ns
    (tmp_path / "scan_002.h5").unlink()
    assert simulate_scans(tmp_path, SMALL) == first
    assert (tmp_path / "scan_001.h5").stat().st_mtime_ns == kept
    assert (tmp_path / "scan_002.h5").exists()


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "scan_002.h5").write_text("precious")
    with pytest.raises(ParameterError, match=r"scan_002\.h5 is there already"):
        simulate_scans(tmp_path, SMALL)
    assert [path.name for path in tmp_path.iterdir()] == ["scan_002.h5"]


def test_two_series_in_one_folder(tmp_path):
    simulate_scans(tmp_path, SMALL)
    simulate_scans(tmp_path, Simulation(1, 64, 48, 10, 4, "other"))
    assert len(json.loads((tmp_path / "truth.json").read_text())["scans"]) == 3


def test_metadata_of_dxchange(tmp_path):
    simulate_scans(tmp_path, SMALL)
    with h5py.File(tmp_path / "scan_001.h5") as file:
        assert file["implements"][()] == b"exchange:measurement:process"
        assert file["exchange/theta"].attrs["units"] == "degrees"
        assert file["exchange/data"].attrs["axes"] == "theta:y:x"
        assert file["measurement/instrument/detector/pixel_size"][()] == 6.5
        assert file["process/acquisition/rotation/num_angles"][()] == 48


@pytest.mark.parametrize(
    "wrong",
    [{"count": 0}, {"columns": 8}, {"angles": 1}, {"rows": 0}, {"seed": -1}, {"name": "a/b"}, {"name": ""}],
)
def test_wrong_parameters(wrong):
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        Simulation(**{"count": 1, **wrong})
