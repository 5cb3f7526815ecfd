"""Sites and tables as Fiji's plate viewer reads them: HDF5 with pyramids, how each is shown, and tables of texts."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from batchwork.screening.kernels.pyramids import FACTORS, pyramid
from batchwork.screening.plates.pictured import SiteFile, color_of, contrast
from batchwork.screening.tables.table import Table

_CHUNK = 256
_COLORS = {"nuclei": "Blue", "marker": "Red", "serum": "Green"}
_LEAST_TEXT = 100
"""Bytes of a text in tables; longer ones get what they need."""


def write_browsed(path: Path, site: SiteFile, tables: Mapping[str, Table], said: Mapping[str, str]) -> None:
    """Write one site.

    Parameters
    ----------
    path : Path
        An HDF5 file.
    site : SiteFile
    tables : mapping
        Name, such as cell_segmentation/default → what is known of each label.
    said : mapping
        Attributes of the file that the viewer shows: ImageInformation, WellInformation.
    """
    images, labels = site.read()
    with h5py.File(path, "w") as file:
        file.attrs.update(said)
        for role, image in images.items():
            group = _write_levels(file, role, pyramid(image))
            group.attrs.update(Color=color_of(role, _COLORS, "White"), Visible=role in {"nuclei", "marker"})
            group.attrs["ContrastLimits"] = contrast(image)
        for name, image in labels.items():
            group = _write_levels(file, name, pyramid(image.astype(np.uint32), labels=True))
            group.attrs.update(Color="Glasbey", Visible=False)
        for name, table in tables.items():
            write_texts(file, name, table)


def write_plate_tables(path: Path, tables: Mapping[str, Table]) -> None:
    """Write the tables of a plate to a file of their own: name, such as wells/default → table."""
    with h5py.File(path, "w") as file:
        for name, table in tables.items():
            write_texts(file, name, table)


def _write_levels(file: h5py.File, name: str, levels: list[NDArray[Any]]) -> Any:  # Any: h5py has no types
    group = file.create_group(name)
    for number, image in enumerate(levels):
        chunks = tuple(min(_CHUNK, side) for side in image.shape)
        group.create_dataset(f"s{number}", data=image, chunks=chunks, compression="gzip")
    group.attrs.update(Alpha=1.0, Skip=False, ScaleFactors=list(FACTORS[: len(levels)]))
    return group


def write_texts(file: Any, name: str, table: Table) -> None:  # Any: h5py has no types
    """Write a table in the viewer's form: `tables/NAME/cells`, `columns` and `visible`, all values as texts.

    Parameters
    ----------
    file : h5py.File
    name : str
        Path below `tables`.
    table : Table
        Numbers that are missing become nan, truth 0 or 1.
    """
    cells = [[_text(value) for value in row] for row in table.rows()]
    columns = [str(title).encode() for title in table.columns]
    group = file.create_group(f"tables/{name}")
    for part, texts in (("cells", [text for row in cells for text in row]), ("columns", columns)):
        longest = max([_LEAST_TEXT, *map(len, texts)])
        shape = (len(cells), len(columns)) if part == "cells" else (len(columns),)
        group.create_dataset(part, data=np.array(texts, f"S{longest}").reshape(shape), compression="gzip")
    group.create_dataset("visible", data=np.ones(len(columns), np.uint8))


def _text(value: object) -> bytes:
    if value is None:
        return b"nan"
    return str(int(value) if isinstance(value, bool) else value).encode()
