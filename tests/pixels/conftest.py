"""A small project of our own, images for it, and the program."""

from dataclasses import dataclass
from pathlib import Path

import h5py
import pytest
from PIL import Image
from tests.pixels.forests import blobs, classifier_for
from tests.pixels.projects.writing import NAMES, write_features, write_input, write_stage

SCALES = (0.7, 1.6)


def write_project(path, *, image=None, in_2d=None, names=("cell", "rest"), export=None, shape=None, axes="yxc"):
    """A project of one stage whose forest splits at values that occur in `image` (z, y, x, c)."""
    image = blobs(1, 40, 50)[..., None] if image is None else image
    made = classifier_for(image, SCALES, in_2d=in_2d, classes=len(names))
    with h5py.File(path, "w") as file:
        file["workflowName"], file["ilastikVersion"] = b"Pixel Classification", b"1.4.0"
        write_features(file, SCALES, [[True] * len(SCALES)] * len(NAMES), in_2d or [True] * len(SCALES))
        write_input(file, shape=shape or (*image.shape[1:3], image.shape[3]), axes=axes)
        write_stage(file, made.forest, labels=made.labels, names=names)
        for key, value in (export or {}).items():
            file[f"Prediction Export/{key}"] = value
    return made


@dataclass(frozen=True, slots=True)
class Cells:
    """A folder with a project and images."""

    folder: Path
    project: Path

    def image(self, name, shape=(40, 50), seed=0):
        pixels = blobs(*shape, seed=seed)
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
        return path


@pytest.fixture
def cells(tmp_path) -> Cells:
    """A project, and ``cells.png``, with which it was made."""
    found = Cells(tmp_path / "data", tmp_path / "data" / "cells.ilp")
    found.folder.mkdir()
    write_project(found.project)
    found.image("cells.png")
    return found
