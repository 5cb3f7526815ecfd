"""Choosing what is drawn."""

import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.tactile.reporting.axes import Axes, choose_axes
from batchwork.tactile.results.observations import Column, Observations


def observations(**columns):
    return Observations(
        {name: Column(np.array(values, float)) for name, values in columns.items()}, {"sa": np.zeros(4, np.int64)}
    )


TYPES = {
    "gaussian": observations(amplitude=[1, 1, 2, 2], sigma=[3, 4, 3, 4], center_x=[0, 0, 0, 0]),
    "ramp": observations(final=[1, 2, 3, 4], initial=[0, 0, 0, 0], amplitude=[1, 2, 3, 4]),
    "step": observations(sigma=[1, 1, 1, 1]),
}


def test_by_default_two_parameters_that_vary_on_their_own():
    assert choose_axes(TYPES, None, None) == {
        "gaussian": Axes("amplitude", "sigma"),
        "ramp": Axes("final"),
        "step": Axes(),
    }


@pytest.mark.parametrize(
    ("x", "y", "gaussian", "ramp"),
    [
        ("sigma", None, Axes("sigma", "amplitude"), Axes("final")),
        (None, "amplitude", Axes("sigma", "amplitude"), Axes("amplitude")),
        ("sigma", "amplitude", Axes("sigma", "amplitude"), Axes("amplitude")),
        ("final", None, Axes("amplitude", "sigma"), Axes("final")),
        ("final", "amplitude", Axes("sigma", "amplitude"), Axes("final", "amplitude")),
    ],
)
def test_what_is_asked_for_is_taken_where_there_is_such_a_parameter(x, y, gaussian, ramp):
    found = choose_axes(TYPES, x, y)
    assert (found["gaussian"], found["ramp"]) == (gaussian, ramp)


@pytest.mark.parametrize(
    ("x", "y", "told"),
    [
        ("sigmaa", None, "--x sigmaa: no stimulus has this parameter; did you mean 'sigma'?"),
        (None, "centre_x", "--y centre_x: no stimulus has this parameter; known: amplitude, final, sigma"),
        ("center_x", None, "--x center_x: is the same in all samples; these vary: amplitude, final, sigma"),
        ("sigma", "sigma", "--x and --y are both 'sigma'; choose two parameters"),
    ],
)
def test_what_cannot_be_drawn_is_refused(x, y, told):
    with pytest.raises(ParameterError) as error:
        choose_axes(TYPES, x, y)
    assert str(error.value) == told


def test_a_sweep_of_repetitions_has_nothing_to_draw_over():
    with pytest.raises(ParameterError, match="--x sigma: is the same in all samples; nothing varies in this sweep"):
        choose_axes({"step": TYPES["step"]}, "sigma", None)
