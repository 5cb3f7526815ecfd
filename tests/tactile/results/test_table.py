"""stimuli.csv."""

import csv

import pytest

from batchwork.tactile.results.table import columns, rows, write_csv


@pytest.fixture
def results(made, tmp_path):
    return made.results(tmp_path / "events", about={"duration_ms": 20.0})


def test_a_row_tells_what_a_sample_is_and_how_often_it_fired(made, results):
    found = list(rows(results))
    assert len(found) == len(made.samples)
    for i, (row, sample) in enumerate(zip(found, made.samples, strict=True)):
        assert (row["key"], row["condition"]) == (sample.key, sample.condition)
        assert repr({name: row[name] for name in sample.record()}) == repr(sample.record())
        for name, neurons in made.layout.neurons.items():
            spikes = int(made.dense(i, name).sum())
            assert row[f"{name}_spikes"] == spikes
            assert row[f"{name}_rate_hz"] == pytest.approx(spikes / neurons / 0.02, abs=1e-6)


def test_a_file_has_all_columns_and_empty_cells_for_what_a_stimulus_has_not(made, results, tmp_path):
    write_csv(results, tmp_path / "stimuli.csv")
    with (tmp_path / "stimuli.csv").open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    assert list(found[0]) == columns(results)
    assert list(found[0])[:3] == ["key", "condition", "type"]
    assert list(found[0])[-4:] == ["sa_spikes", "sa_rate_hz", "ra_spikes", "ra_rate_hz"]
    assert [row["key"] for row in found] == [sample.key for sample in made.samples]
    ramp = next(row for row in found if row["type"] == "ramp")
    moving = next(row for row in found if row["type"] == "moving")
    assert (ramp["final"], ramp["start"]) == ("3.0", "")
    assert (moving["final"], moving["start"]) == ("", "-2.0 0.0")
