import numpy as np
import pytest

from batchwork.tomo.kernels.scorers.peaks import prominence, refined, search_far, vertex


def hill(top, width=4.0):
    return lambda cors: np.exp(-(((cors - top) / width) ** 2))


def test_a_top_between_candidates_is_found():
    assert refined(hill(50.237), 50.5, 0.5) == pytest.approx(50.237, abs=1e-3)


def test_a_top_at_the_end_is_not_extrapolated():
    assert vertex(np.array([3.0, 2.0, 1.0]), 0) == 0
    assert vertex(np.array([1.0, 1.0, 1.0]), 1) == 0


def test_one_hill_stands_out_and_two_equal_ones_do_not():
    cors = np.arange(0, 100, 0.5)
    assert prominence(cors, hill(50)(cors), 50, 3) > 0.9
    assert prominence(cors, hill(30)(cors) + hill(70)(cors), 30, 3) < 0.01
    assert prominence(cors, np.ones(200), 30, 3) == 0


def test_the_search_looks_beyond_the_grid():
    far = search_far(hill(70.3), np.arange(40, 60, 0.5), 100)
    assert far.best == pytest.approx(70.3, abs=0.01)


def test_steps_that_are_coarse_at_first_end_as_fine():
    far = search_far(hill(70.3), np.arange(40, 60, 0.5), 100, step=4)
    assert far.best == pytest.approx(70.3, abs=0.01)
