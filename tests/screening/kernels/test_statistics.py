"""Statistics of objects, against plain numpy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchwork.errors import ParameterError
from batchwork.screening.kernels.statistics import measure

QUANTILES, TOP = (0.0, 0.3, 0.95, 1.0), (1, 10, 50)


def reference(values):
    """Describe the values of one object as numpy does."""
    values = values.astype(np.float64)
    median = np.median(values)
    top = [np.sort(values)[max(values.size - k, 0)] for k in TOP]
    mad = np.median(np.abs(values - median))
    return [values.mean(), median, mad, *np.quantile(values, QUANTILES), *top]


def described(labels, image):
    found = measure(labels, image, quantiles=QUANTILES, top=TOP)
    return found, np.column_stack([found.mean, found.median, found.mad, found.quantiles, found.top])


def field(dtype, shape=(80, 90), seed=0):
    rng = np.random.default_rng(seed)
    if np.dtype(dtype).kind == "f":
        return (rng.standard_normal(shape) * 10.0 ** rng.integers(-3, 4, shape)).astype(dtype)
    return rng.integers(0, np.iinfo(dtype).max + 1, shape).astype(dtype)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_every_statistic_equals_numpy(dtype):
    image, labels = field(dtype), np.random.default_rng(1).integers(0, 25, (80, 90))
    found, table = described(labels, image)
    assert found.area.size == labels.max()
    for label in range(1, labels.max() + 1):
        values = image[labels == label]
        assert found.area[label - 1] == values.size
        np.testing.assert_allclose(table[label - 1], reference(values), rtol=1e-12, atol=1e-12)


@given(st.lists(st.floats(-(2.0**99), 2.0**99, width=32), min_size=1, max_size=40))
def test_objects_of_any_values(values):
    image = np.array([values], np.float32)
    _, table = described(np.ones(image.shape, int), image)
    np.testing.assert_allclose(table[0], reference(image[0]), rtol=1e-9, atol=1e-30)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30))
def test_values_that_are_equal(values):
    image = np.array([values], np.uint16)
    _, table = described(np.ones(image.shape, int), image)
    np.testing.assert_allclose(table[0], reference(image[0]), rtol=1e-12)


def test_a_label_without_pixels_has_no_statistics():
    labels = np.array([[1, 1, 3]])
    found, table = described(labels, np.array([[4, 6, 9]], np.uint16))
    np.testing.assert_array_equal(found.area, [2, 0, 1])
    assert np.isnan(table[1]).all()
    assert found.mean[0] == 5


def test_an_image_without_objects_gives_an_empty_table():
    found, table = described(np.zeros((3, 3), int), np.ones((3, 3), np.uint16))
    assert found.area.size == 0
    assert table.shape == (0, 3 + len(QUANTILES) + len(TOP))


def test_nothing_asked_is_nothing_given():
    found = measure(np.ones((2, 2), int), np.ones((2, 2), np.uint8), quantiles=(), top=())
    assert found.quantiles.shape == found.top.shape == (1, 0)


@pytest.mark.parametrize(
    ("given_to_it", "text"),
    [
        ({"image": np.ones((2, 3), np.uint16)}, "shape"),
        ({"image": np.ones((2, 2), np.int32)}, "int32"),
        ({"quantiles": (1.2,)}, "quantiles"),
        ({"top": (0,)}, "top"),
    ],
)
def test_wrong_input_is_refused(given_to_it, text):
    with pytest.raises(ParameterError, match=text):
        measure(**{"labels": np.ones((2, 2), int), "image": np.ones((2, 2), np.uint16)} | given_to_it)
