"""Tables in containers: ``tables/NAME`` with ``columns`` and ``cells`` as texts, as BatchLib has them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from batchwork.errors import ContainerError
from batchwork.io.broken import BROKEN

TABLES = "tables"
"""The group of all tables of a container."""

Container = Any  # a group of h5py, or our own of Zarr: they share no class
Column = NDArray[Any]
"""Whole numbers, numbers or texts, (rows,)."""


def write_table(container: Container, name: str, columns: Mapping[str, ArrayLike], *, visible: bool = True) -> None:
    """Write a table; one of that name is replaced.

    Parameters
    ----------
    container : group
        From `open_file`; HDF5 or Zarr, for N5 has no texts.
    name : str
    columns : mapping of str to (rows,) array
        Numbers keep their value to the last bit.
    visible : bool
        Whether viewers show it.

    Raises
    ------
    ContainerError
        If the columns are not equally long, or the container holds no texts.
    """
    texts = {key: [_text(value) for value in np.asarray(values).tolist()] for key, values in columns.items()}
    lengths = {len(values) for values in texts.values()}
    if len(lengths) > 1:
        raise ContainerError(f"table '{name}': its columns have {', '.join(map(str, sorted(lengths)))} rows")
    place = f"{TABLES}/{name}"
    if place in container:
        del container[place]
    rows = list(zip(*texts.values(), strict=True))
    group = container.create_group(place)
    group.create_dataset("columns", data=_bytes(list(texts)))
    group.create_dataset("cells", data=_bytes(rows).reshape(len(rows), len(texts)))
    group.create_dataset("visible", data=np.array([visible], np.uint8))


def read_table(container: Container, name: str) -> dict[str, Column]:
    """Read a table: of each column whole numbers if all are, else numbers, else texts.

    Raises
    ------
    KeyError
        If there is no such table.
    ContainerError
        If what stands there is none, or is damaged.
    """
    group = container[f"{TABLES}/{name}"]
    try:
        names = [_read(text) for text in group["columns"][...].tolist()]
        cells = group["cells"][...]
        return {key: _typed([_read(text) for text in cells[:, k].tolist()]) for k, key in enumerate(names)}
    except ContainerError:
        raise
    except BROKEN as error:
        place = getattr(container, "path", None) or container.file.filename
        raise ContainerError(f"{place}: '{name}' is no table, or damaged: {error}") from error


def _text(value: object) -> str:
    return repr(value) if isinstance(value, float) else str(value)


def _bytes(texts: Sequence[Any]) -> NDArray[np.bytes_]:
    """Encode as UTF-8, as wide as the longest."""
    encoded = np.char.encode(np.asarray(texts, dtype=np.str_), "utf-8")
    return encoded if encoded.dtype.itemsize else encoded.astype("S1")


def _read(text: object) -> str:
    return text.decode("utf-8") if isinstance(text, bytes) else str(text)


def _typed(texts: list[str]) -> Column:
    for kind in (np.int64, np.float64):
        try:
            return np.array([kind(text) for text in texts], kind)
        except (ValueError, OverflowError):
            continue
    return np.array(texts, dtype=np.str_)
