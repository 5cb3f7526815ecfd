import itertools

import numpy as np
import pytest

from batchwork.pixels.axes import from_canonical, result_axes, to_canonical
from batchwork.pixels.errors import WrongAxes

SIZES = {"t": 2, "z": 3, "y": 4, "x": 5, "c": 6}


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_there_and_back_in_every_order(count):
    for axes in itertools.permutations("tzyxc", count):
        if not {"y", "x"} <= set(axes):
            continue
        image = np.arange(np.prod([SIZES[a] for a in axes])).reshape([SIZES[a] for a in axes])
        inside = to_canonical(image, "".join(axes))
        assert inside.shape == tuple(SIZES[a] if a in axes else 1 for a in "tzyxc")
        np.testing.assert_array_equal(from_canonical(inside, "".join(axes)), image)


def test_results_have_channels():
    assert [result_axes(axes) for axes in ("yx", "cyx", "tzyx")] == ["yxc", "cyx", "tzyxc"]


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ("yxq", "q is none of"),
        ("yxx", "stands twice"),
        ("yzc", "both y and x"),
        ("yx", "2 dimensions, the image has 3"),
    ],
)
def test_axes_that_name_no_image(axes, message):
    with pytest.raises(WrongAxes, match=message):
        to_canonical(np.zeros((4, 5, 6)), axes)
