import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.tomo.kernels.scorers import Grid, NotApplicable, Slice, scorer


def test_candidates_fall_and_leave_the_last_out():
    np.testing.assert_allclose(Grid(10, 2, 0.5).candidates, [12, 11.5, 11, 10.5, 10, 9.5, 9, 8.5])


def test_candidates_off_the_detector_are_left_out():
    np.testing.assert_allclose(Grid(1, 3, 1).on_detector(100), [0, 1, 2, 3, 4])


def test_a_grid_beside_the_detector_is_refused():
    with pytest.raises(ParameterError, match="fewer than 3 candidates on 64 columns"):
        Grid(80, 10, 0.5).on_detector(64)


def test_the_ends_of_a_grid_are_not_within():
    grid = Grid(50, 10, 0.5)
    assert grid.holds(59.4)
    assert not grid.holds(59.6)
    assert not grid.holds(40.2)


@pytest.mark.parametrize("bad", [(np.nan, 5, 1), (5, 0, 1), (5, 5, 0), (5, -1, 1)])
def test_a_grid_that_is_none_is_refused(bad):
    with pytest.raises(ParameterError, match="a grid needs"):
        Grid(*bad)


def test_a_slice_needs_an_angle_for_each_row():
    with pytest.raises(ParameterError, match=r"not \(20, 32\) with \(19,\)"):
        Slice(np.zeros((20, 32), np.float32), np.zeros(19))


def test_angles_must_be_numbers():
    with pytest.raises(ParameterError, match="finite"):
        Slice(np.zeros((20, 32), np.float32), np.full(20, np.nan))


@pytest.mark.parametrize("shape", [(4, 32), (20, 1)])
def test_a_slice_of_next_to_nothing_is_refused(shape):
    with pytest.raises(NotApplicable, match="too few to find the axis"):
        Slice(np.zeros(shape, np.float32), np.arange(shape[0]))


def test_an_unknown_scorer_names_those_there_are():
    with pytest.raises(ParameterError, match=r"'best'; there are consensus, vo, phase"):
        scorer("best")
