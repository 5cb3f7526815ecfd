"""Tables as Fiji's plate viewer takes them: a row for each well, image or cell, whatever the number of serums."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from batchwork.screening.tables.exporting import named_as_reference
from batchwork.screening.tables.table import Table

_KEYS = {"wells": ("well_name",), "images": ("image_name", "site_name", "well_name")}
_TOLD = {"wells": ("score", "low", "high", "qc"), "images": ("ratio", "infected_cells", "control_cells", "excluded")}


def browsed(name: str, table: Table) -> Table:
    """Give a table of wells or images one row each: columns of scores begin with the serum's name.

    Parameters
    ----------
    name : str
        wells or images.
    table : Table
        With a row for each serum; those without a serum, of what could not be used, are left out.
    """
    keys = _KEYS[name]
    rows: dict[object, dict[str, object]] = {}
    for told in named_as_reference(name, table).dicts():
        if told["serum"]:
            row = rows.setdefault(told[keys[0]], {key: _without_suffix(key, told[key]) for key in keys})
            row.update({f"{told['serum']}_{title}": told[title] for title in told if title not in {*keys, "serum"}})
    titles = dict.fromkeys(title for row in rows.values() for title in row)
    return Table.of_rows([{title: row.get(title) for title in titles} for row in rows.values()])


def _without_suffix(key: str, value: object) -> object:
    return Path(str(value)).stem if key == "image_name" else value


def cells_of(cells: Table, image: str) -> Table:
    """Give the cells of one image, by labels from 0, the background, on; nothing where there are none."""
    if not len(cells):
        return cells
    mine = named_as_reference("cells", cells.where(cells["image"] == image))
    columns = {title: mine[title] for title in mine.columns if title not in {"image_name", "site_name", "well_name"}}
    by_label = Table({"label_id": columns.pop("label_id"), **columns})
    return Table.joined([Table({"label_id": np.zeros(1, np.int64)}), by_label])


def said_of(name: str, table: Table) -> Mapping[str, str]:
    """Tell in a line, by well or image, what came out: serum by serum, with what is left out and why."""
    key = "well" if name == "wells" else "image"
    lines: dict[str, list[str]] = {}
    for told in table.dicts():
        parts = [f"{title} {_short(told.get(title))}" for title in _TOLD[name] if told.get(title) not in (None, "")]
        lines.setdefault(str(told[key]), []).append(" ".join([str(told["serum"]), ", ".join(parts)]).strip())
    return {place: "; ".join(each) for place, each in lines.items()}


def _short(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
