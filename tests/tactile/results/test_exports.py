"""results.pt, results.h5 and checkpoint.pt in the tutorial's layout."""

import h5py
import numpy as np
import pytest

from batchwork.errors import ConfigError, FileFormatError, NotABatchError
from batchwork.tactile.results.checkpoint import Checkpoint
from batchwork.tactile.results.hdf5 import write_hdf5
from batchwork.tactile.results.opening import open_results
from batchwork.tactile.results.pytorch import write_pytorch
from batchwork.tactile.results.results import Results, check_dense
from batchwork.tactile.results.torch_files import write_torch

ABOUT = {"dt_ms": 0.5, "versions": {"batchwork": "0.1"}, "note": None}


@pytest.fixture
def results(made, tmp_path):
    xy = {"sa": {"xy": np.arange(14.0).reshape(7, 2)}, "ra": {"xy": np.zeros((5, 2))}}
    return made.results(tmp_path / "events", about=ABOUT, populations=xy)


def test_results_for_pytorch(made, results, tmp_path):
    torch = pytest.importorskip("torch")
    write_pytorch(results, tmp_path / "results.pt")
    found = torch.load(tmp_path / "results.pt")
    assert found["metadata"] == ABOUT
    assert torch.equal(found["populations"]["sa"]["xy"], torch.arange(14.0, dtype=torch.float64).reshape(7, 2))
    assert len(found["stimuli"]) == len(made.samples)
    for i, (stimulus, sample) in enumerate(zip(found["stimuli"], made.samples, strict=True)):
        assert stimulus["parameters"] == sample.record()
        for name, neurons in (("sa", 7), ("ra", 5)):
            spikes = stimulus[f"{name}_spikes"]
            assert spikes.dtype == torch.bool
            assert spikes.shape == (40, neurons)
            np.testing.assert_array_equal(spikes.numpy(), made.dense(i, name))
        assert isinstance(stimulus["sa_spikes"].sum().item(), int)


def test_the_tutorials_dataset_works(results, tmp_path):
    torch = pytest.importorskip("torch")
    write_pytorch(results, tmp_path / "results.pt")
    stimuli = torch.load(tmp_path / "results.pt")["stimuli"]
    items = [
        {"sa": s["sa_spikes"], "amplitude": s["parameters"]["amplitude"], "sigma": s["parameters"]["sigma"]}
        for s in stimuli
    ]
    batch = next(iter(torch.utils.data.DataLoader(items, batch_size=16)))
    assert batch["sa"].shape == (16, 40, 7)
    assert batch["amplitude"].shape == (16,)


def test_results_in_hdf5(made, results, tmp_path):
    write_hdf5(results, tmp_path / "results.h5")
    with h5py.File(tmp_path / "results.h5") as file:
        groups = [name for name in file if name.startswith("stimulus_")]
        assert groups == [f"stimulus_{i:04d}" for i in range(len(made.samples))]
        for i, name in enumerate(groups):
            record = made.samples[i].record()
            attributes = file[name].attrs
            assert {key: attributes[key] for key in ("type", "amplitude", "sigma", "repetition")} == {
                key: record[key] for key in ("type", "amplitude", "sigma", "repetition")
            }
            for population in ("sa", "ra"):
                spikes = file[name][f"{population}_spikes"]
                assert spikes.dtype == np.uint8
                np.testing.assert_array_equal(spikes[:], made.dense(i, population))
        moving = next(file[name].attrs for name in groups if file[name].attrs["type"] == "moving")
        assert moving["start"].tolist() == [-2, 0]
        assert file["populations/sa/xy"].shape == (7, 2)
        assert file.attrs["dt_ms"] == 0.5
        assert file.attrs["versions"] == '{"batchwork": "0.1"}'


@pytest.mark.parametrize(("write", "name"), [(write_pytorch, "r.pt"), (write_hdf5, "r.h5")])
def test_equal_results_make_equal_files_whatever_their_shards(made, tmp_path, write, name):
    write(made.results(tmp_path / "a"), tmp_path / name)
    first = (tmp_path / name).read_bytes()
    write(Results(made.samples, made.stored(tmp_path / "b", size=7)), tmp_path / name)
    assert (tmp_path / name).read_bytes() == first


@pytest.mark.parametrize(("write", "name"), [(write_pytorch, "r.pt"), (write_hdf5, "r.h5")])
def test_a_failure_leaves_the_old_file_and_no_part(made, tmp_path, write, name):
    results = made.results(tmp_path / "a")
    (tmp_path / name).write_text("old")
    del results.store.places[made.samples[-1].key]
    with pytest.raises(KeyError):
        write(results, tmp_path / name)
    assert (tmp_path / name).read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", name]


def test_large_files_are_asked_for(results, tmp_path):
    size = 17 * 40 * 12
    assert results.dense_size == size
    check_dense(results, tmp_path / "results.pt", size)
    with pytest.raises(
        ConfigError, match=r"results\.pt: 17 stimuli would take 8\.16 kB written out, more than 8\.16 kB"
    ):
        check_dense(results, tmp_path / "results.pt", size - 1)


def test_a_checkpoint_is_read_by_pytorch_and_without_it(made, tmp_path):
    torch = pytest.importorskip("torch")
    checkpoint = Checkpoint(3, 17, 2, made.config, ("a.events.h5", "b.events.h5"))
    checkpoint.write(tmp_path / "checkpoint.pt")
    assert Checkpoint.read(tmp_path / "checkpoint.pt") == checkpoint
    found = torch.load(tmp_path / "checkpoint.pt")
    assert (found["num_completed"], found["total_stimuli"], found["next_index"]) == (3, 17, 2)
    assert found["config"]["batch"]["output_dir"] == "out"
    assert found["shards"] == ["a.events.h5", "b.events.h5"]


def test_a_checkpoint_is_replaced(made, tmp_path):
    for done in (1, 2):
        Checkpoint(done, 17, done, made.config).write(tmp_path / "checkpoint.pt")
    assert Checkpoint.read(tmp_path / "checkpoint.pt").num_completed == 2
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]


def test_files_that_are_no_checkpoints(made, tmp_path):
    path = tmp_path / "checkpoint.pt"
    for data, told in (
        ({"version": 1}, "is no checkpoint"),
        ([1, 2], "is no checkpoint"),
        ({"version": 2, "shards": []}, "another version"),
    ):
        with path.open("wb") as file:
            write_torch(file, data)
        with pytest.raises(FileFormatError, match=told):
            Checkpoint.read(path)
    path.write_bytes(b"PK")
    with pytest.raises(FileFormatError, match="cannot be read"):
        Checkpoint.read(path)


def test_a_folder_is_opened_with_what_is_done(made, tmp_path):
    made.stored(tmp_path / "events")
    Checkpoint(17, 17, 17, made.config).write(tmp_path / "checkpoint.pt")
    found = open_results(tmp_path)
    assert [sample.key for sample in found.samples] == [sample.key for sample in made.samples]
    next(iter((tmp_path / "events").iterdir())).unlink()
    assert 0 < len(open_results(tmp_path).samples) < 17
    with pytest.raises(NotABatchError, match=r"holds no sweep; there is no checkpoint\.pt"):
        open_results(tmp_path / "events")
