"""Quality control at and around every limit."""

import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.screening.kernels.quality import (
    CellFault,
    CellLimits,
    ImageFault,
    Limits,
    WellFault,
    WellLimits,
    judge_cells,
    judge_images,
    judge_wells,
    least_serum_from,
    reasons,
)


def test_cells_are_judged_by_their_area():
    flags = judge_cells(np.array([249, 250, 12_500, 12_501]))
    np.testing.assert_array_equal(flags, [CellFault.TOO_SMALL, 0, 0, CellFault.TOO_LARGE])


def test_nuclei_count_only_where_there_is_a_limit():
    area, nuclei = np.array([100, 800, 800]), np.array([50, 50, 900])
    np.testing.assert_array_equal(judge_cells(area, nucleus_area=nuclei), [CellFault.TOO_SMALL, 0, 0])
    flags = judge_cells(area, nucleus_area=nuclei, limits=CellLimits(nucleus_area=Limits(100, 500)))
    assert [reasons(int(f), CellFault) for f in flags] == [
        ["too small", "nucleus too small"], ["nucleus too small"], ["nucleus too large"],
    ]  # fmt: skip


def test_a_cell_that_was_not_measured_is_left_out():
    flags = judge_cells(np.array([500, 500, 500]), measured=np.array([1.0, np.nan, np.inf]))
    assert [reasons(int(f), CellFault) for f in flags] == [[], ["not measured"], ["not measured"]]


def test_a_mark_leaves_out_and_never_saves():
    cells, marks = np.array([9, 10, 1000, 1001, 500, 9]), np.array([0, -1, 0, -1, 1, 1])
    few, many, hand = ImageFault.TOO_FEW_CELLS, ImageFault.TOO_MANY_CELLS, ImageFault.MARKED_BY_HAND
    np.testing.assert_array_equal(judge_images(cells, marks=marks), [few, 0, 0, many, hand, few | hand])
    np.testing.assert_array_equal(judge_images(cells), [few, 0, 0, many, 0, few])
    with pytest.raises(ParameterError, match="2 is no mark"):
        judge_images(cells, marks=marks + 1)


def test_wells_need_controls_serum_and_images():
    flags = judge_wells(
        np.array([100, 99, 500, 500, 0]), np.array([9, 9, 9, 0, 0]), np.array([300.0, 300, 299, np.nan, np.nan]),
        np.array([9, 9, 9, 9, 0]), least_serum=300.0,
    )  # fmt: skip
    assert [reasons(int(f), WellFault) for f in flags] == [
        [], ["too few control cells"], ["too little serum"], ["no infected cells"],
        ["too few control cells", "no infected cells", "no images"],
    ]  # fmt: skip


def test_the_least_serum_is_measured_or_fixed():
    assert least_serum_from("IgG", 100.0) == 300.0
    assert least_serum_from("IgG", 100.0, WellLimits(mads=2.0)) == 200.0
    assert least_serum_from("IgG", None) == 301.23
    assert least_serum_from("IgA", np.nan) == 392.76
    assert least_serum_from("IgM", None) is None
