"""The page of a scan: one HTML file that holds everything it shows and asks nothing of the net."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchwork.io.pages import Picture, template
from batchwork.io.png import encode_grey
from batchwork.tomo.formats.metadata import Fact


def grey_picture(title: str, caption: str, pixels: NDArray[np.uint8]) -> Picture:
    """Make a picture of grey values, (rows, columns) uint8."""
    png = encode_grey(np.ascontiguousarray(pixels).tobytes(), pixels.shape[1], pixels.shape[0])
    return Picture.of(title, caption, png)


@dataclass(frozen=True, slots=True)
class ScanPage:
    """What a page shows.

    Attributes
    ----------
    title : str
    note : str
        The user's own words; may be empty.
    summary : mapping of str to str
        The main facts, in order.
    pictures : sequence of Picture
    made : mapping of str to str
        How the volume was made: parameter → value.
    facts : sequence of Fact
        All that the scan's file says.
    """

    title: str
    note: str
    summary: Mapping[str, str]
    pictures: Sequence[Picture]
    made: Mapping[str, str]
    facts: Sequence[Fact]

    def html(self) -> str:
        """Give the page."""
        return template("batchwork.tomo", "scan.html.j2").render(page=self)
