"""Tables of a plate as files of other programs: CSV, XLSX, Parquet."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from batchwork.extras import needs_extra
from batchwork.screening.tables.table import Table, write_csv
from batchwork.screening.tables.xlsx import write_xlsx

FORMATS = ("csv", "xlsx", "parquet")
_WELL = {"well": "well_name"}
_IMAGE = {**_WELL, "image": "image_name"}
_SCORES = {"ratio": "ratio_of_q0.5_of_means", "ratio_of_means": "ratio_of_mean_of_means"}
NAMES: Mapping[str, Mapping[str, str]] = {
    "scores": _WELL,
    "wells": {**_WELL, **_SCORES},
    "images": {**_IMAGE, **_SCORES},
    "cells": {**_IMAGE, "label": "label_id", "infected": "is_infected"},
}
"""Columns that other programs know by another name."""


@dataclass(frozen=True, slots=True)
class Export:
    """One table to be written: parts that lie below one another, with the same columns."""

    name: str
    parts: Callable[[], Iterator[Table]]


def named_as_reference(name: str, table: Table) -> Table:
    """Give a table the columns that the reference program's tables have: names, and a site's name."""
    names = NAMES[name]
    columns = {names.get(title, title): column for title, column in table.columns.items()}
    if name in {"images", "cells"}:
        sites = [f"{well}-{int(site):04d}" for well, site in zip(table["well"], table["site"], strict=True)]
        columns = {"image_name": columns.pop("image_name"), "site_name": np.array(sites, "U"), **columns}
    if name == "cells":
        columns["is_control"] = (table["infected"] == 0) & (table["excluded"] == "")
        columns["is_infected"] = (table["infected"] != 0) & (table["excluded"] == "")
    return Table(columns)


def export_table(export: Export, folder: Path, form: str) -> Path:
    """Write one table.

    Parameters
    ----------
    export : Export
    folder : Path
        Made if it is not there.
    form : str
        One of `FORMATS`.

    Raises
    ------
    MissingExtraError
        If Parquet is asked for and pyarrow is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{export.name}.{form}"
    tables = (named_as_reference(export.name, table) for table in export.parts())
    if form == "csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            write_csv(file, tables)
    elif form == "xlsx":
        first = next(tables, Table({}))
        rows = chain.from_iterable(table.rows() for table in chain([first], tables))
        write_xlsx(path, export.name, list(first.columns), rows)
    else:
        _write_parquet(path, tables)
    return path


def _write_parquet(path: Path, tables: Iterable[Table]) -> None:
    """Write each part as a row group; columns are typed as in the first."""
    with needs_extra("screening", "Parquet"):
        import pyarrow as pa
        import pyarrow.parquet as pq
    writer = None
    for table in tables:
        batch = pa.table({name: pa.array(column) for name, column in table.columns.items()})
        writer = writer or pq.ParquetWriter(path, batch.schema)
        writer.write_table(batch.cast(writer.schema))
    if writer is not None:
        writer.close()
