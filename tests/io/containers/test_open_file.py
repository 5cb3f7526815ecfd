"""One interface for HDF5, N5 and Zarr."""

import subprocess
import sys
import textwrap
import time

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import batchwork.io
from batchwork.errors import ContainerError, ContainerLockedError, ContainerNotFoundError
from batchwork.io import open_file

KINDS = ["a.h5", "a.hdf5", "a.n5", "a.zarr", "a.zr"]
OWN = ["a.n5", "a.zarr"]
IMAGE = np.arange(5 * 7, dtype=np.uint16).reshape(5, 7)


@pytest.fixture(params=KINDS)
def path(request, tmp_path):
    return tmp_path / request.param


@pytest.fixture(params=OWN)
def own(request, tmp_path):
    return tmp_path / request.param


def test_what_is_written_is_read_again(path):
    with open_file(path, "a") as f:
        made = f.create_dataset("image/s0", data=IMAGE, chunks=(2, 3), compression="gzip")
        assert made.shape == (5, 7)
        f["plain"] = IMAGE.astype(np.float32)
        f["image"].attrs["Color"] = "Green"
        f.attrs["sites"] = 3
    with open_file(path, "r") as f:
        assert (f["image/s0"][:] == IMAGE).all()
        assert f["image/s0"].dtype == np.uint16
        assert f["image"]["s0"].chunks == (2, 3)
        assert f["plain"][:].dtype == np.float32
        assert list(f.keys()) == ["image", "plain"]
        assert "image/s0" in f
        assert "image/s1" not in f
        assert f["image"].attrs["Color"] == "Green"
        assert f.attrs["sites"] == 3
        assert len(f) == 2
        assert [name for name, _ in f["image"].items()] == ["s0"]


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8", ">u2", "<f8"])
def test_every_number_keeps_its_value(path, dtype):
    numbers = np.array([[0, 1, 2], [3, 120, 7]], dtype)
    with open_file(path, "w") as f:
        f["x"] = numbers
    with open_file(path, "r") as f:
        assert (f["x"][...] == numbers).all()
        assert f["x"].dtype == np.dtype(dtype).newbyteorder("=") or path.suffix != ".n5"


@pytest.mark.parametrize(
    "selection",
    [
        np.s_[...],
        np.s_[:],
        np.s_[2],
        np.s_[-1],
        np.s_[1:4, 2:6],
        np.s_[::2, 1::3],
        np.s_[..., 3],
        np.s_[4, 6],
        np.s_[3:3],
        np.s_[2:99],
        (),
    ],
)
def test_parts_are_read_and_written(path, selection):
    with open_file(path, "a") as f:
        f.create_dataset("x", data=IMAGE, chunks=(2, 3))
        assert np.array_equal(f["x"][selection], IMAGE[selection])
        changed = IMAGE.copy()
        changed[selection] = 999
        f["x"][selection] = np.full_like(IMAGE[selection], 999)
        assert np.array_equal(f["x"][:], changed)


def test_groups_are_made_required_and_removed(path):
    with open_file(path, "a") as f:
        f.require_group("a/b")["c"] = IMAGE
        assert f.require_group("a/b").name.endswith("/a/b")
        assert f["a/b/c"].shape == (5, 7)
        seen = []
        f.visititems(lambda name, _: seen.append(name))
        assert seen == ["a", "a/b", "a/b/c"]
        del f["a/b/c"]
        assert list(f["a/b"]) == []
        with pytest.raises(KeyError):
            del f["a/b/c"]
        with pytest.raises(KeyError, match="nothing_here"):
            f["nothing_here"]
        assert f.get("nothing_here") is None


def test_a_dataset_of_a_shape_is_zero_until_written(path):
    with open_file(path, "a") as f:
        x = f.create_dataset("x", shape=(4, 6), dtype="i4", chunks=(3, 4))
        x[1:2, 3:5] = 7
        assert x[:].sum() == 14
        assert f.require_dataset("x", (4, 6), "i4")[1, 3] == 7
        with pytest.raises((ContainerError, TypeError)):
            f.require_dataset("x", (4, 7), "i4")


def test_modes(path):
    with pytest.raises(ContainerNotFoundError, match="no such container"):
        open_file(path, "r")
    with open_file(path, "x") as f:
        f["x"] = IMAGE
    with pytest.raises(ContainerError, match="is there already"):
        open_file(path, "w-")
    with open_file(path, "r+") as f:
        assert "x" in f
    with open_file(path, "w") as f:
        assert "x" not in f
    with pytest.raises(ContainerError, match="mode 'rw' is unknown"):
        open_file(path, "rw")
    with pytest.raises(ContainerNotFoundError, match="folder"):
        open_file(path.parent / "nowhere" / path.name, "a")


def test_the_default_is_read_and_write(path):
    with open_file(str(path)) as f:
        f["x"] = IMAGE
    with open_file(str(path)) as f:
        assert "x" in f


def test_what_is_read_only_is_not_written(own):
    with open_file(own, "a") as f:
        f["x"] = IMAGE
    with open_file(own, "r") as f:
        with pytest.raises(ContainerError, match="reading only"):
            f["y"] = IMAGE
        with pytest.raises(ContainerError, match="reading only"):
            del f["x"]
        with pytest.raises((ContainerError, ValueError)):
            f["x"][0] = 1


def test_what_stands_there_is_not_replaced_unasked(own):
    with open_file(own, "a") as f:
        f["x"] = IMAGE
        with pytest.raises(ContainerError, match="'x' is there already"):
            f["x"] = IMAGE
        with pytest.raises(ContainerError, match="'x' of 'x/y' is a dataset"):
            f.create_dataset("x/y", data=IMAGE)
        with pytest.raises(ContainerError, match="'x' is a dataset"):
            f.require_group("x")
        with pytest.raises(ContainerError, match=r"'\.\.' is no name"):
            f["../x"]
        with pytest.raises(ContainerError, match="chunks"):
            f.create_dataset("y", data=IMAGE, chunks=(2,))
        with pytest.raises(ContainerError, match="with .*lzf"):
            f.create_dataset("y", data=IMAGE, compression="lzf")
        with pytest.raises(ContainerError, match="data or its shape"):
            f.create_dataset("y")
        with pytest.raises(ContainerError, match="does not fit 'y' of shape"):
            f.create_dataset("y", (3, 3), data=IMAGE)


def test_blocks_larger_than_the_array_are_cut_to_it(own):
    with open_file(own, "a") as f:
        assert f.create_dataset("x", data=IMAGE, chunks=(256, 256)).chunks == (5, 7)


def test_names_of_other_files_are_refused(tmp_path):
    with pytest.raises(ContainerError, match=r"a\.tif: a container's name ends in \.h5, \.hdf5, \.n5"):
        open_file(tmp_path / "a.tif")


@pytest.mark.parametrize("mode", ["r", "a", "r+"])
def test_a_file_that_is_no_hdf5_is_told_at_once(tmp_path, mode):
    path = tmp_path / "a.h5"
    path.write_bytes(b"not hdf5")
    start = time.perf_counter()
    with pytest.raises(ContainerError, match=r"a\.h5: is not an HDF5 file"):
        open_file(path, mode)
    assert time.perf_counter() - start < 2
    assert path.read_bytes() == b"not hdf5"


def test_a_truncated_file_is_told_at_once(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as f:
        f["x"] = np.zeros(10000)
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(ContainerError, match=r"a\.h5: cannot be opened as HDF5.*truncated"):
        open_file(path, "r")


@pytest.mark.parametrize("name", KINDS[1:])
def test_what_is_something_else_is_refused(tmp_path, name):
    path = tmp_path / name
    if name.endswith("5") and "h" in name:
        path.mkdir()
    else:
        path.write_text("a file")
    with pytest.raises(ContainerError, match="folder"):
        open_file(path, "r")


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("mode", ["r", "a", "w"])
def test_a_folder_of_other_files_is_no_container_and_stays(tmp_path, name, mode):
    path = tmp_path / name
    path.mkdir()
    (path / "thesis.txt").write_text("ten years")
    with pytest.raises(ContainerError, match="holds"):
        open_file(path, mode)
    assert (path / "thesis.txt").read_text() == "ten years"


HOLD = """
    import sys, time, h5py
    with h5py.File(sys.argv[1], "a") as f:
        print("open", flush=True)
        sys.stdin.readline()
"""


@pytest.fixture
def held(tmp_path):
    """Give a file that another process has open for writing, and that process."""
    path = tmp_path / "held.h5"
    with h5py.File(path, "w") as f:
        f["x"] = IMAGE
    words = [sys.executable, "-c", textwrap.dedent(HOLD), str(path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout.readline() == "open\n"
            yield path, other
        finally:
            other.kill()


def test_a_locked_file_is_waited_for(held):
    path, other = held
    with pytest.raises(ContainerLockedError, match=r"held\.h5: another program still has this file open after 0.3 s"):
        open_file(path, "r", timeout_s=0.3)
    other.stdin.write("\n")
    other.stdin.flush()
    with open_file(path, "r", timeout_s=100) as f:
        assert (f["x"][:] == IMAGE).all()


def test_asking_for_a_name_that_is_not_there():
    with pytest.raises(AttributeError, match="open_fil"):
        batchwork.io.open_fil  # noqa: B018 - looking it up is the test


def test_io_loads_no_library_of_arrays():
    code = "import sys; from batchwork.io import open_file; print({'numpy','h5py','zarr'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_missing_library_is_told_with_what_to_install(tmp_path):
    code = "import sys; sys.modules['h5py'] = None\nfrom batchwork.io import open_file\nopen_file(sys.argv[1])"
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "a.h5"], capture_output=True, text=True, check=False)
    assert "MissingExtraError" in done.stderr
    assert "pip install" in done.stderr


@given(
    shape=st.lists(st.integers(1, 6), min_size=1, max_size=3).map(tuple),
    chunk=st.integers(1, 4),
    seed=st.integers(0, 9),
    kind=st.sampled_from(["n5", "zarr"]),
)
def test_any_box_is_as_numpy_has_it(tmp_path_factory, shape, chunk, seed, kind):
    rng = np.random.default_rng(seed)
    array = rng.integers(0, 255, shape).astype(np.int32)
    box = tuple(slice(*sorted(rng.integers(0, n + 1, 2)), rng.integers(1, 3)) for n in shape)
    with open_file(tmp_path_factory.mktemp("box") / f"a.{kind}", "a") as f:
        x = f.create_dataset("x", data=array, chunks=(chunk,) * len(shape))
        assert np.array_equal(x[box], array[box])
        array[box] = 1
        x[box] = 1
        assert np.array_equal(x[:], array)
