"""Connected parts and consecutive labels, against scipy and small pictures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from batchwork.errors import ParameterError
from batchwork.screening.kernels.labelling import areas, components, fill_holes, largest_pieces, relabel, remove_small


@given(arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12))), st.booleans())
def test_components_equal_scipy(mask, diagonal):
    structure = np.ones((3, 3)) if diagonal else None
    np.testing.assert_array_equal(components(mask, diagonal=diagonal), ndimage.label(mask, structure)[0])


def test_components_of_noise_at_the_percolation_threshold():
    mask = np.random.default_rng(0).random((300, 400)) < 0.59
    np.testing.assert_array_equal(components(mask), ndimage.label(mask)[0])


@pytest.mark.parametrize("shape", [(9, 9), (8, 8), (1, 7)])
def test_a_chessboard_has_the_most_parts(shape):
    mask = np.indices(shape).sum(axis=0) % 2 == 0
    assert components(mask).max() == mask.sum()


def test_labels_become_consecutive():
    labels = np.array([[0, 7, 7], [3, 0, 9]], np.uint16)
    np.testing.assert_array_equal(relabel(labels), [[0, 2, 2], [1, 0, 3]])
    kept = np.ones(9, bool)
    kept[6] = False
    np.testing.assert_array_equal(relabel(labels, kept), [[0, 0, 0], [1, 0, 2]])
    np.testing.assert_array_equal(areas(labels), [0, 0, 1, 0, 0, 0, 2, 0, 1])
    assert areas(labels, 12).size == 12


def test_small_parts_go_and_holes_are_filled():
    mask = np.zeros((9, 9), bool)
    mask[1:6, 1:6] = True
    mask[3, 3] = False
    mask[8, 8] = True
    filled = fill_holes(mask, 2)
    assert filled[3, 3]
    assert filled.sum() == mask.sum() + 1
    assert not fill_holes(mask, 1)[3, 3]
    assert not remove_small(mask, 2)[8, 8]
    assert remove_small(mask, 1)[8, 8]


def test_a_gap_at_the_border_is_no_hole():
    mask = np.ones((5, 5), bool)
    mask[0, 2] = False
    np.testing.assert_array_equal(fill_holes(mask, 9), mask)


def test_a_mask_of_three_axes_is_refused():
    with pytest.raises(ParameterError, match="shape"):
        components(np.ones((2, 2, 2), bool))


def test_only_the_largest_piece_of_each_label_stays():
    labels = np.array([[1, 0, 1, 1], [2, 2, 0, 3], [0, 0, 3, 0], [2, 2, 2, 0]])
    np.testing.assert_array_equal(largest_pieces(labels), [[0, 0, 1, 1], [0, 0, 0, 3], [0, 0, 0, 0], [2, 2, 2, 0]])
    assert largest_pieces(np.zeros((2, 2), int)).max() == 0
