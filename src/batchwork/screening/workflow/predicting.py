"""Predictions of pixel projects, made by the step of another pack that is registered for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

import h5py
import numpy as np
from numpy.typing import NDArray

from batchwork.engine.loading import get_step
from batchwork.errors import BatchworkError, ParameterError
from batchwork.extras import needs_extra
from batchwork.screening.kernels.even_light import even_light
from batchwork.screening.parameters import PixelProject
from batchwork.screening.plates.channels import image_of

SHIPPED = Path(str(files("batchwork.screening.settings").joinpath("local_infection.ilp")))
"""The project that comes with this package; `benchmarks/screening_project.py` has trained it.

Another one makes results of its own: it needs a new version of the step."""
_STEP = "pixels.predict"
_DATASET = "exported_data"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which project, and what it sees.

    Attributes
    ----------
    project : Path
        An .ilp file.
    channels : tuple of str
        Roles of images in the order of the project's channels.
    even : bool
        Whether it sees counts above the dark under even light, instead of images as they are.
    """

    project: Path
    channels: tuple[str, ...]
    even: bool

    @classmethod
    def of(cls, chosen: PixelProject) -> Self:
        """Make it from the user's choice, with the shipped project where there is none."""
        shipped = chosen.project is None
        even = chosen.project_light == "even" or (chosen.project_light == "auto" and shipped)
        return cls(chosen.project or SHIPPED, chosen.project_channels, even)


def predict_images(
    source: Path, output: Path, images: Mapping[str, NDArray[Any]], asked: Asked, classes: Sequence[int]
) -> list[NDArray[np.float32]]:
    """Give the probabilities of some classes of a project.

    Parameters
    ----------
    source : Path
        Names the image in errors.
    output : Path
        Where the site's own result goes; the project's input and result stand beside it as long as it runs.
    images : mapping
        Role → (ny, nx).
    asked : Asked
    classes : sequence of int
        From 0 on.

    Returns
    -------
    list of (ny, nx) float32

    Raises
    ------
    ParameterError
        If the project has no such class, or there is no image of a role.
    MissingExtraError
        If a library of the extra `pixels` is missing.
    BatchworkError
        If the project cannot be used, or not for these images.
    """
    planes = output.with_name(f"{output.name}.planes.npy")
    result = output.with_name(f"{output.name}.classes.h5")
    try:
        np.save(planes, seen(images, asked))
        with needs_extra("pixels", f"the pixel project {asked.project.name}"):
            get_step(_STEP)(planes, result, None, project=asked.project, input_axes="yxc")
        with h5py.File(result, "r") as file:
            return [_class(file[_DATASET], number, asked.project) for number in classes]
    except BatchworkError as error:
        raise type(error)(str(error).replace(str(planes), source.name)) from error
    finally:
        planes.unlink(missing_ok=True)
        result.unlink(missing_ok=True)


def seen(images: Mapping[str, NDArray[Any]], asked: Asked) -> NDArray[Any]:
    """Stack what a project sees of a site: (ny, nx, channels)."""
    planes = [image_of(images, role, "project_channels") for role in asked.channels]
    if not asked.even:
        return np.stack(planes, axis=-1)
    even = [even_light(plane) for plane in planes]
    return np.stack([one.image - np.float32(one.dark) for one in even], axis=-1)


def _class(dataset: Any, number: int, project: Path) -> NDArray[np.float32]:  # Any: h5py has no types
    if number >= dataset.shape[-1]:
        raise ParameterError(f"{project}: has {dataset.shape[-1]} classes, from 0 on; there is no {number}")
    return np.asarray(dataset[..., number], np.float32)
