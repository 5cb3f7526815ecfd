import numpy as np
from scipy import ndimage

from batchwork.screening.kernels.geometry import locate


def test_places_are_those_of_scipy():
    labels = np.random.default_rng(0).integers(0, 5, (40, 30)) * np.random.default_rng(1).integers(0, 2, (40, 30))
    found = locate(labels)
    ones, every = np.ones(labels.shape), range(1, 5)
    assert found.area.tolist() == ndimage.sum_labels(ones, labels, every).astype(int).tolist()
    assert np.allclose(found.centre, ndimage.center_of_mass(ones, labels, every))
    expected = [(s[0].start, s[1].start, s[0].stop, s[1].stop) for s in ndimage.find_objects(labels)]
    assert [tuple(box) for box in found.box.tolist()] == expected


def test_a_label_without_pixels_has_zeros():
    found = locate(np.array([[0, 3], [3, 1]], np.int32))
    assert found.area.tolist() == [1, 0, 2]
    assert found.centre.tolist() == [[1, 1], [0, 0], [0.5, 0.5]]
    assert found.box[1].tolist() == [0, 0, 0, 0]
    assert locate(np.zeros((3, 3), int)).area.size == 0
