import h5py
import numpy as np
import pytest
from PIL import Image
from tests.pixels.conftest import write_project
from tests.pixels.forests import blobs

from batchwork.pixels.drift import drift_of, training_images
from batchwork.pixels.projects import read_project
from batchwork.pixels.sources import ArraySource

LARGE = (300, 400)


def drift(project, pixels, digest="x"):
    return drift_of(read_project(project), digest, ArraySource(pixels[None, None, ..., None]))


@pytest.fixture
def project(tmp_path):
    path = tmp_path / "p.ilp"
    write_project(path, image=blobs(1, *LARGE)[..., None])
    Image.fromarray(blobs(*LARGE)).save(tmp_path / "cells.png")
    return path


def test_the_training_image_is_near_others_of_its_kind_nearer_than_those_of_another(project):
    itself = drift(project, blobs(*LARGE))
    alike = drift(project, blobs(*LARGE, seed=5))
    dark = drift(project, blobs(*LARGE, seed=5) // 4)
    noise = drift(project, np.random.default_rng(0).integers(0, 255, LARGE).astype(np.uint8))
    assert itself.score == 0
    assert alike.score < 0.1
    assert min(dark.score, noise.score) > 0.8
    assert "σ=" in dark.feature


def test_without_a_training_image_nothing_is_said(project):
    (project.parent / "cells.png").unlink()
    assert drift(project, blobs(*LARGE), "gone") is None


def test_a_damaged_training_image_counts_as_none(project):
    (project.parent / "cells.png").write_bytes(b"no picture")
    assert drift(project, blobs(*LARGE), "damaged") is None


def test_training_images_are_found_in_the_project_and_beside_it_when_they_were_moved(project):
    with h5py.File(project, "a") as file:
        file["Input Data/infos/lane0000/Raw Data/filePath"][()] = b"/elsewhere/day 1/cells.png"
    assert [one.location for one in training_images(read_project(project))] == [str(project.parent / "cells.png")]
    with h5py.File(project, "a") as file:
        info = file["Input Data/infos/lane0000/Raw Data"]
        del info["__class__"]
        info["__class__"], info["inner_path"] = b"ProjectInternalDatasetInfo", b"Input Data/local_data/u"
        file["Input Data/local_data/u"] = blobs(*LARGE)[..., None]
    assert drift(project, blobs(*LARGE), "inside").score == 0
