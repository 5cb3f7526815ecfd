"""One site with all that viewers show of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchwork.screening.plates import containers
from batchwork.screening.plates.wells import Place, place_of

LABELS = (containers.CELLS, containers.NUCLEI)
"""Images whose values are labels, as viewers show them: cells first."""
_LOW, _HIGH = 1.0, 99.0


@dataclass(frozen=True, slots=True)
class SiteFile:
    """Where a site's images are.

    Attributes
    ----------
    key : str
        Of its item.
    well : str
    site : int
    container : Path
    """

    key: str
    well: str
    site: int
    container: Path

    @property
    def place(self) -> Place:
        """The well's row and column."""
        found = place_of(self.well)
        if found is None:
            raise ValueError(f"'{self.well}' is no well")
        return found

    @property
    def name(self) -> str:
        """The image's name, without the suffix of its file."""
        return Path(self.key).stem

    def read(self) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
        """Read images and labels: name → (ny, nx)."""
        every = containers.read_images(self.container)
        labels = {name: every.pop(name) for name in LABELS if name in every}
        return every, labels


def contrast(image: NDArray[Any]) -> tuple[float, float]:
    """Give the values between which an image is shown: its 1st and 99th percentile."""
    low, high = np.percentile(image, (_LOW, _HIGH))
    return float(low), float(high)


def color_of(role: str, colors: Mapping[str, str], other: str) -> str:
    """Give the colour in which a role is shown."""
    return colors.get(role.partition("_")[0], other)
