"""Outlines of cells from predictions, where there are any: of a pixel project, or of a network."""

import os
from pathlib import Path

from batchwork.errors import ParameterError
from batchwork.screening.kinds import Count, Planes
from batchwork.screening.parameters import Flooding, Imaging, Outlining, PixelProject

_BY_LIGHT = Outlining()
_FLOODING = Flooding()
_NO_PROJECT = PixelProject(project_channels=("serum",))


def segment_by_project(
    source: Path,
    output: Path,
    channels: str | None,
    planes: Planes | None,
    *,
    imaging: Imaging,
    outlining: Outlining = _BY_LIGHT,
    pixel_project: PixelProject = _NO_PROJECT,
    boundary_channel: Count = 0,
    foreground_channel: Count = 1,
    background_channel: Count | None = None,
    nuclei_channel: Count | None = None,
    flooding: Flooding = _FLOODING,
) -> None:
    """Find the nuclei and cells of a site by a pixel project's boundaries and foreground; without one, by their light.

    Parameters
    ----------
    boundary_channel, foreground_channel : int
        Classes of a prediction, from 0 on, that are borders between cells and that are cells.
    background_channel : int
        Class, from 0 on, that is neither cell nor border; foreground is then all else.
    nuclei_channel : int
        Class, from 0 on, that is nuclei; without it they are found by their light.
    """
    from batchwork.screening.kernels.seeded import nuclei_of
    from batchwork.screening.workflow import outlines
    from batchwork.screening.workflow.predicting import Asked, predict_images

    images = outlines.images_of(source, channels, planes, imaging)
    if pixel_project.project is None:
        outlines.write_by_light(output, images, outlining)
        return
    inside = foreground_channel if background_channel is None else background_channel
    wanted = [boundary_channel, inside, *([] if nuclei_channel is None else [nuclei_channel])]
    boundaries, found, *nuclei = predict_images(source, output, images, Asked.of(pixel_project), wanted)
    foreground = found if background_channel is None else 1 - found
    labels = (
        nuclei_of(nuclei[0], diameter_px=outlining.nucleus_diameter)
        if nuclei
        else outlines.nuclei_by_light(images, outlining)
    )
    outlines.write_flooded(output, images, labels, boundaries, foreground, flooding)


def segment_by_network(
    source: Path,
    output: Path,
    channels: str | None,
    planes: Planes | None,
    *,
    imaging: Imaging,
    outlining: Outlining = _BY_LIGHT,
    network: Path | None = None,
    network_channels: tuple[str, ...] = ("serum",),
    boundary_channel: Count = 1,
    foreground_channel: Count = 0,
    flooding: Flooding = _FLOODING,
) -> None:
    """Find the nuclei and cells of a site by a network's boundaries and foreground; without one, by their light.

    Parameters
    ----------
    network : Path
        It predicts foreground and boundaries; ONNX, or TorchScript.
    network_channels : tuple of str
        Roles of the images that a network sees as its channels, in its order; serum is IgG where there are several.
    boundary_channel, foreground_channel : int
        Classes of a prediction, from 0 on, that are borders between cells and that are cells.
    """
    from batchwork.screening.networks import predict_planes
    from batchwork.screening.plates.channels import image_of
    from batchwork.screening.workflow import outlines

    images = outlines.images_of(source, channels, planes, imaging)
    if network is None:
        outlines.write_by_light(output, images, outlining)
        return
    seen = [image_of(images, role, "network_channels") for role in network_channels]
    found = predict_planes(network, seen, gpu=bool(os.environ.get("CUDA_VISIBLE_DEVICES")))
    for number in (boundary_channel, foreground_channel):
        if number >= len(found):
            raise ParameterError(f"{network}: has {len(found)} classes, from 0 on; there is no {number}")
    nuclei = outlines.nuclei_by_light(images, outlining)
    outlines.write_flooded(output, images, nuclei, found[boundary_channel], found[foreground_channel], flooding)
