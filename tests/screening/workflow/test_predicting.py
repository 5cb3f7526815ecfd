"""Pixel projects within screening: what they see, which classes are taken, what is told when they do not fit."""

import builtins

import h5py
import numpy as np
import pytest

from batchwork.errors import BatchworkError, MissingExtraError, ParameterError
from batchwork.pixels import Feature, FeatureSelection, Growth, write_project
from batchwork.pixels.sources import ArraySource
from batchwork.pixels.training.lanes import Lane, blocks_of_labels
from batchwork.pixels.training.saving import new_project
from batchwork.pixels.training.training import train
from batchwork.screening.workflow.predicting import SHIPPED, Asked, predict_images, seen

SHAPE = (64, 80)


def images():
    """Give channels whose left, middle and right third are bright."""
    x = np.broadcast_to(np.arange(SHAPE[1]), SHAPE)
    roles = ("nuclei", "marker", "serum_IgG")
    return {
        role: np.where((x >= 27 * k) & (x < 27 * (k + 1)), 900, 100).astype(np.uint16) for k, role in enumerate(roles)
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project of two channels: class 1 where the first is bright, 2 where the second is, 3 elsewhere."""
    path = tmp_path_factory.mktemp("project") / "two.ilp"
    planes = images()
    image = np.stack([planes["marker"], planes["serum_IgG"]], axis=-1)
    labels = np.where(image[..., 0] > 500, 1, np.where(image[..., 1] > 500, 2, 3)).astype(np.uint8)
    lane = Lane("image", ArraySource(image[None, None]), "yx", blocks_of_labels(labels, "yx"))
    selection = FeatureSelection((Feature.GAUSSIAN_SMOOTHING,), (0.7,), ((True,),))
    write_project(path, new_project(path, ["a.h5/image"], [lane], train([lane], selection, Growth(10, 1))))
    return path


def test_a_project_sees_the_channels_that_are_named_in_their_order(project, tmp_path):
    asked = Asked(project, ("marker", "serum"), even=False)
    first, third = predict_images(tmp_path / "raw.tif", tmp_path / "out.h5", images(), asked, (0, 2))
    assert (first[:, 30:50] > 0.9).all()
    assert (third[:, :24] > 0.9).all()
    assert first.dtype == np.float32
    assert list(tmp_path.iterdir()) == []
    swapped = Asked(project, ("serum", "marker"), even=False)
    (first,) = predict_images(tmp_path / "raw.tif", tmp_path / "out.h5", images(), swapped, (0,))
    assert (first[:, 57:] > 0.9).all()


def test_what_does_not_fit_is_told_by_the_names_of_the_user(project, tmp_path):
    def run(channels, classes=(0, 1)):
        predict_images(
            tmp_path / "raw.tif", tmp_path / "out.h5", images(), Asked(project, channels, even=False), classes
        )

    with pytest.raises(ParameterError, match=r"two\.ilp: has 3 classes, from 0 on; there is no 3"):
        run(("marker", "serum"), (0, 3))
    with pytest.raises(ParameterError, match="names 'serum_IgA'; this plate has nuclei, marker, serum_IgG"):
        run(("marker", "serum_IgA"))
    with pytest.raises(BatchworkError, match=r"raw\.tif: .* 3 channels.* trained on 2"):
        run(("nuclei", "marker", "serum"))
    assert list(tmp_path.iterdir()) == []


def test_even_light_is_counts_above_the_dark():
    noise = np.random.default_rng(0).normal(1000, 5, (3, *SHAPE))
    noise[1, 20:30, 20:30] += 400
    planes = dict(zip(("nuclei", "marker", "serum"), noise.astype(np.uint16), strict=True))
    told = seen(planes, Asked(SHIPPED, ("marker", "serum"), even=True))
    assert told.dtype == np.float32
    assert np.median(told, axis=(0, 1)) == pytest.approx([0, 0], abs=3)
    assert told[20:30, 20:30].mean((0, 1)) == pytest.approx([400, 0], abs=12)


def test_without_the_extra_it_is_said_what_to_install(project, tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *more):
        if name == "batchwork.pixels.projects":
            raise ModuleNotFoundError("No module named 'PIL'", name="PIL")
        return real(name, *more)

    monkeypatch.setattr(builtins, "__import__", without)
    project.with_name("other.ilp").write_bytes(project.read_bytes())
    asked = Asked(project.with_name("other.ilp"), ("marker", "serum"), even=False)
    with pytest.raises(MissingExtraError, match=r"the pixel project other\.ilp needs 'PIL': pip install .*\[pixels\]"):
        predict_images(tmp_path / "raw.tif", tmp_path / "out.h5", images(), asked, (0,))


def test_the_shipped_project_is_small_and_tells_nothing_of_where_it_was_made():
    assert SHIPPED.stat().st_size < 1_000_000
    with h5py.File(SHIPPED, "r") as file:
        names = file["PixelClassification/LabelNames"][()].tolist()
        places = [info["Raw Data/filePath"][()] for info in file["Input Data/infos"].values()]
    assert names == [b"local_infected", b"local_not_infected", b"background"]
    assert not [place for place in places if place.startswith(b"/")]
