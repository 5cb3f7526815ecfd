"""Statistics of conditions, compared with those of pandas."""

import csv

import pytest
from tests.tactile.recording import CONFIG, record

from batchwork.tactile.reporting.conditions import columns, statistics, write_statistics
from batchwork.tactile.results.opening import open_results
from batchwork.tactile.results.table import write_csv

pandas = pytest.importorskip("pandas")


@pytest.fixture
def results(recorded):
    return open_results(recorded)


def test_they_are_those_that_pandas_finds_in_the_table(results, tmp_path):
    write_csv(results, tmp_path / "stimuli.csv")
    table = pandas.read_csv(tmp_path / "stimuli.csv").groupby("condition", sort=False)
    found = list(statistics(results))
    assert [row["condition"] for row in found] == list(table.groups)
    for row in found:
        samples = table.get_group(row["condition"])
        assert row["count"] == len(samples)
        for name in ("sa_spikes", "ra_spikes", "sa_rate_hz", "ra_rate_hz"):
            assert row[f"{name}_mean"] == pytest.approx(samples[name].mean(), abs=2e-6)
            if len(samples) > 1:
                assert row[f"{name}_std"] == pytest.approx(samples[name].std(), abs=2e-6)
            else:
                assert row[f"{name}_std"] is None
    assert sum(row["sa_spikes_mean"] for row in found) > 0
    assert any(row["sa_spikes_std"] for row in found)


def test_the_file_has_a_line_for_each_condition(results, tmp_path):
    write_statistics(columns(results), statistics(results), tmp_path / "sweep.csv")
    with (tmp_path / "sweep.csv").open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    assert [row["count"] for row in found] == ["3"] * 6 + ["2"] * 2 + ["1"]
    assert "repetition" not in found[0]
    assert (found[0]["final"], found[6]["final"]) == ("", "60.0")
    assert found[-1]["sa_spikes_std"] == ""


def test_of_a_sweep_that_is_not_done_what_is_there_counts(tmp_path):
    record(tmp_path / "part", CONFIG, slice(1, 5))
    assert [row["count"] for row in statistics(open_results(tmp_path / "part"))] == [2, 2]
