"""Checks of arrays, and room for output."""

import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.tomo.kernels.iterative.reconstructor import Iterations, IterativeReconstructor
from batchwork.tomo.kernels.shapes import require_shape, require_sinograms, require_stack, room_for


def test_what_fits_passes():
    require_stack((1, 2, 3), "n, rows, columns")
    require_sinograms((0, 4, 5), 4, 5)
    require_shape((4, 5), (4, 5), "the sinogram")


def test_what_does_not_fit_is_told_with_what_was_wanted():
    with pytest.raises(ParameterError, match=r"frames must have the shape \(n, rows, columns\), not \(2, 3\)"):
        require_stack((2, 3), "n, rows, columns", "frames")
    for shape in ((4, 5), (1, 5, 4), (1, 1, 4, 5)):
        with pytest.raises(ParameterError, match=r"sinograms must have the shape \(slices, 4, 5\), not"):
            require_sinograms(shape, 4, 5)
    with pytest.raises(ParameterError, match=r"the sinogram must have the shape \(4, 5\), not \(5, 4\)"):
        require_shape((5, 4), (4, 5), "the sinogram")


def test_room_is_what_is_given_or_new():
    given = np.zeros((2, 3), np.float32)
    assert room_for((2, 3), given) is given
    new = room_for((2, 3), None)
    assert (new.shape, new.dtype) == ((2, 3), np.float32)
    with pytest.raises(ParameterError, match=r"out must be float32 of shape \(2, 3\), not float64 of \(2, 3\)"):
        room_for((2, 3), np.zeros((2, 3)))
    with pytest.raises(ParameterError, match=r"not float32 of \(3, 2\)"):
        room_for((2, 3), given.T)


def test_iterations_refuse_an_output_that_does_not_fit():
    made = IterativeReconstructor(np.linspace(0, np.pi, 4, endpoint=False), 8, 3.5, Iterations(count=1))
    with pytest.raises(ParameterError, match=r"out must be float32 of shape \(1, 8, 8\)"):
        made.reconstruct(np.ones((1, 4, 8), np.float32), np.empty((1, 8, 8)))
