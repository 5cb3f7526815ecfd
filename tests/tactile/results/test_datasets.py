"""Datasets and their parts."""

import pickle
import subprocess
import sys

import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.tactile.configuration import parse_configuration
from batchwork.tactile.results.checkpoint import Checkpoint
from batchwork.tactile.results.splits import split_samples

torch = pytest.importorskip("torch")
from torch.utils.data import DataLoader  # noqa: E402 - after the check that it is there

from batchwork.tactile.results.datasets import SpikeDataset, SpikeStream, collate_events  # noqa: E402 - the same


@pytest.fixture
def results(made, tmp_path):
    return made.results(tmp_path)


LOADING = """
import sys
from pathlib import Path
from torch.utils.data import DataLoader
from batchwork.tactile.results.datasets import SpikeDataset, SpikeStream
from batchwork.tactile.results.opening import open_results
results = open_results(Path(sys.argv[1]))
batches = list(DataLoader(SpikeDataset(results), batch_size=8, num_workers=2))
print(*[key for batch in batches for key in batch["key"]])
print(*[item["key"] for item in DataLoader(SpikeStream(results), batch_size=None, num_workers=2)])
"""


def test_loaders_with_processes(made, tmp_path):
    made.stored(tmp_path / "events")
    Checkpoint(17, 17, 17, made.config).write(tmp_path / "checkpoint.pt")
    command = [sys.executable, "-c", LOADING, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    batched, streamed = (line.split() for line in done.stdout.splitlines())
    wanted = [sample.key for sample in made.samples]
    assert batched == wanted
    assert sorted(streamed) == sorted(wanted)


def test_a_dataset_can_be_sent_to_another_process(made, results):
    again = pickle.loads(pickle.dumps(SpikeDataset(results)))  # noqa: S301 - it is our own
    assert again[3]["key"] == made.samples[3].key
    again = pickle.loads(pickle.dumps(SpikeStream(results)))  # noqa: S301 - the same
    assert len(list(again)) == len(made.samples)


def test_samples_at_random(made, results):
    dataset = SpikeDataset(results, made.samples[3:])
    assert len(dataset) == len(made.samples) - 3
    item = dataset[2]
    assert item["key"] == made.samples[5].key
    assert (item["type"], item["amplitude"], item["sigma"]) == ("gaussian", 10.0, 0.5)
    np.testing.assert_array_equal(item["ra_spikes"].numpy(), made.dense(5, "ra"))


def test_batches_of_all_types(made, results):
    batches = list(DataLoader(SpikeDataset(results), batch_size=8))
    assert [tuple(batch["sa_spikes"].shape) for batch in batches] == [(8, 40, 7), (8, 40, 7), (1, 40, 7)]
    assert [key for batch in batches for key in batch["key"]] == [sample.key for sample in made.samples]
    assert batches[0]["amplitude"].dtype == torch.float64


def test_events(made, results):
    dataset = SpikeDataset(results, form="events")
    (batch,) = DataLoader(dataset, batch_size=17, collate_fn=collate_events)
    for i, events in enumerate(batch["sa_events"]):
        dense = np.zeros((40, 7), bool)
        dense[tuple(events.numpy().T)] = True
        np.testing.assert_array_equal(dense, made.dense(i, "sa"))
    assert batch["sigma"].shape == (17,)


@pytest.mark.parametrize("seed", [None, 4])
def test_a_stream_gives_every_sample_once(made, results, seed):
    keys = [item["key"] for item in DataLoader(SpikeStream(results, seed=seed), batch_size=None)]
    wanted = [sample.key for sample in made.samples]
    assert sorted(keys) == sorted(wanted)
    assert (keys == wanted) == (seed is None)


def test_a_stream_is_shuffled_anew_and_again_the_same(results):
    stream = SpikeStream(results, seed=1)
    first = [item["key"] for item in stream]
    assert [item["key"] for item in stream] == first
    stream.set_epoch(1)
    assert [item["key"] for item in stream] != first


def test_a_stream_of_some_samples(made, results):
    items = list(SpikeStream(results, made.samples[4:6], form="events"))
    assert [item["key"] for item in items] == [sample.key for sample in made.samples[4:6]]
    np.testing.assert_array_equal(items[0]["ra_events"][:, 0].numpy(), made.responses[4].events["ra"].step)


def test_repetitions_stay_together_and_parts_stay_when_the_sweep_grows():
    def sweep(stop, repetitions):
        amplitudes = [float(a) for a in range(stop)]
        stimuli = [{"type": "gaussian", "amplitude": amplitudes, "sigma": [0.3, 0.5], "repetitions": repetitions}]
        return parse_configuration({"batch": {"output_dir": "x"}, "stimuli": stimuli}).sweep()

    small, large = split_samples(sweep(200, 2)), split_samples(sweep(500, 3))
    conditions = {name: {sample.condition for sample in part} for name, part in large.items()}
    assert sum(map(len, conditions.values())) == len(set().union(*conditions.values())) == 1000
    assert {name: len(part) for name, part in large.items()} == {n: 3 * len(c) for n, c in conditions.items()}
    assert abs(len(conditions["train"]) - 800) < 4 * (1000 * 0.8 * 0.2) ** 0.5
    for name, part in small.items():
        assert {sample.condition for sample in part} <= conditions[name]
    assert split_samples(sweep(200, 2), seed=1) != small


@pytest.mark.parametrize("parts", [{}, {"a": 0.5}, {"a": 1.5, "b": -0.5}])
def test_shares_that_do_not_make_one(made, parts):
    with pytest.raises(ParameterError, match="the shares of the parts must make 1"):
        split_samples(made.samples, parts)


def test_shares_of_nothing_and_of_everything(made):
    parts = split_samples(made.samples, {"a": 0.0, "b": 1.0})
    assert (parts["a"], parts["b"]) == ([], made.samples)


def test_without_pytorch_the_error_says_what_to_install():
    code = "import sys; sys.modules['torch'] = None\nimport batchwork.tactile.results.datasets"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1].endswith("A PyTorch dataset needs 'torch': pip install 'batchwork[torch]'")
