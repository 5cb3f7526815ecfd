"""The steps of a sweep, run by the engine."""

import csv

import h5py
import pytest
from tests.tactile.recording import CONFIG

import batchwork as bw
from batchwork.tactile.cli.batches import definition_of, item_key, prepare_folder
from batchwork.tactile.configuration import parse_configuration
from batchwork.tactile.results.opening import open_results
from batchwork.tactile.workflow import flow


@pytest.fixture
def configuration(tmp_path):
    return parse_configuration({**CONFIG, "batch": {"output_dir": str(tmp_path / "out"), "format": "hdf5"}})


def run(configuration):
    sweep = configuration.sweep()
    definition = definition_of(configuration, sweep)
    prepare_folder(configuration, sweep)
    batch = bw.Batch(definition)
    return batch, batch.run(workers=1, steps=list(definition.steps))


def test_the_steps_are_declared():
    assert [step.name for step in flow.steps] == ["simulate", "table", "pytorch", "hdf5"]
    assert [step.over for step in flow.steps] == ["item", "batch", "batch", "batch"]


def test_all_steps_write_what_they_declare(configuration):
    _, report = run(configuration)
    assert not report.failures
    folder = configuration.batch.folder
    results = open_results(folder)
    assert len(results.samples) == 23
    with (folder / "stimuli.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["key"] for row in rows] == [sample.key for sample in results.samples]
    with h5py.File(folder / "results.h5") as file:
        last = file["stimulus_0022"]
        assert int(last["sa_spikes"][()].sum()) == int(rows[-1]["sa_spikes"]) > 0
    assert not (folder / "results.pt").exists()


def test_a_sample_tells_the_table_how_often_it_fired(configuration):
    run(configuration)
    from batchwork.service.status import status

    items = {item["key"]: item["values"]["spikes"] for item in status(configuration.batch.folder)["items"]}
    for sample, response in open_results(configuration.batch.folder).responses():
        assert items[item_key(sample)] == sum(len(events) for events in response.events.values())


def test_what_is_up_to_date_is_not_run_again(configuration):
    batch, _ = run(configuration)
    shards = {path.name for path in (configuration.batch.folder / "events").iterdir()}
    assert not batch.plan(steps=["simulate", "table", "hdf5"]).tasks
    _, again = run(configuration)
    assert not again.failures
    assert {path.name for path in (configuration.batch.folder / "events").iterdir()} == shards
