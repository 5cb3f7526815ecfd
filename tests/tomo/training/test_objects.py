import numpy as np
import pytest

from batchwork.tomo.kernels.phantoms import image
from batchwork.tomo.training.objects import OBJECTS


@pytest.mark.parametrize("name", OBJECTS)
def test_objects_lie_in_view_and_are_bounded(name):
    for seed in range(20):
        body = OBJECTS[name](np.random.default_rng(seed))
        drawn = image(body, 64)
        across = (np.arange(64) + 0.5) / 32 - 1
        assert np.abs(drawn[np.hypot(across[:, None], across) > 1.0]).max() < 1e-6
        assert drawn.min() >= -1
        assert drawn.max() <= 6
        assert drawn.mean() > 0.05


@pytest.mark.parametrize("name", OBJECTS)
def test_objects_follow_from_their_seed_and_differ_between_seeds(name):
    first, again, other = (OBJECTS[name](np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert first == again != other


def test_holes_of_a_foam_do_not_overlap():
    _, *holes = OBJECTS["foam"](np.random.default_rng(5))
    for number, hole in enumerate(holes):
        for other in holes[:number]:
            assert np.hypot(hole.x - other.x, hole.y - other.y) > hole.a + other.a
