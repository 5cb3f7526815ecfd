"""What the tables of a plate take of one well: its scores and its images, in a small file that is quick to read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from batchwork.io.atomic import write_text
from batchwork.screening.tables.table import Table


@dataclass(frozen=True, slots=True)
class WellSummary:
    """What is known of a well, but for its cells."""

    scores: Table
    """A row for each serum."""
    images: Table
    """A row for each image and serum."""
    influence: Mapping[str, float]
    """Image → how much it moves the score of its well; none where cells have no classes."""

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        told = {"scores": [*self.scores.dicts()], "images": [*self.images.dicts()], "influence": dict(self.influence)}
        write_text(path, json.dumps(told) + "\n")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read it back."""
        told = json.loads(path.read_text(encoding="utf-8"))
        return cls(Table.of_rows(told["scores"]), Table.of_rows(told["images"]), told["influence"])
