"""Samples one after the other, and many side by side as on a GPU."""

import numpy as np
import pytest

from batchwork.tactile.configuration import parse_configuration
from batchwork.tactile.recorder import Progress, Recorder
from batchwork.tactile.results.checkpoint import NAME
from batchwork.tactile.results.opening import layout_of
from batchwork.tactile.results.store import FOLDER, Store
from batchwork.tactile.simulator import Simulator

LANES = "batchwork.tactile.simulator._LANES"


def configuration(device="cpu", noise=0.0):
    return parse_configuration({
        "batch": {"output_dir": "o"},
        "pipeline": {"grid_size": 24, "duration_ms": 100, "device": device},
        "neurons": {"sa_neurons": 30, "ra_neurons": 25, "noise": noise},
        "stimuli": [{"type": "gaussian", "amplitude": [0, 200, 400], "repetitions": 3}, {"type": "step"}],
    })  # fmt: skip


@pytest.fixture
def side_by_side(monkeypatch):
    """Let PyTorch take the CPU for the GPU that a configuration names."""
    pytest.importorskip("torch")
    made = Simulator.__init__

    def init(simulator, *args):
        made(simulator, *args)
        simulator._device = "cpu"

    monkeypatch.setattr(Simulator, "__init__", init)


def same(one, other):
    assert (one.key, one.record) == (other.key, other.record)
    assert list(one.events) == list(other.events) == ["sa", "ra"]
    for name, events in one.events.items():
        np.testing.assert_array_equal(events.step, other.events[name].step)
        np.testing.assert_array_equal(events.neuron, other.events[name].neuron)


def test_threads_change_nothing():
    told = configuration(noise=3.0)
    sample = told.sweep()[3]
    same(Simulator(told).respond(sample), Simulator(told, 2).respond(sample))
    assert Simulator(told).at_once == 1


def test_side_by_side_they_respond_as_alone(side_by_side, monkeypatch):
    monkeypatch.setattr(LANES, 30 * 4)
    told = configuration("cuda")
    simulator, alone = Simulator(told), Simulator(configuration())
    assert simulator.at_once == 4
    samples = list(told.sweep())
    found = simulator.respond_all(samples)
    assert sum(len(response.events["sa"]) for response in found) > 200
    for sample, response in zip(samples, found, strict=True):
        same(response, alone.respond(sample))


def test_a_recorder_takes_those_that_follow_along(side_by_side, monkeypatch, tmp_path):
    monkeypatch.setattr(LANES, 30 * 4)
    told = configuration("cuda")
    sweep = told.sweep()
    Progress(sweep, Store.open(tmp_path / FOLDER, layout_of(told))).checkpoint(told).write(tmp_path / NAME)
    recorder, asked = Recorder(tmp_path), []
    respond_all = recorder.simulator.respond_all
    monkeypatch.setattr(
        recorder.simulator, "respond_all", lambda samples: asked.append(samples) or respond_all(samples)
    )
    for index in (5, 0, 1, 6, 9, 4):
        recorder.record(sweep[index].key)
    assert [[sample.index for sample in some] for some in asked] == [[5, 6, 7, 8], [0, 1, 2, 3], [9], [4]]
    recorder.keep()
    assert len(recorder.store) == len(sweep)
