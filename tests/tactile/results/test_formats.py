"""``results.pt``, ``results.h5`` and ``checkpoint.pt`` as their readers see them."""

import csv

import h5py
import numpy as np
import pytest

from batchwork.tactile.results.checkpoint import write_checkpoint
from batchwork.tactile.results.hdf5 import write_hdf5
from batchwork.tactile.results.pytorch import write_pytorch
from batchwork.tactile.results.table import write_csv

torch = pytest.importorskip("torch")


def test_pytorch_loads_with_its_safe_default(tmp_path, recording):
    path = tmp_path / "results.pt"
    write_pytorch(path, recording)
    found = torch.load(path, weights_only=True)
    assert [s["parameters"]["amplitude"] for s in found["stimuli"]] == [0, 10, 20, 30, 40]
    assert found["stimuli"][0]["parameters"]["start"] == [0.0, 1.5]
    for number, stimulus in enumerate(found["stimuli"]):
        for name, events in recording.spikes(number).items():
            spikes = stimulus[f"{name}_spikes"]
            assert spikes.dtype == torch.bool
            np.testing.assert_array_equal(spikes.numpy(), events.dense())
    assert found["metadata"] == recording.metadata
    xy = found["populations"]["sa"]["xy"]
    np.testing.assert_array_equal(xy.numpy(), recording.network.populations[0].xy_mm)
    assert [p.name for p in tmp_path.iterdir()] == ["results.pt"], "nothing is left beside it"


def test_the_spikes_take_a_byte_each_on_disk(tmp_path, recording):
    write_pytorch(tmp_path / "results.pt", recording)
    assert (tmp_path / "results.pt").stat().st_size < recording.dense_bytes + 30_000


def test_samples_can_be_batched_by_a_loader(tmp_path, recording):
    write_pytorch(tmp_path / "results.pt", recording)
    found = torch.load(tmp_path / "results.pt")["stimuli"]
    data = [{"spikes": s["sa_spikes"], "amplitude": s["parameters"]["amplitude"]} for s in found]
    batch = next(iter(torch.utils.data.DataLoader(data, batch_size=4)))
    assert batch["spikes"].shape == (4, 40, 9)
    assert batch["amplitude"].tolist() == [0, 10, 20, 30]


def test_hdf5_has_a_group_for_each_stimulus(tmp_path, recording):
    write_hdf5(tmp_path / "results.h5", recording)
    with h5py.File(tmp_path / "results.h5") as file:
        assert [name for name in file if name.startswith("stimulus_")] == [f"stimulus_{i:04d}" for i in range(5)]
        for number, (parameters, spikes) in enumerate(recording):
            group = file[f"stimulus_{number:04d}"]
            assert group["sa_spikes"].dtype == np.uint8
            np.testing.assert_array_equal(group["ra_spikes"][:], spikes["ra"].dense())
            assert group.attrs["amplitude"] == parameters["amplitude"]
            assert group.attrs["type"] == "moving"
            assert group.attrs["start"].tolist() == [0.0, 1.5]
        assert file.attrs["versions"] == '{"batchwork": "0"}'
        np.testing.assert_array_equal(file["populations/ra/xy"], recording.network.populations[1].xy_mm)


def test_a_checkpoint_loads_with_the_safe_default(tmp_path):
    content = {
        "num_completed": 3,
        "total_stimuli": 60,
        "next_index": 3,
        "config": {"batch": {"output_dir": "größe", "rate": 0.5, "none": None, "on": True}, "stimuli": [{"a": [1, 2]}]},
    }
    path = tmp_path / "checkpoint.pt"
    write_checkpoint(path, content)
    assert torch.load(path, weights_only=True) == content
    write_checkpoint(path, {**content, "num_completed": 4})
    assert torch.load(path)["num_completed"] == 4
    assert [p.name for p in tmp_path.iterdir()] == ["checkpoint.pt"]


def test_the_table_has_counts_and_rates(tmp_path, recording):
    write_csv(tmp_path / "table.csv", recording)
    with (tmp_path / "table.csv").open() as file:
        found = list(csv.DictReader(file))
    assert len(found) == 5
    spikes = recording.spikes(2)["ra"]
    assert int(found[2]["ra_spikes"]) == len(spikes)
    assert float(found[2]["ra_rate_hz"]) == pytest.approx(len(spikes) / 12 / 0.020)
    assert found[2]["start"] == "0.0 1.5"
