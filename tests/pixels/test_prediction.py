import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from batchwork.errors import ParameterError
from batchwork.pixels.blocking import Region
from batchwork.pixels.errors import EmptyImage, ImageTooSmall, NotFiniteImage, WrongAxes, WrongChannels
from batchwork.pixels.kernels.features import compute_features
from batchwork.pixels.prediction import Predictor, predict
from batchwork.pixels.projects import read_project
from batchwork.pixels.sources import ArraySource, as_pixels

from . import reference
from .forests import blobs, classifier_for


def real(test_data, project, image):
    """The classifiers of a real project, and an image."""
    folder = test_data / "pixels"
    if image.endswith(".npy"):
        return read_project(folder / project).classifiers(), np.load(folder / image)
    return read_project(folder / project).classifiers(), np.asarray(Image.open(folder / image))


@pytest.mark.parametrize(
    ("project", "image", "axes", "stages", "result"),
    [
        ("PixelClass.ilp", "Data_1channel.png", "yx", 1, "res-Data_1channel_pc1xyc.npy"),
        ("PixelClass3Channel.ilp", "Data_3channel.png", "yxc", 1, "res-Data_3channel_pc3c.npy"),
        ("PixelClass3D.ilp", "Data_3D.npy", "zyxc", 1, "res-Data_3D_pc3d.npy"),
        ("Autocontext_2D.ilp", "Data_1channel.png", "yx", 1, "res-Data_1channel_ac2ds1.npy"),
        ("Autocontext_2D.ilp", "Data_1channel.png", "yx", 2, "res-Data_1channel_ac2ds2.npy"),
    ],
)
def test_real_projects_give_what_ilastik_computed(test_data, project, image, axes, stages, result):
    classifiers, pixels = real(test_data, project, image)
    found = predict(classifiers[:stages], pixels, axes)
    wanted = np.load(test_data / "pixels" / result)
    assert found.shape == wanted.shape
    off = np.abs(found - wanted)
    assert np.mean(off >= 0.015) <= 1e-3
    assert off.max() < 0.15
    assert np.mean(found.argmax(-1) == wanted.argmax(-1)) >= 0.9999


def test_probabilities_are_the_forest_of_the_features():
    image = blobs(1, 50, 90)[..., None]
    classifier = classifier_for(image, (0.7, 3.5), classes=3)
    rows = compute_features(image, classifier.selection)[0]
    wanted = reference.probabilities(classifier.forest, rows[::7, ::7].reshape(-1, rows.shape[-1]))
    found = predict([classifier], image[0, ..., 0], "yx")[::7, ::7].reshape(-1, 3)
    np.testing.assert_allclose(found, wanted, atol=1e-6)


def spans(extent):
    """First pixel and the one after the last."""
    return st.tuples(st.integers(0, extent - 1), st.integers(1, extent)).map(lambda p: (p[0], min(extent, sum(p))))


class Whole:
    """An image, classifiers, and the probabilities of the image in one piece."""

    def __init__(self, image, classifiers):
        self.predictor = Predictor.of(classifiers, ArraySource(image[None, ..., None]))
        self.image, self.classifiers = image, classifiers
        whole = tuple((0, n) for n in image.shape)
        self.probabilities = self.predictor.probabilities(0, whole)

    def assert_equal_in(self, box):
        part = self.predictor.probabilities(0, box)
        np.testing.assert_array_equal(part, self.probabilities[tuple(slice(*span) for span in box)])


@pytest.fixture(scope="module")
def plane():
    image = blobs(1, 270, 1100)
    return Whole(image, [classifier_for(image[..., None], (0.3, 1.0, 10.0))])


@pytest.fixture(scope="module")
def volume():
    image = blobs(20, 45, 140)
    return Whole(image, [classifier_for(image[..., None], (0.7, 1.6, 3.5), in_2d=(False, True, False))])


@pytest.fixture(scope="module")
def autocontext():
    image = blobs(1, 60, 150)
    first = classifier_for(image[..., None], (1.0, 3.5), classes=3)
    middle = Predictor.of([first], ArraySource(image[None, ..., None]))
    seen = np.concatenate([image[..., None], as_pixels(middle.probabilities(0, middle.whole.box), image.dtype)], -1)
    return Whole(image, [first, classifier_for(seen, (0.7, 3.5))])


@settings(max_examples=25)
@given(y=spans(270), x=spans(1100))
def test_a_part_of_a_plane_has_the_bits_of_the_whole(plane, y, x):
    plane.assert_equal_in(((0, 1), y, x))


@settings(max_examples=15)
@given(z=spans(20), y=spans(45), x=spans(140))
def test_a_part_of_a_volume_has_the_bits_of_the_whole(volume, z, y, x):
    volume.assert_equal_in((z, y, x))


@settings(max_examples=10)
@given(y=spans(60), x=spans(150))
def test_a_part_of_autocontext_has_the_bits_of_the_whole(autocontext, y, x):
    autocontext.assert_equal_in(((0, 1), y, x))


@pytest.mark.parametrize("whole", ["plane", "volume", "autocontext"])
def test_any_number_of_threads_and_any_memory_give_the_same_bits(whole, request):
    made = request.getfixturevalue(whole)
    for threads, max_bytes in ((1, 1), (2, 1), (3, 1 << 30), (7, 3 << 20)):
        found = predict(made.classifiers, made.image, "zyx", threads=threads, max_bytes=max_bytes)
        np.testing.assert_array_equal(found, made.probabilities)


def test_a_region_is_cut_into_blocks_in_order(plane):
    region = Region((0, 1), ((0, 1), (13, 200), (7, 901)))
    out = np.full((*plane.image.shape, 2), np.nan, np.float32)
    corners = []
    for time, box, block in plane.predictor.blocks(region, threads=2, max_bytes=1):
        corners.append((time, box[0][0], box[1][0], box[2][0]))
        assert np.isnan(out[tuple(slice(*span) for span in box)]).all()
        out[tuple(slice(*span) for span in box)] = block
    assert corners == sorted(corners)
    assert len(corners) > 10
    wanted = np.full_like(out, np.nan)
    wanted[:, 13:200, 7:901] = plane.probabilities[:, 13:200, 7:901]
    np.testing.assert_array_equal(out, wanted)


def test_the_second_stage_sees_the_image_and_the_probabilities_of_the_first(autocontext):
    first, second = autocontext.classifiers
    probabilities = predict([first], autocontext.image, "zyx")
    seen = np.concatenate(
        [autocontext.image[..., None], np.floor(probabilities * np.float32(255)).astype(np.uint8)], -1
    )
    np.testing.assert_array_equal(predict([second], seen, "zyxc"), autocontext.probabilities)


def test_axes_may_stand_in_any_order(volume):
    image, wanted = volume.image, volume.probabilities
    np.testing.assert_array_equal(
        predict(volume.classifiers, image.transpose(2, 0, 1), "xzy"), wanted.transpose(2, 0, 1, 3)
    )
    channel_first = predict(volume.classifiers, image[None], "czyx")
    np.testing.assert_array_equal(channel_first, np.moveaxis(wanted, -1, 0))


def test_times_are_independent(plane):
    series = np.stack([plane.image[0], plane.image[0, ::-1]])
    found = predict(plane.classifiers, series, "tyx")
    assert found.shape == (2, 270, 1100, 2)
    np.testing.assert_array_equal(found[0], plane.probabilities[0])
    np.testing.assert_array_equal(found[1], predict(plane.classifiers, series[1], "yx"))


def test_labels_that_the_forest_does_not_know_have_probability_zero():
    image = blobs(1, 40, 40)
    found = predict([classifier_for(image[..., None], (1.0,), labels=(2, 4))], image[0], "yx")
    assert found.shape == (40, 40, 4)
    assert not found[..., [0, 2]].any()
    np.testing.assert_allclose(found.sum(-1), 1.0)


def test_images_that_do_not_fit(plane, volume):
    classifiers, image = plane.classifiers, plane.image[0]
    with pytest.raises(WrongChannels, match="the image has 3 channels, the project was trained on 1"):
        predict(classifiers, np.stack([image] * 3, -1), "yxc")
    with pytest.raises(WrongChannels, match="trained on volumes, the image has one slice; check its axes"):
        predict(volume.classifiers, image, "yx")
    loose = classifier_for(plane.image[..., None], (1.0,), in_2d=(False,))
    with pytest.raises(WrongChannels, match="trained on single slices, the image has several"):
        predict([loose], blobs(20, 30, 30), "zyx")
    with pytest.raises(ImageTooSmall, match="scale 10 needs"):
        predict(classifiers, image[:30], "yx")
    with pytest.raises(EmptyImage):
        predict(classifiers, image[:0], "yx")
    with pytest.raises(WrongAxes, match="name 3 dimensions, the image has 2"):
        predict(classifiers, image, "zyx")
    bad = image.astype(np.float32)
    bad[260, 1099] = np.nan
    with pytest.raises(NotFiniteImage, match=r"t 0, z 0, y 260, x 1099, c 0\); replace"):
        predict(classifiers, bad, "yx", max_bytes=1)
    with pytest.raises(ParameterError, match="threads must be at least 1, not 0"):
        predict(classifiers, image, "yx", threads=0)
    with pytest.raises(ParameterError, match="no classifier"):
        predict([], image, "yx")
