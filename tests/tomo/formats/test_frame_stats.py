import h5py
import numpy as np
import pytest

from batchwork.tomo.formats.frame_set import FrameSet
from batchwork.tomo.formats.frame_stats import frame_stats, mean_frame, sample, saturation_level
from batchwork.tomo.formats.hdf5_frames import Hdf5Frames


@pytest.fixture
def frames(tmp_path):
    """Make frames of a dataset of given values and layout."""
    with h5py.File(tmp_path / "stack.h5", "w") as file:
        yield lambda values, **layout: FrameSet.whole(Hdf5Frames(file.create_dataset("stack", data=values, **layout)))


@pytest.mark.parametrize("layout", [{}, {"chunks": (8, 2, 5), "compression": "gzip"}])
@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_numbers_of_all_frames(frames, layout, dtype):
    values = np.random.default_rng(0).integers(1, 65536, (40, 7, 5)).astype(dtype)
    values[4] = 9
    stats = frame_stats(frames(values, **layout), deep=True)
    np.testing.assert_array_equal(stats.index, np.arange(40))
    np.testing.assert_array_equal(stats.pixels, 35)
    np.testing.assert_allclose(stats.mean, values.mean((1, 2), dtype=float))
    np.testing.assert_array_equal(stats.low, values.min((1, 2)))
    np.testing.assert_array_equal(stats.high, values.max((1, 2)))
    np.testing.assert_array_equal(np.flatnonzero(stats.constant), [4])


def test_values_that_are_no_number_are_counted_and_left_out(frames):
    values = np.ones((3, 4, 5), np.float32)
    values[1, 0, :2] = np.nan, -np.inf
    values[2] = np.nan
    stats = frame_stats(frames(values), deep=True)
    np.testing.assert_array_equal(stats.no_number, [0, 2, 20])
    np.testing.assert_array_equal(stats.mean, [1, 1, 0])
    np.testing.assert_array_equal(stats.constant, [True, False, False])


def test_a_sample_holds_both_ends():
    chosen = sample(1801, deep=False)
    assert (chosen.size, chosen[0], chosen[-1]) == (16, 0, 1800)
    assert sample(7, deep=False).size == 7
    assert sample(1801, deep=True).size == 1801


def test_mean_of_frames(frames):
    values = np.arange(24.0).reshape(4, 2, 3)
    np.testing.assert_allclose(mean_frame(frames(values), deep=True), values.mean(0))


@pytest.mark.parametrize(
    ("dtype", "highest", "level"),
    [
        (np.uint16, 4095, 4095),
        (np.uint16, 16383, 16383),
        (np.uint16, 5000, 65535),
        (np.uint8, 7, 255),
        (float, 4095, None),
    ],
)
def test_highest_count_of_the_camera(frames, dtype, highest, level):
    assert saturation_level(frames(np.full((3, 2, 2), highest, dtype))) == level
