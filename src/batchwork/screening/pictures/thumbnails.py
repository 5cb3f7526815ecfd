"""Small pictures of sites: the light of their channels and the outlines of their cells, to be coloured later."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import h5py
import numpy as np
from numpy.typing import NDArray

from batchwork.screening.kernels.filters import shrink
from batchwork.screening.pictures.raster import Canvas, Colour
from batchwork.screening.plates.channels import MARKER, NUCLEI, SERUM
from batchwork.screening.tables.table import Table

CLASSES: Mapping[str, Colour] = {"infected": (255, 153, 0), "control": (0, 255, 255), "left out": (110, 110, 110)}
_LOW, _HIGH = 1.0, 99.7
"""Percentiles that are black and bright."""
_GROUP = "thumbnail"


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small picture of a site.

    Attributes
    ----------
    light : (ny, nx, 3) uint8
        Marker, serum and nuclei as red, green and blue.
    labels : (ny, nx) integers
        Of the cells, 0 between them.
    """

    light: Canvas
    labels: NDArray[Any]

    @classmethod
    def of(cls, images: Mapping[str, NDArray[Any]], cells: NDArray[Any], factor: int = 4) -> Self:
        """Make the picture of a site.

        Parameters
        ----------
        images : mapping
            Role → (ny, nx) intensities.
        cells : (ny, nx) integers
            Labels.
        factor : int
            How many pixels along each axis become one.
        """
        serum = next(name for name in sorted(images) if name.startswith(SERUM))
        light = np.stack([_stretched(images[name], factor) for name in (MARKER, serum, NUCLEI)], axis=-1)
        return cls(light, cells[::factor, ::factor])

    def outlined(self, cells: Table) -> Canvas:
        """Draw the outlines of cells in the colours of their classes; of those that are no row as left out."""
        colours = np.zeros((int(self.labels.max(initial=0)) + 1, 3), np.uint8)
        colours[:] = CLASSES["left out"]
        if len(cells):
            shown = (cells["excluded"] == "") & (cells["label"] < len(colours))
            for name, chosen in (("infected", cells["infected"] != 0), ("control", cells["infected"] == 0)):
                colours[cells["label"][shown & chosen]] = CLASSES[name]
        canvas, edge = self.light.copy(), _edges(self.labels)
        canvas[edge] = colours[self.labels[edge]]
        return canvas

    def write(self, path: Path) -> None:
        """Add it to the tables of its site."""
        with h5py.File(path, "r+", libver="latest") as file:
            group = file.create_group(_GROUP)
            group["light"] = self.light
            group.create_dataset("labels", data=self.labels, compression="gzip", compression_opts=1, shuffle=True)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read it from the tables of its site."""
        with h5py.File(path, "r") as file:
            return cls(file[_GROUP]["light"][()], file[_GROUP]["labels"][()])


def _stretched(image: NDArray[Any], factor: int) -> NDArray[np.uint8]:
    small = shrink(image, factor)
    low, high = np.percentile(small, (_LOW, _HIGH))
    return np.asarray(np.clip((small - low) / max(high - low, 1) * 255, 0, 255), np.uint8)


def _edges(labels: NDArray[Any]) -> NDArray[np.bool_]:
    edge = np.zeros(labels.shape, bool)
    edge[:-1] |= labels[:-1] != labels[1:]
    edge[:, :-1] |= labels[:, :-1] != labels[:, 1:]
    return edge & (labels > 0)
