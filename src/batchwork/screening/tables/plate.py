"""Tables of a whole plate, put together from those of its wells."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import h5py

from batchwork.screening.tables.table import Table, read_table, write_csv


def tables_of(wells: Sequence[Path], name: str) -> Iterator[Table]:
    """Read one table of each well in turn, so that no more than one is in memory."""
    for path in wells:
        with h5py.File(path, "r") as file:
            table = read_table(file, name)
        yield table


def write_tables(wells: Sequence[Path], output: Mapping[str, Path]) -> None:
    """Write tables of a plate as CSV: name of the table → path."""
    for name, path in output.items():
        with path.open("w", newline="", encoding="utf-8") as file:
            write_csv(file, tables_of(wells, name))
