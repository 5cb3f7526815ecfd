import numpy as np
import pytest

from batchwork.screening.kernels.pyramids import pyramid


def test_images_are_averaged_and_labels_picked():
    image = np.arange(37 * 50, dtype=np.uint16).reshape(37, 50)
    levels = pyramid(image)
    assert [level.shape for level in levels] == [(37, 50), (18, 25), (9, 12), (4, 6), (2, 3)]
    assert {level.dtype for level in levels} == {np.dtype(np.uint16)}
    assert levels[2][1, 3] == pytest.approx(image[4:8, 12:16].mean(), abs=0.5)
    labels = np.kron([[1, 5], [9, 2]], np.ones((8, 8), np.int32)).astype(np.int32)
    assert [set(np.unique(level)) for level in pyramid(labels, labels=True)[:4]] == [{1, 2, 5, 9}] * 4


def test_small_images_have_fewer_levels():
    assert [level.shape for level in pyramid(np.ones((5, 3), np.float32))] == [(5, 3), (2, 1)]
