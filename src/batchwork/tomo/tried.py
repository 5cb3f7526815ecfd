"""The images that the step `try` has written, for scorers that look at images."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import FileFormatError
from batchwork.tomo.candidates import Stack, candidate_name, read_candidate, recipe
from batchwork.tomo.kernels.scorers.images import FILTER
from batchwork.tomo.methods import Method
from batchwork.tomo.preprocessing import Preprocessing
from batchwork.tomo.regions import Region

_SAME = 1e-6
"""Columns within which two centres are one."""


def unlike(stack: Stack, settings: Preprocessing) -> str:
    """Say why the images of a stack are not those that scorers would make; "" if they are."""
    wanted = recipe(FILTER, Method(), settings, doubled=False)
    if not stack.made:
        return "the stack does not say how it was made"
    if stack.made.get("algorithm") == "fbp":
        wanted |= {name: stack.made.get(name) for name in ("iterations", "tv", "nonnegative", "grid")}
    other = [name for name, value in wanted.items() if stack.made.get(name) != value]
    return f"the stack was made with another {' and '.join(other)}" if other else ""


@dataclass(slots=True)
class TriedImages:
    """Images of one row of a stack, read when they are asked for.

    Attributes
    ----------
    read, missing : int
        Images that have been asked for and were there, or not.
    """

    stack: Stack
    folder: Path
    row: int
    region: Region
    read: int = field(default=0, init=False)
    missing: int = field(default=0, init=False)

    def at(self, cor: float) -> NDArray[np.float32] | None:
        """Give the image at a centre, a column of the binned region, in attenuation per such column."""
        image = self._stored(self.region.full_cor(cor))
        self.read, self.missing = self.read + (image is not None), self.missing + (image is None)
        return image

    def _stored(self, cor: float) -> NDArray[np.float32] | None:
        cors = self.stack.cors
        near = float(cors[np.argmin(np.abs(cors - cor))])
        path = self.stack.folder(self.folder, self.row) / candidate_name(self.row, near)
        if abs(near - cor) > _SAME:
            return None
        try:
            image, at = read_candidate(path)
        except FileFormatError:
            return None
        if at != near or image.shape != (self.region.size, self.region.size) or not np.isfinite(image).all():
            return None
        return image * np.float32(self.region.side)

    @property
    def told(self) -> str:
        """What has come of them, for the log."""
        if not self.read and not self.missing:
            return "the scorer reconstructs what it looks at itself"
        return f"{self.read} images read from the stack, {self.missing} reconstructed"
