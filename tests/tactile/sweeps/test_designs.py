"""Designs that fill a box."""

import pytest

from batchwork.tactile.sweeps.designs import latin_hypercube, sobol


def test_the_first_points_of_the_sobol_sequence():
    expected = [(0, 0), (0.5, 0.5), (0.75, 0.25), (0.25, 0.75), (0.375, 0.375)]
    assert [tuple(point) for point in sobol(5, 2, "")] == expected


@pytest.mark.parametrize("count", [1, 3, 64, 100])
def test_a_sobol_sequence_goes_on(count):
    assert sobol(2 * count, 3, "")[:count] == sobol(count, 3, "")


@pytest.mark.parametrize("dimensions", [1, 2, 5])
def test_each_part_of_each_axis_of_a_hypercube_holds_one_point(dimensions):
    points = latin_hypercube(40, dimensions, "seed")
    for axis in zip(*points, strict=True):
        assert sorted(int(value * 40) for value in axis) == list(range(40))


def test_the_axes_of_a_hypercube_are_shuffled_apart():
    points = latin_hypercube(400, 2, "seed")
    xs, ys = zip(*points, strict=True)
    correlation = 12 * sum((x - 0.5) * (y - 0.5) for x, y in zip(xs, ys, strict=True)) / 400
    assert abs(correlation) < 4 / 400**0.5
    assert latin_hypercube(400, 2, "other") != points
