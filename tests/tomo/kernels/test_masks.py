import numpy as np

from batchwork.tomo.kernels.masks import mask_circle, value_range


def test_outside_the_circle_is_nothing():
    images = np.ones((2, 10, 10), np.float32)
    mask_circle(images, 1.0)
    assert images[:, 0, 0].tolist() == [0, 0]
    assert images[:, 0, 4].tolist() == [1, 1]
    assert images[:, 5, 5].tolist() == [1, 1]
    mask_circle(images, 0.5, np.nan)
    assert np.isnan(images[0, 0, 4])
    assert images[0, 4, 4] == 1


def test_percentiles_pass_over_what_is_no_number():
    values = np.concatenate([np.arange(101, dtype=np.float32), [np.nan, np.inf]])
    assert value_range(values, 5, 95) == (5, 95)
    assert value_range(np.full(3, np.nan, np.float32), 5, 95) == (0, 1)
