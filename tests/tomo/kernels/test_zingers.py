"""Zingers, against a plain median."""

import numpy as np
import pytest
from scipy import ndimage

from batchwork.errors import ParameterError
from batchwork.tomo.kernels.zingers import remove_zingers


def reference(frames, size, threshold):
    """Replace spikes by the median, in plain scipy."""
    values = frames.astype(np.float32)
    median = ndimage.median_filter(values, (1, size, size), mode="nearest")
    return np.where(values - median > threshold, median, values).astype(frames.dtype)


def frames_with_spikes(dtype=np.uint16):
    rng = np.random.default_rng(0)
    frames = rng.integers(900, 1100, (4, 21, 33)).astype(dtype)
    for _ in range(40):
        frames[rng.integers(4), rng.integers(21), rng.integers(33)] += 5000
    frames[0, 0, 0] = frames[1, 20, 32] = frames[2, 10, 0] = 9000
    return frames


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
@pytest.mark.parametrize("size", [3, 5])
def test_spikes_become_the_median_and_nothing_else_changes(dtype, size):
    frames = frames_with_spikes(dtype)
    cleaned = remove_zingers(frames, size=size, threshold=1000.0)
    assert cleaned.dtype == dtype
    np.testing.assert_array_equal(cleaned, reference(frames, size, 1000.0))
    assert cleaned.max() < 1200


def test_bytes_are_taken():
    frames = np.full((1, 9, 9), 20, np.uint8)
    frames[0, 4, 4] = 250
    assert remove_zingers(frames, threshold=100.0).max() == 20


def test_a_low_threshold_acts_on_noise_as_the_median_says():
    frames = frames_with_spikes()
    np.testing.assert_array_equal(remove_zingers(frames, threshold=20.0), reference(frames, 5, 20.0))


def test_dark_spots_and_edges_of_objects_stay():
    frames = np.full((1, 20, 20), 1000, np.uint16)
    frames[0, :, 10:] = 100
    frames[0, 5, 5] = 0
    np.testing.assert_array_equal(remove_zingers(frames, threshold=300.0), frames)


def test_what_is_no_number_stays_and_spreads_not():
    frames = np.full((1, 9, 9), 5.0, np.float32)
    frames[0, 2, 2], frames[0, 6, 6] = np.nan, 900.0
    cleaned = remove_zingers(frames, threshold=100.0)
    assert np.isnan(cleaned[0, 2, 2])
    assert cleaned[0, 6, 6] == 5
    assert np.isnan(cleaned).sum() == 1


@pytest.mark.parametrize("given", [{"size": 4, "threshold": 1.0}, {"size": 5, "threshold": 0.0}])
def test_wrong_parameters_are_refused(given):
    with pytest.raises(ParameterError):
        remove_zingers(np.zeros((1, 4, 4), np.float32), **given)
    with pytest.raises(ParameterError, match="shape"):
        remove_zingers(np.zeros((4, 4), np.float32), threshold=1.0)
