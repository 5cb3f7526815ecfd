"""Images with a fault come first, with the fault in words; usual ones have none."""

from dataclasses import replace

import numpy as np
import pytest
from tests.screening.quality.made import inspection

from batchwork.screening.quality.unusual import judge_images

USUAL = [inspection(k) for k in range(60)]


def judged(change, influence=None):
    return judge_images([replace(USUAL[0], **change), *USUAL[1:]], influence or {})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sharpness": 0.40}, "out of focus: nuclei 0.77 as sharp as usual"),
        ({"saturated": {"nuclei": 0.0, "serum_IgG": 0.03}}, "saturated: 3.00% of the pixels of serum_IgG"),
        ({"debris": {"nuclei": 0.006, "serum_IgG": 0.0}}, "debris: 0.60% of nuclei far brighter than its cells"),
        ({"cells": 40}, "few cells: 40"),
        ({"cells": 1200}, "many cells: 1200"),
        ({"background": {"nuclei": 380.0, "serum_IgG": 7800.0}}, "bright background of serum_IgG: 2.0"),
        ({"background": {"nuclei": 190.0, "serum_IgG": 3900.0}}, "dark background of nuclei: 0.50"),
    ],
)
def test_an_image_with_a_fault_comes_first_and_says_which(change, words):
    first, *others = judged(change)
    assert first.image == USUAL[0].image
    assert len(first.reasons) == 1
    assert first.reasons[0].startswith(words)
    assert not any(one.reasons for one in others)


@pytest.mark.parametrize(
    ("moved", "words"), [(0.1, "lifts its well's score by 10.0%"), (-0.04, "lowers its well's score by 4.0%")]
)
def test_an_image_that_moves_its_well(moved, words):
    assert judged({}, {USUAL[0].image: moved})[0].reasons == (words,)


def test_what_is_better_than_usual_is_no_fault():
    assert all(one.image != USUAL[0].image or not one.reasons for one in judged({"sharpness": 0.9}))


def test_several_faults_come_before_one_and_the_worse_is_said_first():
    several = judged({"sharpness": 0.45, "saturated": {"nuclei": 0.0, "serum_IgG": 0.05}, "cells": 40})
    assert [reason.split(":")[0] for reason in several[0].reasons] == ["saturated", "few cells", "out of focus"]
    assert several[0].unusual > judged({"saturated": {"nuclei": 0.0, "serum_IgG": 0.9}})[0].unusual


def test_ties_are_in_order_of_names_and_no_order_of_images_matters():
    alike = [replace(USUAL[0], image=name) for name in ("b", "c", "a")]
    assert [one.image for one in judge_images(alike, {})] == ["a", "b", "c"]
    shuffled = [USUAL[k] for k in np.random.default_rng(0).permutation(60)]
    assert judge_images(shuffled, {}) == judge_images(USUAL, {})


def test_one_image_and_none_and_unknown_values():
    unknown = replace(USUAL[0], sharpness=np.nan, background={"nuclei": np.nan, "serum_IgG": np.nan}, cells=0)
    assert judge_images([unknown], {})[0].reasons == ()
    assert judge_images([], {}) == []
    first = judge_images([unknown, *USUAL[1:]], {})[0]
    assert first.reasons == ("few cells: 0",)
