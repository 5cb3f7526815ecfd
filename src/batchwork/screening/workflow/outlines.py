"""The nuclei and cells of a site, found by their light or flooded over predictions, into its container."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from batchwork.screening.kernels.cells import segment_cells
from batchwork.screening.kernels.nuclei import segment_nuclei
from batchwork.screening.kernels.seeded import flood_from_nuclei
from batchwork.screening.kinds import Planes
from batchwork.screening.parameters import Flooding, Imaging, Outlining
from batchwork.screening.plates import containers
from batchwork.screening.plates.channels import NUCLEI, Roles, parsed
from batchwork.screening.plates.images import read_item

Images = Mapping[str, NDArray[Any]]
"""Role → (ny, nx)."""


def images_of(source: Path, channels: str | None, planes: Planes | None, imaging: Imaging) -> Images:
    """Read the images of a site; `channels` and `planes` are the item's, see `read_item`."""
    return read_item(source, channels, planes, parsed(imaging.mapping))


def nuclei_by_light(images: Images, outlining: Outlining) -> NDArray[Any]:
    """Find nuclei: (ny, nx) labels."""
    return segment_nuclei(images[NUCLEI], diameter_px=outlining.nucleus_diameter)


def write_by_light(output: Path, images: Images, outlining: Outlining) -> None:
    """Find nuclei and cells by their light, and write them with the images."""
    nuclei = nuclei_by_light(images, outlining)
    outlines = images[Roles({role: role for role in images}).outlines]
    cells = segment_cells(outlines, nuclei, reach_px=outlining.reach)
    containers.write_images(output, images, {containers.NUCLEI: nuclei, containers.CELLS: cells})


def write_flooded(
    output: Path,
    images: Images,
    nuclei: NDArray[Any],
    boundaries: NDArray[Any],
    foreground: NDArray[Any],
    flooding: Flooding,
) -> None:
    """Grow cells from nuclei over predictions, and write all of it with the images.

    Parameters
    ----------
    output : Path
    images : mapping
        Role → (ny, nx).
    nuclei : (ny, nx) integers
        Labels.
    boundaries, foreground : (ny, nx) float32
        Probabilities.
    flooding : Flooding
    """
    cells = flood_from_nuclei(boundaries, foreground, nuclei, flooding)
    predicted = {containers.BOUNDARIES: boundaries, containers.FOREGROUND: foreground}
    labels = {containers.NUCLEI: nuclei, containers.CELLS: cells}
    containers.write_images(output, {**images, **predicted}, labels)
