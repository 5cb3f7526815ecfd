"""Jobs on keys of containers: HDF5, N5 and Zarr."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from batchwork.errors import ConfigError
from batchwork.io import open_file
from batchwork.jobs import BatchJob, BatchJobOnContainer, JobError

IMAGE = np.arange(12, dtype=np.uint16).reshape(3, 4)


class Scale(BatchJobOnContainer):
    """Multiply one key into another."""

    def __init__(self, pattern="*.h5", ext=".h5", source="raw", target="twice", factor=2, **formats):
        super().__init__(pattern, ext, source, target, identifier=target.replace("/", "-"), **formats)
        self.factor = factor
        self.calls = []
        self.hook = lambda _: None

    def run(self, input_files, output_files, gpu_id=None):
        assert gpu_id is None
        for source, output in zip(input_files, output_files, strict=True):
            self.calls.append(source)
            with open_file(source, "r") as f:
                x = f[self.input_key][:]
            with open_file(output, "a") as f:
                self.hook(f)
                f.create_dataset(self.output_key, data=x * self.factor, compression="gzip")

    @property
    def count(self):
        """How many files ran since this was asked last."""
        count = len(self.calls)
        self.calls.clear()
        return count


@pytest.fixture(params=[".h5", ".n5", ".zarr"])
def ext(request):
    return request.param


@pytest.fixture
def folder(tmp_path, ext):
    """Give a folder with two containers."""
    for k in range(2):
        with open_file(tmp_path / f"x{k}{ext}", "a") as f:
            f.create_dataset("raw", data=IMAGE + k, chunks=(2, 2))
            f.attrs["site"] = k
    return tmp_path


def read(path, key):
    with open_file(path, "r") as f:
        return f[key][:]


def keys(path):
    with open_file(path, "r") as f:
        return sorted(f.keys())


def test_a_job_writes_into_its_inputs_and_runs_once(folder, ext):
    job = Scale(f"*{ext}", ext)
    assert job(folder) == "processed"
    assert job.count == 2
    assert (read(folder / f"x1{ext}", "twice") == 2 * (IMAGE + 1)).all()
    assert (read(folder / f"x1{ext}", "raw") == IMAGE + 1).all()
    with open_file(folder / f"x1{ext}", "r") as f:
        assert f.attrs["site"] == 1
    assert job(folder) == "processed"
    assert job.count == 0


def test_jobs_on_one_container_do_not_make_each_other_stale(folder, ext):
    two, three = Scale(f"*{ext}", ext), Scale(f"*{ext}", ext, target="deep/thrice", factor=3)
    two(folder)
    three(folder)
    assert (two.count, three.count) == (2, 2)
    two(folder)
    three(folder)
    assert (two.count, three.count) == (0, 0)
    assert keys(folder / f"x0{ext}") == ["deep", "raw", "twice"]
    two(folder, force_recompute=True)
    assert keys(folder / f"x0{ext}") == ["deep", "raw", "twice"]
    assert (read(folder / f"x0{ext}", "deep/thrice") == 3 * IMAGE).all()
    assert three(folder) == "processed"
    assert three.count == 0


def test_a_job_on_what_another_made_runs_when_that_changes(folder, ext):
    first, second = Scale(f"*{ext}", ext), Scale(f"*{ext}", ext, source="twice", target="four")
    with pytest.raises(JobError, match="there is no 'twice'"):
        second(folder)
    first(folder)
    second(folder)
    assert second.count == 2
    with open_file(folder / f"x0{ext}", "a") as f:
        f["raw"][0, 0] = 99
    first(folder)
    second(folder)
    assert (first.count, second.count) == (3, 1)
    assert read(folder / f"x0{ext}", "four")[0, 0] == 4 * 99


def test_a_key_that_was_spoilt_or_removed_is_made_again(folder, ext):
    job = Scale(f"*{ext}", ext)
    job(folder)
    job.calls.clear()
    with open_file(folder / f"x0{ext}", "a") as f:
        f["twice"][0, 0] = 1234
    with open_file(folder / f"x1{ext}", "a") as f:
        del f["twice"]
    job(folder)
    assert job.count == 2
    assert (read(folder / f"x0{ext}", "twice") == 2 * IMAGE).all()


def test_what_is_staged_holds_the_other_keys_and_under_force_not_its_own(folder, ext):
    job = Scale(f"*{ext}", ext)
    seen = []
    job.hook = lambda container: seen.append(sorted(container.keys()))
    job(folder)
    job(folder, force_recompute=True)
    assert seen == [["raw"]] * 4


def test_a_job_that_fails_leaves_the_container_as_it_was(folder, ext):
    job = Scale(f"*{ext}", ext)

    def half(container):
        container["other"] = IMAGE
        raise OSError("the disk fell down")

    job.hook = half
    with pytest.raises(JobError, match="the disk fell down"):
        job(folder)
    assert keys(folder / f"x0{ext}") == ["raw"]
    assert sorted(p.name for p in folder.iterdir()) == [".batchwork", f"x0{ext}", f"x1{ext}"]


def test_from_one_format_to_another(tmp_path, folder, ext):
    out = tmp_path / "out"
    for other in (".n5", ".hdf5", ".zr"):
        job = Scale(f"*{ext}", other)
        assert job(out, folder) == "processed"
        assert (read(out / f"x1{other}", "twice") == 2 * (IMAGE + 1)).all()


class Several(BatchJobOnContainer):
    """Copy what `wanted` names from input to output."""

    def __init__(self, input_key, output_key, wanted, **formats):
        super().__init__("*.h5", ".n5", input_key, output_key, **formats)
        self.wanted = wanted

    def run(self, input_files, output_files):
        for source, output in zip(input_files, output_files, strict=True):
            with open_file(source, "r") as f, open_file(output, "a") as g:
                for key in self.wanted:
                    g[key] = f[key][...]


@pytest.fixture
def site(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as f:
        f["serum/s0"], f["nuclei/s0"] = IMAGE, IMAGE + 1
        f["flat"] = IMAGE[0]
        f["tables/cells/cells"], f["tables/cells/columns"] = np.ones((2, 2)), np.array([1, 2])
    return tmp_path


def test_lists_of_keys(site):
    job = Several(["serum/s0", "nuclei/s0"], ["serum/s0", "nuclei/s0"], ["serum/s0", "nuclei/s0"])
    assert job.input_keys == ("serum/s0", "nuclei/s0")
    assert job(site / "out", site) == "processed"
    job = Several(["serum/s0"], ["serum/s0", "nuclei/s0"], ["serum/s0"])
    with pytest.raises(JobError, match="there is no 'nuclei/s0'"):
        job(site / "out2", site)


def test_a_key_for_each_channel(site):
    channels = {"IgG": "serum", "DAPI": "nuclei"}
    job = Several(channels, channels, ["serum/s0", "nuclei/s0"], input_format="image", output_format="image")
    assert job.input_key["IgG"] == "serum"
    assert job(site / "out", site) == "processed"


def test_images_are_groups_of_scales_with_so_many_dimensions(site):
    keep = ["serum/s0"]
    good = Several("serum", "serum", keep, input_format="image", output_format="image", output_ndim=2)
    assert good(site / "out", site) == "processed"
    flat = Several("flat", "serum", keep, input_format="image", input_ndim=2)
    with pytest.raises(JobError, match="'flat' has 1 dimensions, not 2"):
        flat(site / "out2", site)
    plain = Several("flat", "serum/s0", keep, input_ndim=2)
    with pytest.raises(JobError, match="'flat' has 1 dimensions, not 2"):
        plain(site / "out4", site)
    no_scale = Several("tables", "serum", keep, input_format="image")
    with pytest.raises(JobError, match="image 'tables' has no 's0'"):
        no_scale(site / "out3", site)


def test_tables_are_cells_and_columns(site):
    keep = ["tables/cells/cells"]
    job = Several("cells", "cells", [*keep, "tables/cells/columns"], input_format="table", output_format="table")
    assert job.input_keys == ("tables/cells",)
    assert job(site / "out", site) == "processed"
    half = Several("cells", "cells", keep, input_format="table", output_format="table")
    with pytest.raises(JobError, match="table 'tables/cells' has no columns"):
        half(site / "out2", site)
    other = Several("serum", "cells", keep, input_format="table")
    with pytest.raises(JobError, match="there is no 'tables/serum'"):
        other(site / "out3", site)


def test_a_format_for_each_key(site):
    formats = {"input_format": ["image", "table"], "input_ndim": [2, None]}
    job = Several(["serum", "cells"], "serum/s0", ["serum/s0"], **formats)
    assert job(site / "out", site) == "processed"


def test_declarations_that_make_no_sense():
    with pytest.raises(ConfigError, match="input_format has 2 entries for 1 keys"):
        Several("serum", "serum", [], input_format=["image", "table"])
    with pytest.raises(ConfigError, match="output_format 'picture' is none of image, table, custom"):
        Several("serum", "serum", [], output_format="picture")
    with pytest.raises(ConfigError, match=r"output_ext '\.tif' is none of"):
        BatchJobOnContainer.__init__(Scale(), "*.h5", ".tif", "raw", "x")


class Import(BatchJob):
    """Start a container with what a text holds, without naming its keys."""

    def __init__(self):
        super().__init__("*.txt", ".h5")
        self.count = 0

    def run(self, input_files, output_files):
        for source, output in zip(input_files, output_files, strict=True):
            self.count += 1
            with open_file(output, "a") as f:
                f["raw"] = np.array([int(word) for word in Path(source).read_text().split()])


def test_a_job_without_keys_keeps_what_others_wrote_beside_it(tmp_path):
    (tmp_path / "x.txt").write_text("1 2 3")
    first, second = Import(), Scale()
    first(tmp_path)
    second(tmp_path)
    first(tmp_path)
    assert (first.count, second.count) == (1, 1)
    (tmp_path / "x.txt").write_text("4 5 6")
    first(tmp_path)
    assert keys(tmp_path / "x.h5") == ["raw", "twice"]
    second(tmp_path)
    assert (read(tmp_path / "x.h5", "twice") == [8, 10, 12]).all()
    first(tmp_path, force_recompute=True)
    second(tmp_path)
    assert (first.count, second.count) == (3, 1)


def test_a_job_without_input_keys_may_not_write_into_its_inputs(folder, ext):
    job = Scale(f"*{ext}", ext, source=None)
    with pytest.raises(ConfigError, match="BatchJobOnContainer with an input_key"):
        job(folder)


def test_a_container_that_is_none_is_an_invalid_input(tmp_path):
    (tmp_path / "x.h5").write_bytes(b"not hdf5")
    with pytest.raises(JobError, match=r"x\.h5 \(is not an HDF5 file\)"):
        Scale()(tmp_path / "out", tmp_path)


def test_hdf5_gives_the_space_of_old_keys_back(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as f:
        f["raw"] = np.random.default_rng(0).integers(0, 60000, 100_000).astype(np.uint16)
        f["deep/other"] = IMAGE
        f["deep"].attrs["kept"] = "yes"
    job = Scale(target="deep/twice")
    job(tmp_path)
    size = (tmp_path / "x.h5").stat().st_size
    for _ in range(3):
        job(tmp_path, force_recompute=True)
    assert (tmp_path / "x.h5").stat().st_size < 1.05 * size
    with h5py.File(tmp_path / "x.h5") as f:
        assert f["deep"].attrs["kept"] == "yes"
        assert (f["deep/other"][:] == IMAGE).all()


def test_an_output_that_is_no_container_fails_alone(folder, ext, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "x0.h5").write_text("a letter")
    job = Scale(f"*{ext}", ".h5")
    with pytest.raises(JobError, match=r"no valid output for: x0\.\w+ \(ContainerError: .*x0\.h5: is not an HDF5 file"):
        job(out, folder)
    assert (out / "x0.h5").read_text() == "a letter"
    assert (read(out / "x1.h5", "twice") == 2 * (IMAGE + 1)).all()


def test_a_file_that_only_calls_itself_a_container_is_no_valid_output(tmp_path):
    class Liar(BatchJob):
        def __init__(self):
            super().__init__("*.txt", ".h5")

        def run(self, input_files, output_files):
            for source, output in zip(input_files, output_files, strict=True):
                if "empty" in source:
                    open_file(output, "w").close()
                else:
                    Path(output).write_text("no hdf5")

    for name in ("a", "empty"):
        (tmp_path / f"{name}.txt").write_text(name)
    with pytest.raises(JobError, match=r"a\.txt \(is not an HDF5 file\), empty\.txt \(it holds nothing\)"):
        Liar()(tmp_path)
    assert not list(tmp_path.glob("*.h5"))


def test_a_damaged_input_is_named_and_fails_alone(tmp_path):
    for k in range(2):
        with h5py.File(tmp_path / f"x{k}.h5", "w") as f:
            f["raw"] = np.arange(10_000)
    path = tmp_path / "x0.h5"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(JobError, match=r"invalid inputs: x0\.h5 \(cannot be opened as HDF5: .*truncated"):
        Scale()(tmp_path)
    assert read(tmp_path / "x1.h5", "twice")[3] == 6
