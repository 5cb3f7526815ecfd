import shutil
from pathlib import Path

import numpy as np
import pytest
import tifffile

from batchwork.errors import ConfigError, NoItemsError
from batchwork.tomo.folders import ScanFolder


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "my scans"
    made.mkdir()
    for name in ("b_10.h5", "b_2.hdf", "ü.hdf5", "k11.nxs", "notes.txt", ".hidden.h5", "truth.json"):
        (made / name).write_bytes(b"")
    return made


def test_a_folder_means_all_its_scans_in_natural_order(folder):
    found = ScanFolder.of([folder])
    assert [path.name for path in found.scans()] == ["b_2.hdf", "b_10.h5", "k11.nxs", "ü.hdf5"]
    assert found.results == folder.with_name("my scans_rec")


def test_files_mean_themselves(folder):
    found = ScanFolder.of([folder / "b_10.h5", folder / "../my scans/k11.nxs"])
    assert found == ScanFolder(folder, ("b_10.h5", "k11.nxs"))
    assert found.scans() == [folder / "b_10.h5", folder / "k11.nxs"]


def test_a_relative_folder_has_its_results_beside_it(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert ScanFolder.of([Path()]).results == folder.with_name("my scans_rec")


@pytest.mark.parametrize(
    ("names", "told"),
    [(["b_10.h5", "."], "one folder, or files"), (["gone.h5"], "no such file"), (["notes.txt"], "scans end in .h5"),
     (["b_10.h5", "sub/c.h5"], "several folders")],
)  # fmt: skip
def test_anything_else_is_refused(folder, names, told):
    (folder / "sub").mkdir()
    (folder / "sub" / "c.h5").write_bytes(b"")
    with pytest.raises(ConfigError, match=told):
        ScanFolder.of([folder / name for name in names])


def test_a_folder_that_may_not_be_listed_is_told(folder):
    found = ScanFolder.of([folder])
    shutil.rmtree(folder)
    with pytest.raises(ConfigError, match="cannot be listed: No such file"):
        found.scans()


def test_a_folder_without_scans_is_told(tmp_path):
    with pytest.raises(NoItemsError, match="no scans in it"):
        ScanFolder.of([tmp_path]).scans()


@pytest.fixture
def frames(tmp_path):
    """Two folders of frames, a volume, one of flats, one of stacks, one with a single frame."""
    for name, count, pages in (
        ("b_10", 3, 1),
        ("b_2", 2, 1),
        ("b_2_rec", 4, 1),
        ("flats", 3, 1),
        ("stacks", 2, 4),
        ("single", 1, 1),
    ):
        (tmp_path / "frames" / name).mkdir(parents=True)
        for number in range(count):
            image = np.zeros((pages, 4, 6), np.uint16)
            tifffile.imwrite(tmp_path / "frames" / name / f"p_{number}.tif", image, photometric="minisblack")
    return tmp_path / "frames"


def test_a_folder_of_single_frames_is_one_scan_beside_its_like(frames):
    named = ScanFolder.of([frames / "b_2"])
    assert named == ScanFolder(frames, ("b_2",))
    assert named.scans() == [frames / "b_2"]
    assert named.results == frames.with_name("frames_rec")
    both = ScanFolder.of([frames / "b_10", frames / "b_2"])
    assert [path.name for path in both.every()] == ["b_2", "b_10"]
    assert [path.name for path in ScanFolder.of([frames]).scans()] == ["b_2", "b_10"]


def test_folders_of_stacks_and_of_other_scans_are_no_scans(frames):
    assert [path.name for path in ScanFolder.of([frames / "stacks"]).scans()] == ["p_0.tif", "p_1.tif"]
    assert [path.name for path in ScanFolder.of([frames / "single"]).scans()] == ["p_0.tif"]
    (frames / "b_2" / "scan.h5").write_bytes(b"")
    assert [path.name for path in ScanFolder.of([frames / "b_2"]).scans()] == ["scan.h5"]
    (frames / "other.h5").write_bytes(b"")
    assert [path.name for path in ScanFolder.of([frames]).scans()] == ["other.h5"]
    (frames / "b_10" / "p_0.tif").write_bytes(b"damaged")
    with pytest.raises(ConfigError, match="one folder, or files"):
        ScanFolder.of([frames / "b_10", frames / "other.h5"])


def test_stacks_count_where_they_are_named_or_alone(tmp_path):
    for name in ("a_1.tif", "a_1_flats.tif", "a_1_darks.tif", "a_2.tiff", "a_1_theta.txt"):
        (tmp_path / name).write_bytes(b"")
    assert [path.name for path in ScanFolder.of([tmp_path]).scans()] == ["a_1.tif", "a_2.tiff"]
    (tmp_path / "b.h5").write_bytes(b"")
    assert [path.name for path in ScanFolder.of([tmp_path]).scans()] == ["b.h5"]
    named = ScanFolder.of([tmp_path / "a_1.tif"])
    assert any(pattern.endswith("/*.tif") for pattern in named.patterns)
    assert not any(pattern.endswith("/*.tif") for pattern in ScanFolder.of([tmp_path / "b.h5"]).patterns)
