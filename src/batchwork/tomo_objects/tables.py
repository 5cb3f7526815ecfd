"""The tables of several scans in one."""

import csv
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from batchwork.errors import FileFormatError
from batchwork.extras import needs_extra


def join_tables(tables: Mapping[Path, Path], output: Path) -> None:
    """Write tables one below the other as CSV, with a first column that names the scan.

    Parameters
    ----------
    tables : mapping of Path to Path
        Scan → its table, CSV or Parquet. A scan is called by its path below the folder that all share.
    output : Path
        Where the table goes.

    Raises
    ------
    FileFormatError
        If a table has other columns than the first.
    """
    root = os.path.commonpath([scan.parent for scan in tables])
    header: list[str] = []
    with output.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        for scan, table in tables.items():
            rows = _rows(table)
            columns = next(rows, [])
            if not header:
                header = columns
                writer.writerow(["scan", *header])
            if columns != header:
                raise FileFormatError(f"{table}: its columns differ from those of {next(iter(tables.values()))}")
            name = Path(os.path.relpath(scan, root)).as_posix()
            writer.writerows([name, *row] for row in rows)


def _rows(table: Path) -> Iterator[list[str]]:
    """Give the header of a table, then its rows."""
    if table.suffix == ".parquet":
        yield from _parquet_rows(table)
        return
    with table.open(newline="", encoding="utf-8") as file:
        yield from csv.reader(file)


def _parquet_rows(table: Path) -> Iterator[list[str]]:
    with needs_extra("parquet"):
        import pyarrow.parquet as pq

    read = pq.read_table(table)
    yield list(read.column_names)
    for row in read.to_pylist():
        yield [str(value) for value in row.values()]
