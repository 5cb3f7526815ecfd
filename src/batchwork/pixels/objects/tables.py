"""Tables of objects as CSV, Parquet and in HDF5."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from batchwork.extras import needs_extra

Columns = Mapping[str, NDArray[np.generic]]
FORMATS = {"csv": ".csv", "parquet": ".parquet"}
"""Tables that stand in a file of their own, and their suffixes."""


def joined(parts: Sequence[Columns]) -> dict[str, NDArray[np.generic]]:
    """Put tables with the same columns one below the other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def write_csv(path: Path, columns: Columns) -> None:
    """Write a table with a header; numbers have all their digits."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*(_plain(values) for values in columns.values()), strict=True))


def _plain(values: NDArray[np.generic]) -> list[object]:
    listed: list[object] = (values.astype(np.uint8) if values.dtype.kind == "b" else values).tolist()
    return listed


def write_parquet(path: Path, columns: Columns) -> None:
    """Write a table as Parquet.

    Raises
    ------
    MissingExtraError
        If pyarrow is not installed.
    """
    with needs_extra("parquet", "A Parquet table"):
        import pyarrow as pa
        import pyarrow.parquet as pq
    pq.write_table(pa.table({name: pa.array(values) for name, values in columns.items()}), path)


def write_hdf5(group: h5py.Group, name: str, columns: Columns) -> None:
    """Write a table as a dataset of records, a field per column; texts are UTF-8."""
    stored = {column: _encoded(values) for column, values in columns.items()}
    kinds = np.dtype([(column, values.dtype) for column, values in stored.items()])
    records = np.empty(len(next(iter(stored.values()))), kinds)
    for column, values in stored.items():
        records[column] = values
    group.create_dataset(name, data=records)


def _encoded(values: NDArray[np.generic]) -> NDArray[np.generic]:
    """Give texts as bytes; at least one, for HDF5 has no texts of no length."""
    if values.dtype.kind != "U":
        return values
    found = np.array([str(value).encode() for value in values], np.bytes_)
    return found if found.dtype.itemsize else found.astype("S1")


def write_table(path: Path, columns: Columns, form: str) -> None:
    """Write a table in one of `FORMATS`."""
    {"csv": write_csv, "parquet": write_parquet}[form](path, columns)
