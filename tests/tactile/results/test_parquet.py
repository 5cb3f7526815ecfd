"""stimuli.parquet; without pyarrow, how to get it."""

import json
import math
import sys

import pytest

from batchwork.errors import MissingExtraError
from batchwork.tactile.results.parquet import column_kinds, write_parquet
from batchwork.tactile.results.results import Results
from batchwork.tactile.results.splits import split_samples
from batchwork.tactile.results.table import rows

ABOUT = {"duration_ms": 20.0, "program": "batchwork"}


@pytest.fixture
def results(made, tmp_path):
    return made.results(tmp_path / "events", about=ABOUT)


@pytest.fixture
def parquet():
    return pytest.importorskip("pyarrow.parquet")


def test_kinds_of_columns(results):
    kinds = column_kinds(results)
    assert list(kinds)[:4] == ["key", "condition", "split", "type"]
    assert list(kinds)[-4:] == ["sa_spikes", "sa_rate_hz", "ra_spikes", "ra_rate_hz"]
    wanted = {"type": "word", "amplitude": "float", "repetition": "int", "start": "vector", "stimuli": "json"}
    assert wanted.items() <= kinds.items()


def test_rows_are_those_of_the_table(results, tmp_path, parquet):
    write_parquet(results, tmp_path / "stimuli.parquet")
    found = parquet.read_table(tmp_path / "stimuli.parquet").to_pylist()
    parts = {s.key: part for part, samples in split_samples(results.samples).items() for s in samples}
    for row, expected in zip(found, rows(results), strict=True):
        assert row["split"] == parts[row["key"]]
        for name, value in expected.items():
            is_nan = isinstance(value, float) and math.isnan(value)
            told = json.dumps(value) if name == "stimuli" else list(value) if isinstance(value, tuple) else value
            assert row[name] == (None if is_nan else told)
        assert all(row[name] is None for name in row.keys() - expected.keys() - {"split"})


def test_groups_of_rows_are_written_one_by_one(results, tmp_path, parquet):
    write_parquet(results, tmp_path / "stimuli.parquet", rows_in_group=5)
    file = parquet.ParquetFile(tmp_path / "stimuli.parquet")
    assert [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)] == [5, 5, 5, 2]
    assert json.loads(file.schema_arrow.metadata[b"batchwork"]) == ABOUT


def test_equal_results_make_equal_files_whatever_their_shards(made, results, tmp_path, parquet):
    write_parquet(results, tmp_path / "one.parquet")
    write_parquet(Results(made.samples, made.stored(tmp_path / "b", size=7), ABOUT), tmp_path / "two.parquet")
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()


def test_without_pyarrow_the_error_says_how_to_get_it(results, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"Parquet needs 'pyarrow': pip install 'batchwork\[parquet\]'"):
        write_parquet(results, tmp_path / "stimuli.parquet")
    assert not (tmp_path / "stimuli.parquet").exists()
