"""Single samples."""

import numpy as np
import pytest

from batchwork.tactile.building import network_of
from batchwork.tactile.kernels.clock import Clock
from batchwork.tactile.kernels.events import Events
from batchwork.tactile.reporting.rasters import Pressure, draw_sample, in_the_middle, rate_over_time
from batchwork.tactile.results.opening import Snapshot

pytest.importorskip("matplotlib")


def test_rates_over_time_count_each_spike_once():
    clock = Clock.of(12.0, 0.5)
    step = np.array([0, 9, 10, 10, 23], np.int32)
    edges, rates = rate_over_time(Events(step, np.zeros(5, np.int32), 24, 4), clock)
    assert edges.tolist() == [0, 5, 10, 12]
    np.testing.assert_allclose(rates * 4 * np.diff(edges) / 1000, [2, 2, 1])


@pytest.fixture
def opened(recorded):
    snapshot = Snapshot.take(recorded)
    return snapshot, network_of(snapshot.configuration.pipeline, snapshot.configuration.neurons)


def test_the_pressure_of_a_step_begins_with_it(opened):
    snapshot, network = opened
    step = snapshot.sweep[-1]
    assert (step.type, step.parameters["step_time"]) == ("step", 10)
    pressure = Pressure.of(step, network, snapshot.configuration.pipeline.clock)
    assert (pressure.peak[:20] == 0).all()
    assert (pressure.peak[20:] == pressure.frame.max()).all()
    assert 70 < pressure.frame.max() <= 80


def test_a_sample_is_drawn_and_said(opened):
    snapshot, network = opened
    clock = snapshot.configuration.pipeline.clock
    for sample in (snapshot.sweep[0], snapshot.sweep[-1]):
        response = snapshot.results.store.response(sample.key)
        picture = draw_sample(sample, response, network, clock)
        assert picture.title == f"{sample.type}-{sample.key}"
        assert len(picture.source) > 20_000
    assert picture.caption == "amplitude 80, sigma 1, center_x 0, center_y 0, step_time 10, repetition 0"


@pytest.mark.parametrize(
    ("totals", "chosen"), [([5], [0]), ([5, 1], [1, 0]), ([5, 1, 9, 7, 3], [1, 0, 2]), ([0, 0, 0], [0, 1, 2])]
)
def test_the_weakest_the_middle_and_the_strongest(totals, chosen):
    assert in_the_middle(np.array(totals)) == chosen
