import pytest

from batchwork.errors import ParameterError
from batchwork.pixels.errors import CutOutside
from batchwork.pixels.exporting.regions import Extent, cut_out_of, parse_cut_out

SHAPE = (2, 3, 40, 50, 4)


@pytest.mark.parametrize(
    ("text", "axes", "wanted"),
    [
        ("[(10,20,None),(30,40,None)]", "yxc", ((0, 2), (0, 3), (10, 30), (20, 40), (0, 4))),
        ("[(20,10),(40,30)]", "xyc", ((0, 2), (0, 3), (10, 30), (20, 40), (0, 4))),
        ("[(1, 10, 20, 2), (2, 30, 40, 3)]", "zyxc", ((0, 2), (1, 2), (10, 30), (20, 40), (2, 3))),
        ("[(1,2,0,10,20),(2,3,1,30,40)]", "yxc", ((1, 2), (0, 1), (10, 30), (20, 40), (2, 3))),
        ("[(1,0,10,20,2),(2,1,30,40,3)]", "tzyxc", ((1, 2), (0, 1), (10, 30), (20, 40), (2, 3))),
        ("[(0,0,0),(99,None,99)]", "yxc", ((0, 2), (0, 3), (0, 40), (0, 50), (0, 4))),
    ],
)
def test_numbers_are_taken_in_the_order_that_their_count_tells(text, axes, wanted):
    assert parse_cut_out(text).resolve(SHAPE, axes) == Extent(*wanted)


@pytest.mark.parametrize(
    "text", ["", "7", "[(1,2),(3,)]", "[(1,2)]", "[(1.5,2),(3,4)]", "[(-1,2),(3,4)]", "__import__('os')", "[(1,2),(3,4"]
)
def test_what_is_no_cut_out_is_refused(text):
    with pytest.raises(ParameterError, match="cut-out"):
        parse_cut_out(text)


def test_nothing_left_and_too_many_numbers_are_told():
    with pytest.raises(CutOutside, match="nothing along y, which has 40"):
        parse_cut_out("[(40,0,0),(50,9,1)]").resolve(SHAPE, "yxc")
    with pytest.raises(CutOutside, match="has 4 numbers for the axes 'yxc'"):
        parse_cut_out("[(0,0,0,0),(9,9,9,9)]").resolve(SHAPE, "yxc")


def test_corners_of_a_project():
    assert cut_out_of(None, None) is None
    assert parse_cut_out(cut_out_of((1, None), None)) == parse_cut_out("[(1,None),(None,None)]")
    assert Extent((0, 1), (0, 1), (1, 5), (2, 6), (0, 2)).roi("yxc") == "[(1, 2, 0), (5, 6, 2)]"
