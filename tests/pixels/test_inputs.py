import h5py
import numpy as np
import pytest

from batchwork.errors import ConfigError
from batchwork.pixels.inputs import find_inputs
from batchwork.pixels.locations import split_inner


@pytest.fixture
def folder(tmp_path):
    for number in (1, 2, 10):
        (tmp_path / f"z_{number}.png").touch()
    (tmp_path / "notes.txt").touch()
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for name in ("vol/t2", "vol/t10", "other"):
            file[name] = np.zeros((4, 5), np.uint8)
    return tmp_path


def names(chosen):
    return [location.rpartition("/")[2] for location in chosen.locations]


def test_files_are_images_and_patterns_and_folders_are_stacks(folder):
    one, two, three = find_inputs([str(folder / "z_1.png"), str(folder / "z_*.png"), str(folder)], "t")
    assert (one.along, names(one), one.nickname) == (None, ["z_1.png"], "z_1")
    assert (two.along, names(two), two.nickname) == ("t", ["z_1.png", "z_2.png", "z_10.png"], "z_")
    assert names(three) == ["a.h5", "z_1.png", "z_2.png", "z_10.png"]
    assert two.preview() == f"stack {folder}/z_*.png: 3 files along t: z_1.png, z_2.png, z_10.png"
    assert three.nickname == "stack_at-a"


def test_a_file_with_wildcards_in_its_name_is_that_file(folder):
    odd = folder / "im[1].png"
    odd.touch()
    (found,) = find_inputs([str(odd)])
    assert found.along is None


def test_datasets_by_name_by_wildcard_and_stacks_of_them(folder):
    one, t2, t10 = find_inputs([f"{folder}/a.h5/other", f"{folder}/a.h5/vol/*"])
    assert (one.nickname, t2.nickname, t10.nickname) == ("a-other", "a-vol-t2", "a-vol-t10")
    (folder / "b.h5").write_bytes((folder / "a.h5").read_bytes())
    (stack,) = find_inputs([f"{folder}/?.h5/other"])
    assert stack.locations == (f"{folder}/a.h5/other", f"{folder}/b.h5/other")


def test_what_matches_nothing_is_told_and_what_is_missing_fails_alone(folder):
    with pytest.raises(ConfigError, match="no file matches"):
        find_inputs([f"{folder}/y_*.png"])
    with pytest.raises(ConfigError, match="no image in this file matches; it holds other, vol/t10, vol/t2"):
        find_inputs([f"{folder}/a.h5/none*"])
    (folder / "empty").mkdir()
    with pytest.raises(ConfigError, match="holds no image"):
        find_inputs([str(folder / "empty")])
    (folder / "cut.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    missing, broken = find_inputs([f"{folder}/gone.png", f"{folder}/cut.h5/*"])
    assert (missing.along, broken.locations) == (None, (f"{folder}/cut.h5/*",))


def test_a_folder_may_have_the_suffix_of_a_container(tmp_path):
    (tmp_path / "d.h5").mkdir()
    assert split_inner(f"{tmp_path}/d.h5/x.png") == (tmp_path / "d.h5/x.png", "")
    assert split_inner(f"{tmp_path}/d.zarr/s0") == (tmp_path / "d.zarr", "s0")
