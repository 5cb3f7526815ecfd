"""The page of a sweep: one HTML file that holds everything it shows and loads nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from batchwork.io.pages import Filters, Picture, template
from batchwork.tactile.reporting.drawing import name_of
from batchwork.tactile.results.layout import Record
from batchwork.tactile.results.table import in_text
from batchwork.tactile.yaml_text import yaml_text

MOST_ROWS: Final = 200
"""Conditions that the page lists; the table beside it has all."""


@dataclass(frozen=True, slots=True)
class Section:
    """What is shown of one type of stimulus.

    Attributes
    ----------
    name : str
    samples : int
    varying : list of str
        The parameters that have more than one value.
    pictures : sequence of Picture
    """

    name: str
    samples: int
    varying: list[str]
    pictures: Sequence[Picture]


@dataclass(frozen=True, slots=True)
class Page:
    """What the page shows.

    Attributes
    ----------
    title, made : str
    notes : sequence of str
        What is missing.
    done, total : int
        Samples.
    populations : mapping of str to int
        Neurons of each.
    sections : sequence of Section
    samples : sequence of Picture
        Those that are shown one by one.
    are_chosen : bool
        Whether the user has chosen them.
    table : str
        Name of the file with the statistics.
    columns : sequence of str
        Of the statistics.
    rows : sequence of dict
        Of the statistics, at most `MOST_ROWS`.
    is_cut : bool
        Whether there are more of them.
    about : dict
        What all samples have in common.
    """

    title: str
    made: str
    notes: Sequence[str]
    done: int
    total: int
    populations: Mapping[str, int]
    sections: Sequence[Section]
    samples: Sequence[Picture]
    are_chosen: bool
    table: str
    columns: Sequence[str]
    rows: Sequence[Record]
    is_cut: bool
    about: Record

    def html(self) -> str:
        """Give the page."""
        filters: Filters = {"cell": _cell, "population": name_of, "yaml": yaml_text}
        return template("batchwork.tactile.reporting", "sweep.html.j2", filters).render(page=self)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.5g}" if isinstance(value, float) else str(in_text(value))
