"""The tables of several scans in one."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from batchwork.errors import FileFormatError
from batchwork.tomo_objects.tables import join_tables


def _written(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_scans_are_named_below_the_folder_they_share(tmp_path):
    first = _written(tmp_path / "a.csv", 'label,name\n1,round\n2,"long, thin"\n')
    second = _written(tmp_path / "b.csv", "label,name\n")
    third = _written(tmp_path / "c.csv", "label,name\n1,round\n")
    scans = [Path("/data/may/1.h5"), Path("/data/may/2.h5"), Path("/data/june/1.h5")]
    join_tables(dict(zip(scans, (first, second, third), strict=True)), tmp_path / "all.csv")
    lines = (tmp_path / "all.csv").read_text().splitlines()
    assert lines == ["scan,label,name", "may/1.h5,1,round", 'may/1.h5,2,"long, thin"', "june/1.h5,1,round"]


def test_parquet_tables(tmp_path):
    table = pa.table({"label": [1, 2], "size": [2.5, 1e-7]})
    pq.write_table(table, tmp_path / "a.parquet")
    join_tables({Path("/data/1.h5"): tmp_path / "a.parquet"}, tmp_path / "all.csv")
    assert (tmp_path / "all.csv").read_text().split() == ["scan,label,size", "1.h5,1,2.5", "1.h5,2,1e-07"]


def test_other_columns(tmp_path):
    first = _written(tmp_path / "a.csv", "label\n1\n")
    second = _written(tmp_path / "b.csv", "label,class\n1,2\n")
    with pytest.raises(FileFormatError, match=r"b\.csv: its columns differ from those of .*a\.csv"):
        join_tables({Path("/1.h5"): first, Path("/2.h5"): second}, tmp_path / "all.csv")
