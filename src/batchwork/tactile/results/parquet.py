"""``stimuli.parquet``: a row for each sample, with typed columns."""

import json
import math
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from batchwork.extras import needs_extra
from batchwork.tactile.results.durable import written_whole
from batchwork.tactile.results.layout import Record
from batchwork.tactile.results.results import Results
from batchwork.tactile.results.splits import part_of
from batchwork.tactile.results.table import columns, rows

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_IN_GROUP: Final = 10_000
_NUMBERS = frozenset({"int", "float"})


def write_parquet(results: Results, path: Path, rows_in_group: int = ROWS_IN_GROUP) -> None:
    """Write key, condition, split, parameters, spike counts and rates of all samples.

    Numbers, words and vectors have columns of their kind; what is nested deeper, such as the parts of a timeline,
    is written as JSON. What a stimulus has not is null. Each group of rows is written as soon as it is there.
    The configuration stands in the file's metadata.

    Raises
    ------
    MissingExtraError
        If pyarrow is not installed.
    OSError
        If the disk is full or may not be written to.
    """
    with needs_extra("parquet", "Parquet"):
        import pyarrow as pa
        import pyarrow.parquet as pq
    kinds = column_kinds(results)
    schema = _schema(kinds, results.about)

    def write(partial: Path) -> None:
        with pq.ParquetWriter(partial, schema, compression="zstd") as writer:
            for group in _groups(results, kinds, rows_in_group):
                writer.write_table(pa.Table.from_pylist(group, schema))

    written_whole(path, write)


def column_kinds(results: Results) -> dict[str, str]:
    """Say what each column holds: int, float, word, vector or json."""
    found: dict[str, set[str]] = {}
    for sample in results.samples:
        for name, value in sample.record().items():
            found.setdefault(name, set()).add(_kind(value))
    measures = {name: "float" if name.endswith("_rate_hz") else "int" for name in columns(results)}
    words = dict.fromkeys(("key", "condition", "split"), "word")
    return (
        words
        | {**{name: _common(kinds) for name, kinds in found.items()}}
        | {name: kind for name, kind in measures.items() if name not in found and name not in words}
    )


def _kind(value: object) -> str:
    match value:
        case int():
            return "int"
        case float():
            return "float"
        case str():
            return "word"
        case tuple() | list() if all(isinstance(part, int | float) for part in value):
            return "vector"
    return "json"


def _common(kinds: set[str]) -> str:
    """Give the kind that holds all of them."""
    if kinds <= _NUMBERS:
        return "float" if "float" in kinds else "int"
    return next(iter(kinds)) if len(kinds) == 1 else "json"


def _schema(kinds: dict[str, str], about: Record) -> "pa.Schema":
    import pyarrow as pa

    types = {
        "int": pa.int64(), "float": pa.float64(), "word": pa.string(), "json": pa.string(),
        "vector": pa.list_(pa.float64()),
    }  # fmt: skip
    fields = [pa.field(name, types[kind]) for name, kind in kinds.items()]
    return pa.schema(fields, {"batchwork": json.dumps(about)})


def _groups(results: Results, kinds: dict[str, str], size: int) -> Iterator[list[Record]]:
    typed = (_typed({**row, "split": part_of(row["condition"])}, kinds) for row in rows(results))
    while group := list(islice(typed, size)):
        yield group


def _typed(row: Record, kinds: dict[str, str]) -> Record:
    return {name: _value(value, kinds[name]) for name, value in row.items()}


def _value(value: Any, kind: str) -> Any:  # values of several types, as the records have them
    if isinstance(value, float) and math.isnan(value):
        return None
    return json.dumps(value) if kind == "json" else value
