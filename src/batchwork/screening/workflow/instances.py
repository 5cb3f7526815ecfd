"""Outlines of cells from predictions, where there are any: of a pixel project, or of a network."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batchwork.errors import ParameterError
from batchwork.screening.flooding import Flooding
from batchwork.screening.workflow.kinds import Container, Count, Light, Planes, Positive

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    Images = Mapping[str, NDArray[Any]]

_FLOODING = Flooding()


def segment_by_project(
    source: Path,
    output: Path,
    channels: str | None,
    planes: Planes | None,
    *,
    mapping: dict[str, str | None],
    container: Container = "h5",  # noqa: ARG001 - the output's name has it
    nucleus_diameter: Positive = 25.0,
    reach: Positive = 40.0,
    project: Path | None = None,
    project_channels: tuple[str, ...] = ("serum",),
    project_light: Light = "auto",
    boundary_channel: Count = 0,
    foreground_channel: Count = 1,
    background_channel: Count | None = None,
    nuclei_channel: Count | None = None,
    flooding: Flooding = _FLOODING,
) -> None:
    """Find the nuclei and cells of a site by a pixel project's boundaries and foreground; without one, by their light.

    Parameters
    ----------
    mapping : dict
        Channel → nuclei, marker, serum or cells, perhaps with a name as in serum_IgG; null drops it.
    container : str
        Of images and labels: HDF5 or N5.
    nucleus_diameter : float, pixels
        Of a usual nucleus.
    reach : float, pixels
        Without predictions cells end so far from their nucleus.
    project : Path
        A project of ilastik, an .ilp file.
    project_channels : tuple of str
        Roles of the images that a project sees as its channels, in its order; serum is IgG where there are several.
    project_light : str
        What a project sees: images as they are (raw), or counts above the dark under even light (even); auto gives
        the shipped project the latter and others the former.
    boundary_channel, foreground_channel : int
        Classes of a prediction, from 0 on, that are borders between cells and that are cells.
    background_channel : int
        Class, from 0 on, that is neither cell nor border; foreground is then all else.
    nuclei_channel : int
        Class, from 0 on, that is nuclei; without it they are found by their light.
    """
    from batchwork.screening.kernels.seeded import nuclei_of
    from batchwork.screening.workflow.predicting import Asked, predict_images

    images = _read(source, channels, planes, mapping)
    if project is None:
        _write_own(output, images, nucleus_diameter, reach)
        return
    inside = foreground_channel if background_channel is None else background_channel
    wanted = [boundary_channel, inside, *([] if nuclei_channel is None else [nuclei_channel])]
    asked = Asked(project, project_channels, project_light == "even")
    boundaries, foreground, *nuclei = predict_images(source, output, images, asked, wanted)
    labels = nuclei_of(nuclei[0], diameter_px=nucleus_diameter) if nuclei else _own_nuclei(images, nucleus_diameter)
    _write_flooded(output, images, labels, boundaries, _foreground(foreground, background_channel), flooding)


def segment_by_network(
    source: Path,
    output: Path,
    channels: str | None,
    planes: Planes | None,
    *,
    mapping: dict[str, str | None],
    container: Container = "h5",  # noqa: ARG001 - the output's name has it
    nucleus_diameter: Positive = 25.0,
    reach: Positive = 40.0,
    network: Path | None = None,
    network_channels: tuple[str, ...] = ("serum",),
    boundary_channel: Count = 1,
    foreground_channel: Count = 0,
    flooding: Flooding = _FLOODING,
) -> None:
    """Find the nuclei and cells of a site by a network's boundaries and foreground; without one, by their light.

    Parameters
    ----------
    mapping : dict
        Channel → nuclei, marker, serum or cells, perhaps with a name as in serum_IgG; null drops it.
    container : str
        Of images and labels: HDF5 or N5.
    nucleus_diameter : float, pixels
        Of a usual nucleus.
    reach : float, pixels
        Without predictions cells end so far from their nucleus.
    network : Path
        It predicts foreground and boundaries; ONNX, or TorchScript.
    network_channels : tuple of str
        Roles of the images that a network sees as its channels, in its order; serum is IgG where there are several.
    boundary_channel, foreground_channel : int
        Classes of a prediction, from 0 on, that are borders between cells and that are cells.
    """
    from batchwork.screening.networks import predict_planes
    from batchwork.screening.plates.channels import image_of

    images = _read(source, channels, planes, mapping)
    if network is None:
        _write_own(output, images, nucleus_diameter, reach)
        return
    seen = [image_of(images, role, "network_channels") for role in network_channels]
    found = predict_planes(network, seen, gpu=bool(os.environ.get("CUDA_VISIBLE_DEVICES")))
    for number in (boundary_channel, foreground_channel):
        if number >= len(found):
            raise ParameterError(f"{network}: has {len(found)} classes, from 0 on; there is no {number}")
    nuclei = _own_nuclei(images, nucleus_diameter)
    _write_flooded(output, images, nuclei, found[boundary_channel], found[foreground_channel], flooding)


def _read(source: Path, channels: str | None, planes: Planes | None, mapping: dict[str, str | None]) -> "Images":
    from batchwork.screening.plates.channels import parsed
    from batchwork.screening.plates.images import read_item

    return read_item(source, channels, planes, parsed(mapping))


def _own_nuclei(images: "Images", diameter: float) -> "NDArray[np.int32]":
    from batchwork.screening.kernels.nuclei import segment_nuclei
    from batchwork.screening.plates.channels import NUCLEI

    return segment_nuclei(images[NUCLEI], diameter_px=diameter)


def _foreground(predicted: "NDArray[Any]", background: int | None) -> "NDArray[Any]":
    return predicted if background is None else 1 - predicted


def _write_own(output: Path, images: "Images", diameter: float, reach: float) -> None:
    from batchwork.screening.kernels.cells import segment_cells
    from batchwork.screening.plates import containers
    from batchwork.screening.plates.channels import Roles

    nuclei = _own_nuclei(images, diameter)
    outlines = images[Roles({role: role for role in images}).outlines]
    cells = segment_cells(outlines, nuclei, reach_px=reach)
    containers.write_images(output, images, {containers.NUCLEI: nuclei, containers.CELLS: cells})


def _write_flooded(
    output: Path, images: "Images", nuclei: "NDArray[Any]", boundaries: Any, foreground: Any, flooding: Flooding
) -> None:
    from batchwork.screening.kernels.seeded import flood_from_nuclei
    from batchwork.screening.plates import containers

    cells = flood_from_nuclei(boundaries, foreground, nuclei, flooding)
    predicted = {containers.BOUNDARIES: boundaries, containers.FOREGROUND: foreground}
    labels = {containers.NUCLEI: nuclei, containers.CELLS: cells}
    containers.write_images(output, {**images, **predicted}, labels)
