import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from batchwork.errors import ParameterError
from batchwork.pixels.objects.kernels.components import components
from batchwork.pixels.objects.kernels.smoothing import smoothed
from batchwork.pixels.objects.kernels.thresholds import Thresholding, find_objects

PLAIN = {"sigma": (0.0, 0.0, 0.0), "min_size": 1}


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10**6),
    shape=st.sampled_from([(1, 30, 40), (9, 10, 11), (4, 1, 30), (1, 1, 1)]),
    share=st.floats(0, 1),
    corners=st.booleans(),
)
def test_components_are_those_of_scipy_in_the_same_order(seed, shape, share, corners):
    inside = np.random.default_rng(seed).random(shape) < share
    wanted, count = ndimage.label(inside, np.ones((3, 3, 3)) if corners else None)
    labels, found = components(inside, corners=corners)
    assert found == count
    np.testing.assert_array_equal(labels, wanted)


@pytest.mark.parametrize(
    ("shape", "sigmas"), [((1, 40, 50), (2.0, 1.0, 3.0)), ((20, 21, 22), (1.5, 0.0, 2.0)), ((3, 4, 5), (4, 4, 4))]
)
def test_smoothing_is_that_of_scipy(shape, sigmas):
    volume = np.random.default_rng(0).random(shape).astype(np.float32)
    used = [sigma if n > 1 else 0 for sigma, n in zip(sigmas, shape, strict=True)]
    wanted = ndimage.gaussian_filter(volume.astype(float), used, mode="mirror", truncate=3.5)
    np.testing.assert_allclose(smoothed(volume, sigmas), wanted, atol=2e-6)


def row(*values):
    return np.array(values, np.float32).reshape(1, 1, -1)


def test_objects_lie_above_the_threshold_and_are_numbered_in_order():
    labels, count = find_objects(row(0.9, 0.5, 0.6, 0.6, 0.2), Thresholding(0.5, **PLAIN))
    assert labels.ravel().tolist() == [1, 0, 2, 2, 0]
    assert count == 2


def test_with_hysteresis_only_objects_with_a_core_stay_but_they_stay_whole():
    labels, count = find_objects(row(0.3, 0.9, 0.3, 0.1, 0.4, 0.4), Thresholding(0.2, core=0.5, **PLAIN))
    assert (labels.ravel().tolist(), count) == ([1, 1, 1, 0, 0, 0], 1)


def test_objects_of_a_wrong_size_are_left_out_and_the_others_numbered_anew():
    image = row(1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1)
    labels, count = find_objects(image, Thresholding(0.5, sigma=(0, 0, 0), min_size=2, max_size=2))
    assert (labels.ravel().tolist(), count) == ([0, 0, 1, 1, 0, 0, 0, 0, 0, 2, 2], 2)


def test_corners_join_or_not():
    image = np.eye(3, dtype=np.float32)[np.newaxis]
    assert find_objects(image, Thresholding(0.5, **PLAIN))[1] == 3
    assert find_objects(image, Thresholding(0.5, corners=True, **PLAIN))[1] == 1


def test_smoothing_comes_before_the_threshold():
    image = np.zeros((1, 21, 21), np.float32)
    image[0, 10, 10] = 1
    assert find_objects(image, Thresholding(0.05, min_size=1))[0].sum() > 1
    assert find_objects(image, Thresholding(0.2, min_size=1))[1] == 0


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"threshold": 1.2}, "threshold"),
        ({"threshold": -0.1}, "threshold"),
        ({"threshold": 0.5, "core": 0.4}, "core"),
        ({"sigma": (1, -1, 1)}, "sigma"),
        ({"sigma": (1, float("nan"), 1)}, "sigma"),
        ({"min_size": 9, "max_size": 8}, "max_size 8"),
    ],
)
def test_values_without_meaning_are_refused(options, text):
    with pytest.raises(ParameterError, match=text):
        Thresholding(**options)
