"""What a scan's file says of how it was recorded: the single numbers and texts in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from batchwork.tomo.formats.errors import ScanDefect
from batchwork.tomo.formats.hdf5 import READ_ERRORS, child, open_hdf5, reading, text_of

_MOST_FACTS = 300
_DEEPEST = 10
_LONGEST_TEXT = 300
_UNTOLD = frozenset({"exchange", "implements"})
"""Top-level names that hold the frames."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One entry.

    Attributes
    ----------
    name : str
        Its path in the file, without the leading slash.
    value : str
    unit : str
        "" if the file gives none.
    """

    name: str
    value: str
    unit: str = ""


def read_facts(path: Path) -> list[Fact]:
    """Read the single numbers and texts of an HDF5 file, in the order of their names; of other files none.

    Raises
    ------
    ScanDefect
        If the file cannot be opened.
    """
    if path.is_dir() or not h5py.is_hdf5(path):
        return []
    with open_hdf5(path, while_written=True) as file, reading(path):
        found = []
        for fact in _walk(file, ""):
            found.append(fact)
            if len(found) == _MOST_FACTS:
                break
        return found


def _walk(group: h5py.Group, above: str, depth: int = 0) -> Iterator[Fact]:
    for name in sorted(group):
        if not above and name in _UNTOLD:
            continue
        try:
            found = child(group, name)
        except ScanDefect:  # a link that leads nowhere tells nothing
            continue
        if isinstance(found, h5py.Group) and depth < _DEEPEST:
            yield from _walk(found, f"{above}{name}/", depth + 1)
        elif isinstance(found, h5py.Dataset) and found.size == 1:
            fact = _fact(found, f"{above}{name}")
            if fact is not None:
                yield fact


def _fact(dataset: h5py.Dataset, name: str) -> Fact | None:
    try:
        value = np.asarray(dataset[()]).reshape(-1)[0]
        unit = text_of(dataset.attrs.get("units", ""))
    except READ_ERRORS:
        return None
    text = f"{value:.8g}" if isinstance(value, np.floating) else text_of(value) or _number(value)
    return Fact(name, text[:_LONGEST_TEXT], unit) if text else None


def _number(value: object) -> str:
    return str(value) if isinstance(value, np.integer | np.bool_) else ""
