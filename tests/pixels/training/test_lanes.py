import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.pixels.training.drawing import lane

from batchwork.pixels.projects.model import LabelBlock
from batchwork.pixels.sources import ArraySource
from batchwork.pixels.training.lanes import Lane, blocks_of_labels, strokes_of


@settings(max_examples=30)
@given(seed=st.integers(0, 10**6), axes=st.sampled_from(["yx", "yxc", "zyxc", "tyx", "czyx", "tzyxc"]))
def test_blocks_put_together_are_the_labels_again(seed, axes):
    rng = np.random.default_rng(seed)
    sizes = {"t": 2, "z": 70, "y": 300, "x": 260, "c": 1}
    labels = np.zeros([sizes[axis] for axis in axes], np.uint8)
    for _ in range(rng.integers(0, 6)):
        labels[tuple(rng.integers(0, n) for n in labels.shape)] = rng.integers(1, 4)
    again = np.zeros_like(labels)
    for block in blocks_of_labels(labels, axes):
        place = tuple(slice(i, i + n) for i, n in zip(block.start, block.values.shape, strict=True))
        assert not again[place].any()
        again[place] = block.values
    np.testing.assert_array_equal(again, labels)


def test_strokes_are_the_labels_of_each_time_in_the_smallest_box():
    labels = np.zeros((2, 30, 40), np.uint8)
    labels[0, 3, 5], labels[0, 6, 9], labels[1, 20, 30] = 1, 2, 1
    found = list(strokes_of(lane(np.zeros((2, 30, 40)), labels, "tyx")))
    assert [(one.time, one.box) for one in found] == [(0, ((0, 1), (3, 7), (5, 10))), (1, ((0, 1), (20, 21), (30, 31)))]
    assert found[0].labels.shape == (1, 4, 5)
    assert (found[0].labels[0, 0, 0], found[0].labels[0, 3, 4]) == (1, 2)


def test_axes_of_a_project_may_stand_in_any_order():
    block = LabelBlock((7, 0, 3), np.array([[[1, 0]], [[0, 2]]], np.uint8))
    one = Lane("a", ArraySource(np.zeros((1, 1, 9, 9, 1))), "xcy", (block,))
    (found,) = strokes_of(one)
    assert found.box == ((0, 1), (3, 5), (7, 9))
    np.testing.assert_array_equal(found.labels[0], [[1, 0], [0, 2]])
