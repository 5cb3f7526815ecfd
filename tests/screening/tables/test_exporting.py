import xml.etree.ElementTree as ET
import zipfile

import numpy as np
import pytest

from batchwork.errors import MissingExtraError, ParameterError
from batchwork.screening.tables import xlsx
from batchwork.screening.tables.exporting import Export, export_table
from batchwork.screening.tables.table import Table
from batchwork.screening.tables.xlsx import write_xlsx

CELLS = Table(
    {
        "image": np.array(["x<&>.tiff", "x<&>.tiff", "y.tiff"]),
        "well": np.array(["C01", "C01", "C01"]),
        "site": np.array([3, 3, 4]),
        "label": np.array([1, 2, 1]),
        "infected": np.array([1, 0, 0]),
        "excluded": np.array(["", "", "too small"]),
        "value": np.array([0.5, np.nan, -1.25]),
    }
)
EXPORT = Export("cells", lambda: iter([CELLS, CELLS]))


def sheet(path):
    """Read the cells of a workbook's sheet as texts."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            ET.fromstring(archive.read(name))  # noqa: S314 - written by this test
        root = ET.fromstring(archive.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - the same
    return [["".join(cell.itertext()) for cell in row.iter(f"{space}c")] for row in root.iter(f"{space}row")]


def test_csv_has_the_columns_of_the_reference(tmp_path):
    text = export_table(EXPORT, tmp_path / "out", "csv").read_text()
    header, *lines = text.splitlines()
    assert header == "image_name,site_name,well_name,site,label_id,is_infected,excluded,value,is_control"
    assert lines[:3] == ["x<&>.tiff,C01-0003,C01,3,1,1,,0.5,0", "x<&>.tiff,C01-0003,C01,3,2,0,,,1",
                         "y.tiff,C01-0004,C01,4,1,0,too small,-1.25,0"]  # fmt: skip
    assert len(lines) == 6


def test_xlsx_holds_what_csv_holds_and_is_the_same_every_time(tmp_path):
    one, two = (export_table(EXPORT, tmp_path / name, "xlsx") for name in "ab")
    assert one.read_bytes() == two.read_bytes()
    rows = sheet(one)
    assert len(rows) == 7
    assert rows[0][:2] == ["image_name", "site_name"]
    assert rows[3] == ["y.tiff", "C01-0004", "C01", "4", "1", "0", "too small", "-1.25", "0"]
    assert rows[2][7] == ""


def test_more_rows_than_excel_takes_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(xlsx, "MOST_ROWS", 3)
    with pytest.raises(ParameterError, match="export CSV instead"):
        write_xlsx(tmp_path / "a.xlsx", "a", ["n"], [[1], [2], [3]])


def test_parquet_keeps_types_or_names_the_extra(tmp_path):
    try:
        import pyarrow.parquet as pq
    except ModuleNotFoundError:
        with pytest.raises(MissingExtraError, match="pyarrow"):
            export_table(EXPORT, tmp_path, "parquet")
        return
    found = pq.read_table(export_table(EXPORT, tmp_path, "parquet"))
    assert found.column("label_id").to_pylist() == [1, 2, 1] * 2
