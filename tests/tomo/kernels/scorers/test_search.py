import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.tomo.kernels.scorers import Grid, NotApplicable, Slice, infer_centre
from batchwork.tomo.kernels.scorers.search import widened


def test_a_grid_that_holds_the_axis_is_not_widened(acquisition):
    found = infer_centre([acquisition().slice()], Grid(79.5, 20))
    assert not found.widened
    assert found.doubt is None
    assert set(found.judgements) >= {"consensus", "vo", "phase"}


@pytest.mark.parametrize("name", ["consensus", "vo", "entropy"])
def test_a_grid_too_narrow_is_widened_by_itself(name, acquisition):
    made = acquisition(cor=95.2, radius_px=60)
    found = infer_centre([made.slice()], Grid(79.5, 5), name)
    assert found.widened
    assert found.doubt is None
    assert found.cor == pytest.approx(made.cor, abs=0.3)


def test_an_axis_beyond_the_wide_grid_is_doubtful(acquisition):
    found = infer_centre([acquisition(cor=99.2, radius_px=60).slice()], Grid(79.5, 3), "entropy")
    assert found.doubt is not None
    assert found.widened


def test_noise_is_doubtful_and_says_why(noise):
    found = infer_centre([noise], Grid(79.5, 10))
    assert found.doubt is not None
    assert found.doubt.startswith(f"confidence {found.confidence:.2f} is below 0.5")


def test_slices_that_agree_are_sure_and_one_that_does_not_is_outvoted(acquisition):
    made = acquisition()
    mirrored = acquisition(cor=159 - made.cor, seed=9).slice()
    slices = [acquisition(seed=seed).slice() for seed in (1, 2, 3)]
    found = infer_centre([*slices, mirrored], Grid(79.5, 20))
    assert found.cor == pytest.approx(made.cor, abs=0.2)
    assert 0.5 < found.confidence < 0.9


def test_slices_that_all_disagree_are_doubtful(acquisition):
    slices = [acquisition(cor=cor, seed=seed).slice() for seed, cor in enumerate((70.0, 80.0, 90.0))]
    found = infer_centre(slices, Grid(79.5, 20))
    assert found.doubt is not None
    assert "2 slices disagree" in found.doubt


def test_a_slice_that_cannot_be_judged_does_not_keep_the_others_back(acquisition):
    made = acquisition()
    nothing = Slice(np.zeros((made.angles, made.columns), np.float32), made.theta_rad)
    assert infer_centre([nothing, made.slice()], Grid(79.5, 20)).cor == pytest.approx(made.cor, abs=0.2)
    with pytest.raises(NotApplicable):
        infer_centre([nothing], Grid(79.5, 20))


def test_no_slice_is_refused():
    with pytest.raises(ParameterError, match="no slice"):
        infer_centre([], Grid(79.5))


def test_a_wider_grid_keeps_within_the_plausible_part():
    wide = widened(Grid(127.5, 50), 256)
    assert wide is not None
    assert wide.middle - wide.width == pytest.approx(25.6)
    assert wide.middle + wide.width == pytest.approx(255 - 25.6)
    assert widened(Grid(127.5, 120), 256) is None
