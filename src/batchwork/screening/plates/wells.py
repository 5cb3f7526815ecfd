"""Names of wells, and where they stand on a plate."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from string import ascii_uppercase

FORMATS = {6: (2, 3), 12: (3, 4), 24: (4, 6), 48: (6, 8), 96: (8, 12), 384: (16, 24), 1536: (32, 48)}
"""Rows and columns of a plate by its number of wells."""
_NAME = re.compile(r"([A-Z]|A[A-F])0*([1-9]\d?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A well's row and column, from 0."""

    row: int
    column: int

    @property
    def name(self) -> str:
        """Row letters and column number, such as `A01` or `AF48`."""
        letters = ascii_uppercase[self.row] if self.row < len(ascii_uppercase) else f"A{ascii_uppercase[self.row - 26]}"
        return f"{letters}{self.column + 1:02d}"


def place_of(name: str) -> Place | None:
    """Read a well's name; None if it is none.

    Examples
    --------
    >>> place_of("b3").name, place_of("AF48"), place_of("17")
    ('B03', Place(row=31, column=47), None)
    """
    match = _NAME.fullmatch(name.strip())
    if match is None:
        return None
    letters = match[1].upper()
    row = ascii_uppercase.index(letters[-1]) + (26 if len(letters) > 1 else 0)
    return Place(row, int(match[2]) - 1)


def format_of(places: Iterable[Place]) -> tuple[int, int]:
    """Give rows and columns of the smallest plate from 96 wells on that holds these wells, smaller ones if named so.

    Partial plates are common: that only the upper left of a plate is filled says nothing of its size.
    """
    places = list(places)
    rows = max((place.row for place in places), default=0) + 1
    columns = max((place.column for place in places), default=0) + 1
    fitting = [shape for wells, shape in FORMATS.items() if wells >= 96 and shape[0] >= rows and shape[1] >= columns]  # noqa: PLR2004 - the usual plate
    return fitting[0] if fitting else (rows, columns)
