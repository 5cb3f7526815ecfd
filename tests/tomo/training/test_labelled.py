import numpy as np
import pytest

from batchwork.errors import FileFormatError, NoItemsError
from batchwork.tomo.kernels.phantoms import Ellipse, sinogram
from batchwork.tomo.kernels.scorers import Grid, Slice, scorer
from batchwork.tomo.training.labelled import SUFFIX, Labelled, fitted, read_folder, read_labelled, write_labelled


@pytest.fixture
def labelled():
    theta = np.linspace(0, np.pi, 500, endpoint=False)
    body = (Ellipse(1.0, 0.5, 0.3), Ellipse(1.0, 0.1, 0.1, 0.2, 0.1))
    return Labelled(Slice(sinogram(body, theta, 300, 141.3), theta), 141.3, "scan_007.h5, row 3")


def test_what_is_written_is_read_again(tmp_path, labelled):
    path = tmp_path / f"scan_007{SUFFIX}"
    write_labelled(path, labelled)
    found = read_labelled(path)
    np.testing.assert_array_equal(found.slice_.sinogram, labelled.slice_.sinogram)
    np.testing.assert_array_equal(found.slice_.theta_rad, labelled.slice_.theta_rad)
    assert (found.cor, found.source) == (141.3, "scan_007.h5, row 3")
    assert [made.source for made in read_folder(tmp_path)] == ["scan_007.h5, row 3"]


def test_a_folder_without_stacks_says_how_to_get_some(tmp_path):
    with pytest.raises(NoItemsError, match="export-labels"):
        read_folder(tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"\x80\x04pickle"])
def test_a_broken_file_is_named(tmp_path, content):
    path = tmp_path / f"x{SUFFIX}"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=r"x\.stack\.npz: holds no labelled slice"):
        read_folder(tmp_path)


def test_a_centre_off_the_detector_is_refused(tmp_path, labelled):
    path = tmp_path / f"x{SUFFIX}"
    write_labelled(path, Labelled(labelled.slice_, 300.2))
    with pytest.raises(FileFormatError, match=r"centre 300\.2 is not on its 300 columns"):
        read_labelled(path)


def test_a_slice_that_is_fitted_keeps_its_axis(labelled):
    widths = set()
    for seed in range(12):
        made = fitted(np.random.default_rng(seed), labelled, 128)
        assert made.slice_.columns == 128
        assert len(made.slice_.theta_rad) < 300
        found = scorer("vo").judge(made.slice_, Grid(made.cor + 2, 8))
        assert found.cor == pytest.approx(made.cor, abs=0.3)
        widths.add(int((made.slice_.sinogram.max(0) > 0.5).sum() / 20))
    assert len(widths) > 1


def test_a_narrow_slice_is_stretched(labelled):
    made = fitted(np.random.default_rng(0), labelled, 400)
    assert made.cor == pytest.approx((141.3 + 0.5) * 400 / 300 - 0.5)
    assert made.slice_.sinogram.mean() == pytest.approx(labelled.slice_.sinogram.mean(), rel=1e-4)
