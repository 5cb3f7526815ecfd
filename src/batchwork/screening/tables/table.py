"""Tables of named columns, in memory, in HDF5 and as text."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TextIO

import h5py
import numpy as np
from numpy.typing import NDArray

Column = NDArray[Any]
_TEXT = "U"


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of one length, in order."""

    columns: Mapping[str, Column]

    def __len__(self) -> int:
        return next((len(column) for column in self.columns.values()), 0)

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    @classmethod
    def of_rows(cls, rows: Sequence[Mapping[str, object]]) -> Self:
        """Make a table of rows that have the same fields; None becomes NaN, or nothing among texts."""
        names = list(rows[0]) if rows else []
        return cls({name: _column([row[name] for row in rows]) for name in names})

    @classmethod
    def joined(cls, tables: Iterable[Self]) -> Self:
        """Put tables below one another; a column that some lack is empty there."""
        parts = list(tables)
        names = dict.fromkeys(name for part in parts for name in part.columns)
        return cls({name: _stacked([(part, len(part)) for part in parts], name) for name in names})

    def where(self, kept: Column | slice) -> Self:
        """Take some of the rows."""
        return type(self)({name: column[kept] for name, column in self.columns.items()})

    def rows(self) -> Iterator[tuple[object, ...]]:
        """Give rows of plain values; None for NaN."""
        return zip(*(_plain(column) for column in self.columns.values()), strict=True)

    def dicts(self) -> Iterator[dict[str, object]]:
        """Give rows with their names."""
        for row in self.rows():
            yield dict(zip(self.columns, row, strict=True))


def _column(values: Sequence[object]) -> Column:
    if any(isinstance(value, str) for value in values):
        return np.array(["" if value is None else str(value) for value in values], dtype=_TEXT)
    return np.array([np.nan if value is None else value for value in values])


def _stacked(parts: Sequence[tuple[Table, int]], name: str) -> Column:
    known = [part[name] for part, _ in parts if name in part.columns]
    text = any(column.dtype.kind == _TEXT for column in known)
    empty = "" if text else np.nan
    return np.concatenate(
        [part[name] if name in part.columns else np.full(length, empty) for part, length in parts] or [np.empty(0)]
    )


def _plain(column: Column) -> list[object]:
    if column.dtype.kind == "f":
        return [None if value != value else value for value in column.tolist()]  # noqa: PLR0124 - so is NaN told
    if column.dtype.kind == "b":
        return list(column.astype(np.int64).tolist())
    return list(column.tolist())


def write_table(parent: h5py.Group, name: str, table: Table) -> None:
    """Write a table as a group with one dataset for each column."""
    group = parent.create_group(name)
    group.attrs["columns"] = list(table.columns)
    for title, column in table.columns.items():
        if column.dtype.kind == _TEXT:
            group.create_dataset(title, data=np.char.encode(column, "utf-8") if len(column) else np.empty(0, "S1"))
        else:
            group.create_dataset(title, data=column)


def read_table(parent: h5py.Group, name: str, wanted: Callable[[str], bool] = bool) -> Table:
    """Read a table, or those of its columns whose names are wanted."""
    group = parent[name]
    return Table({title: _decoded(group[title][()]) for title in group.attrs["columns"] if wanted(title)})


def write_block(parent: h5py.Group, name: str, table: Table) -> None:
    """Write a table of numbers as a group with one dataset for each kind of number: (columns, rows), quick to read."""
    group = parent.create_group(name)
    group.attrs["columns"] = list(table.columns)
    for kind in sorted({column.dtype.str for column in table.columns.values()}):
        titles = [title for title, column in table.columns.items() if column.dtype.str == kind]
        group[kind] = np.stack([table[title] for title in titles])
        group[kind].attrs["columns"] = titles


def read_block(parent: h5py.Group, name: str) -> Table:
    """Read a table of numbers."""
    group = parent[name]
    found: dict[str, Column] = {}
    for block in group.values():
        found |= dict(zip(block.attrs["columns"], block[()], strict=True))
    return Table({title: found[title] for title in group.attrs["columns"]})


def _decoded(column: Column) -> Column:
    return np.char.decode(column, "utf-8") if column.dtype.kind == "S" else column


def write_csv(file: TextIO, tables: Iterable[Table]) -> None:
    """Write tables that have the same columns below one another as CSV; numbers keep all their digits."""
    writer, header = csv.writer(file, lineterminator="\n"), None
    for table in tables:
        if header is None:
            header = list(table.columns)
            writer.writerow(header)
        writer.writerows(table.rows())
