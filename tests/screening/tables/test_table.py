import io

import h5py
import numpy as np

from batchwork.screening.tables.table import Table, read_table, write_csv, write_table

TABLE = Table(
    {
        "name": np.array(["a", "µ,b", ""]),
        "number": np.array([1, 2, 3]),
        "value": np.array([0.1, np.nan, 1e-7]),
        "flag": np.array([True, False, True]),
    }
)


def test_a_table_comes_back_from_hdf5(tmp_path):
    with h5py.File(tmp_path / "t.h5", "w") as file:
        write_table(file, "cells", TABLE)
        write_table(file, "none", TABLE.where(np.zeros(3, bool)))
    with h5py.File(tmp_path / "t.h5") as file:
        found, none = read_table(file, "cells"), read_table(file, "none")
    assert list(found.columns) == list(none.columns) == list(TABLE.columns)
    assert all(np.array_equal(found[n], TABLE[n], equal_nan=n == "value") for n in TABLE.columns)
    assert len(none) == 0
    assert none["name"].dtype.kind == "U"


def test_csv_keeps_all_digits_and_leaves_nan_empty():
    text = io.StringIO()
    write_csv(text, [TABLE, TABLE.where(np.array([True, False, False]))])
    assert text.getvalue() == 'name,number,value,flag\na,1,0.1,1\n"µ,b",2,,0\n,3,1e-07,1\na,1,0.1,1\n'


def test_joined_tables_fill_what_some_lack():
    joined = Table.joined([TABLE, Table.of_rows([{"name": "z", "more": "x"}, {"name": None, "more": "y"}])])
    assert joined["name"].tolist() == ["a", "µ,b", "", "z", ""]
    assert joined["more"].tolist() == ["", "", "", "x", "y"]
    assert np.isnan(joined["number"][3:]).all()
