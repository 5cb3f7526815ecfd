"""What the pictures show: the numbers in them, and that every sweep can be drawn."""

import base64
import struct

import numpy as np
import pytest

from batchwork.tactile.reporting.axes import Axes
from batchwork.tactile.reporting.figures import Drawn, mean_over, spread_over
from batchwork.tactile.reporting.levels import Levels
from batchwork.tactile.results.observations import Column, Observations

pytest.importorskip("matplotlib")


def levels(*of):
    size = max(of) + 1
    return Levels(np.array(of), tuple(map(str, range(size))), np.arange(size, dtype=float))


def test_means_over_two_parameters():
    x, y = levels(0, 0, 1, 2, 2, -1), levels(0, 0, 1, 1, 1, 1)
    found = mean_over(np.array([1, 3, 5, 7, 10, 1000]), x, y)
    np.testing.assert_array_equal(found, [[2, np.nan, np.nan], [np.nan, 5, 8.5]])


def test_means_and_deviations_along_a_curve():
    x = levels(0, 0, 0, 1, 2, -1, 0)
    here = np.array([True, True, True, True, False, True, False])
    means, spread = spread_over(np.array([1.0, 2, 6, 4, 1000]), x, here)
    np.testing.assert_array_equal(means, [[3, 4, np.nan]])
    np.testing.assert_allclose(spread[0, :2], [np.std([1, 2, 6], ddof=1), 0])


def size_of(picture):
    """Width and height of a picture that a page holds."""
    head = "data:image/png;base64,"
    assert picture.source.startswith(head)
    content = base64.b64decode(picture.source.removeprefix(head))
    assert content.startswith(b"\x89PNG")
    return struct.unpack(">II", content[16:24])


def drawn(spikes, axes, **columns):
    observations = Observations(
        {name: Column(np.array(values, float), words) for name, (values, words) in columns.items()},
        {"sa": np.array(spikes), "other": np.zeros(len(spikes), np.int64)},
    )
    return list(Drawn(observations, axes, {"sa": 3, "other": 2}, 0.1).pictures())


def test_two_parameters_have_a_heat_map_curves_and_violins():
    amplitude, sigma = np.repeat([10, 20, 30], 8), np.tile(np.repeat([1, 2], 4), 3)
    pictures = drawn(np.arange(24), Axes("amplitude", "sigma"), amplitude=(amplitude, ()), sigma=(sigma, ()))
    assert [picture.title for picture in pictures] == [
        "Spikes over amplitude and sigma", "Rate over amplitude", "Spikes by amplitude", "Spikes by sigma",
    ]  # fmt: skip
    assert pictures[0].caption == "Mean over repetitions."
    assert pictures[2].caption.startswith("Distribution over sigma, repetitions")
    assert all(width > 1000 and height > 300 for width, height in map(size_of, pictures))
    assert len({picture.source for picture in pictures}) == 4


@pytest.mark.parametrize(
    ("spikes", "axes", "columns", "count"),
    [
        ([3], Axes(), {}, 1),
        ([0, 0, 0], Axes(), {}, 1),
        ([1, 2, 2], Axes("a"), {"a": ([1, 2, 3], ())}, 2),
        ([1, 2, 2, 9], Axes("a", "b"), {"a": ([1, np.nan, 3, 3], ()), "b": ([0, 1, 0, 1], ("x", "y"))}, 4),
        ([0, 0], Axes("b", "a"), {"a": ([1e-9, 1e9], ()), "b": ([0, 1], ("a long name, and longer", "y" * 30))}, 4),
        (range(300), Axes("a", "b"), {"a": (np.arange(300) % 17, ()), "b": (np.arange(300) ** 0.5, ())}, 4),
    ],
)
def test_every_sweep_can_be_drawn(spikes, axes, columns, count):
    assert len([size_of(picture) for picture in drawn(list(spikes), axes, **columns)]) == count
