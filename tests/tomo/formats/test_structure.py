import numpy as np
import pytest

from batchwork.tomo.formats.validate import check_scan

from .conftest import ANGLES, COLUMNS, ROWS, counts, found


@pytest.mark.parametrize(
    ("name", "defect"),
    [
        ("data", "MissingDataset"),
        ("data_white", "NoFlats"),
        ("data_dark", "NoDarks"),
        ("theta", "MissingTheta"),
    ],
)
def test_missing_part(write_scan, name, defect):
    path = write_scan(**{name: None})
    assert found(path) == {defect: "error"}
    assert f"/exchange/{name}" in check_scan(path)[0].message


def test_all_missing_parts_are_told_at_once(write_scan):
    path = write_scan(data_white=None, data_dark=None, theta=None)
    assert found(path) == dict.fromkeys(["NoFlats", "NoDarks", "MissingTheta"], "error")


def test_no_flat_or_dark_frames(write_scan):
    empty = np.zeros((0, ROWS, COLUMNS), np.uint16)
    assert found(write_scan(data_white=empty)) == {"NoFlats": "error"}
    assert found(write_scan(data_dark=empty)) == {"NoDarks": "error"}


@pytest.mark.parametrize(
    "changes",
    [
        {"data": counts()["data"][:, 0]},
        {"data_white": counts()["data_white"][0]},
        {"data_white": counts()["data_white"][:, :2]},
        {"data_dark": counts()["data_dark"][:, :, 1:]},
        {"data": np.zeros((ANGLES, 0, COLUMNS))},
    ],
)
def test_wrong_shape(write_scan, changes):
    assert found(write_scan(**changes))["WrongShape"] == "error"


@pytest.mark.parametrize("shape", [(2, -1), (-1, 1)])
def test_angles_that_are_no_list(write_scan, shape):
    path = write_scan(theta=counts()["theta"].reshape(shape))
    assert found(path) == {"ThetaShape": "error"}
    assert "--theta FILE" in check_scan(path)[0].message


def test_too_few_angles(write_scan):
    path = write_scan(data=counts()["data"][:1], theta=[0.0])
    assert found(path)["TooFewAngles"] == "error"


def test_too_few_columns(write_scan):
    one = {name: counts()[name][..., :1] for name in ("data", "data_white", "data_dark")}
    assert found(write_scan(**one))["TooFewColumns"] == "error"


def test_wrong_type(write_scan):
    assert found(write_scan(data=counts()["data"].astype(complex)))["WrongType"] == "error"
    assert found(write_scan(theta=np.array(["a"] * ANGLES, "S1")))["WrongType"] == "error"


def test_one_row_is_enough(write_scan):
    one = {name: counts()[name][:, :1] for name in ("data", "data_white", "data_dark")}
    assert found(write_scan(**one)) == {}
