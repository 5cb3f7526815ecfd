import subprocess
import sys

import h5py
import numpy as np
import pytest

from batchwork.tomo.formats import errors
from batchwork.tomo.formats.validate import check_scan, require_sound

from .conftest import ANGLES, COLUMNS, ROWS, counts, found

DEGREES = counts()["theta"]


@pytest.mark.parametrize("deep", [False, True])
def test_a_sound_scan(write_scan, deep):
    assert check_scan(write_scan(), deep=deep) == []


@pytest.mark.parametrize("deep", [False, True])
def test_the_tooth_is_sound(test_data, deep):
    assert check_scan(test_data / "tomo" / "tooth.h5", deep=deep) == []


def test_fewer_angles_than_projections(write_scan):
    assert found(write_scan(theta=np.linspace(0, 180, ANGLES - 1))) == {"ThetaMismatch": "error"}


def test_aborted_scan(write_scan):
    path = write_scan(data=counts()["data"][:20])
    assert found(path) == {"AbortedScan": "error"}
    assert "20 of the 60" in check_scan(path)[0].message


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_theta_not_finite(write_scan, value):
    theta = DEGREES.copy()
    theta[7] = value
    path = write_scan(theta=theta)
    assert found(path) == {"ThetaNotFinite": "error"}
    assert "index 7" in check_scan(path)[0].message


def test_theta_not_monotone(write_scan):
    theta = DEGREES.copy()
    theta[30] = 10.7
    assert found(write_scan(theta=theta))["ThetaNotMonotone"] == "error"


def test_interlaced_scan_is_only_a_warning(write_scan):
    theta = np.concatenate([DEGREES[0::2], DEGREES[1::2]])
    assert found(write_scan(theta=theta)) == {"ThetaNotMonotone": "warning"}


def test_theta_in_radians(write_scan):
    assert found(write_scan(theta=np.deg2rad(DEGREES))) == {"ThetaInRadians": "error"}
    path = write_scan("said.h5", theta=np.deg2rad(DEGREES))
    with h5py.File(path, "a") as file:
        file["exchange/theta"].attrs["units"] = "rad"
    assert found(path) == {}


def test_theta_range(write_scan):
    assert found(write_scan(theta=DEGREES / 2)) == {"ThetaRange": "warning"}
    assert found(write_scan(theta=DEGREES * 3)) == {"ThetaRange": "warning"}


@pytest.mark.parametrize(
    "theta",
    [
        np.linspace(0, 180, ANGLES),
        np.linspace(0, 360, ANGLES),
        np.linspace(0, 360, ANGLES, endpoint=False),
        np.linspace(90, 270, ANGLES),
        np.linspace(180, 0, ANGLES),
        np.linspace(-90, 90, ANGLES, endpoint=False),
        np.linspace(0, 200, ANGLES),
    ],
)
def test_angles_that_are_right(write_scan, theta):
    assert found(write_scan(theta=theta)) == {}


def test_duplicate_angles(write_scan):
    theta = DEGREES.copy()
    theta[40:] = 0
    assert found(write_scan(theta=theta))["DuplicateAngles"] == "error"
    theta = DEGREES.copy()
    theta[12] = theta[11]
    assert found(write_scan("once.h5", theta=theta)) == {"DuplicateAngles": "warning"}
    assert found(write_scan("all.h5", theta=np.full(ANGLES, 45.0)))["DuplicateAngles"] == "error"


@pytest.mark.parametrize(("value", "unit"), [(0.65, None), (0.65, "furlong"), (-1.0, "um"), (np.nan, "um")])
def test_pixel_size_unit(write_scan, value, unit):
    path = write_scan()
    with h5py.File(path, "a") as file:
        size = file.create_dataset("measurement/instrument/detector/pixel_size", data=value)
        if unit:
            size.attrs["units"] = unit
    assert found(path) == {"PixelSizeUnit": "warning"}


def test_chunk_per_projection(write_scan):
    path = write_scan(data=None)
    with h5py.File(path, "a") as file:
        file.create_dataset("exchange/data", data=counts()["data"], chunks=(1, ROWS, COLUMNS), compression="gzip")
    assert found(path) == {"ChunkPerProjection": "note"}


def test_odd_width(write_scan):
    odd = {name: counts()[name][..., 1:] for name in ("data", "data_white", "data_dark")}
    assert found(write_scan(**odd)) == {"OddWidth": "note"}


def test_require_sound(write_scan):
    with pytest.raises(errors.ThetaInRadians):
        require_sound(write_scan(theta=np.deg2rad(DEGREES)))
    findings = require_sound(write_scan("limited.h5", theta=DEGREES / 2))
    assert [f.defect for f in findings] == ["ThetaRange"]


def test_require_sound_accepts_a_short_scan_on_request(write_scan):
    path = write_scan(data=counts()["data"][:20])
    with pytest.raises(errors.AbortedScan):
        require_sound(path)
    assert [(f.defect, f.severity) for f in require_sound(path, accept_short=True)] == [("AbortedScan", "warning")]


DAMAGE = """
import sys
from pathlib import Path
import numpy as np
from batchwork.tomo.formats.validate import check_scan
path = Path(sys.argv[1])
content = path.read_bytes()
rng = np.random.default_rng(0)
for _ in range(300):
    spoiled = bytearray(content)
    at = rng.integers(0, 4000)
    spoiled[at : at + 8] = rng.bytes(8)
    path.write_bytes(spoiled)
    check_scan(path)
"""


def test_no_damage_makes_the_check_raise(write_scan):
    command = [sys.executable, "-c", DAMAGE, str(write_scan())]  # a process of its own: HDF5 may crash
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
