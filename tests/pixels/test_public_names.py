import doctest

import numpy as np
import pytest
from tests.pixels.forests import blobs
from tests.pixels.training.drawing import strokes

import batchwork.pixels as px
from batchwork.errors import ParameterError
from batchwork.pixels.training import arrays


def test_every_name_is_there():
    assert dir(px) == px.__all__ == sorted(px._HOMES)
    assert all(getattr(px, name) is not None for name in px.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        px.nothing  # noqa: B018 - looking is the test


def test_examples_are_right():
    assert doctest.testmod(arrays, extraglobs={"np": np}).failed == 0


@pytest.mark.parametrize(("axes", "size"), [("yx", (50, 60)), ("cyx", (2, 50, 60)), ("zyx", (14, 20, 22))])
def test_train_and_predict_on_arrays(axes, size):
    image = blobs(*size)
    labels = strokes(image[0] if "c" in axes else image)
    trained = px.train_on_arrays([image], [labels], axes, growth=px.Growth(trees=20))
    found = px.predict([trained.ready(2)], image, axes)
    labelled = np.moveaxis(found, axes.index("c"), -1) if "c" in axes else found
    assert np.mean(labelled.argmax(-1)[labels > 0] + 1 == labels[labels > 0]) > 0.97


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        ([], "1 images, but 0"),
        ([np.zeros((5, 6), np.uint8)], r"image 0: labels \(5, 6\) do not fit"),
        ([np.zeros((50, 60, 1), np.uint8)], "do not fit"),
        ([np.full((50, 60), 0.5)], "whole numbers"),
        ([np.full((50, 60), 256)], "whole numbers"),
        ([np.full((50, 60), -1)], "whole numbers"),
    ],
)
def test_labels_that_do_not_fit_are_refused(labels, text):
    with pytest.raises(ParameterError, match=text):
        px.train_on_arrays([blobs(50, 60)], labels, "yx")
