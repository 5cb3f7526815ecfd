import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.screening.kernels.local_classes import local_classes


def test_spots_of_marker_on_cells_are_infected_and_the_rest_of_the_cells_is_not():
    rng = np.random.default_rng(0)
    serum, marker = rng.normal(1000, 10, (2, 200, 200))
    serum[40:160, 40:160] += 500
    marker[60:80, 60:80] += 800
    marker[5:20, 5:20] += 800
    infected, other = local_classes(marker.astype(np.uint16), serum.astype(np.uint16))
    assert not (infected & other).any()
    assert infected[64:76, 64:76].all()
    assert not infected[100:150, 100:150].any()
    assert other[100:150, 100:150].mean() > 0.99
    assert not (infected | other)[:25, :25].any()


def test_shapes_must_fit():
    with pytest.raises(ParameterError, match="one shape"):
        local_classes(np.zeros((4, 4), np.uint16), np.zeros((4, 5), np.uint16))
