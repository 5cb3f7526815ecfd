"""Each scorer alone: where it is right, where it refuses, and what it says when unsure."""

import numpy as np
import pytest

from batchwork.tomo.kernels.scorers import Grid, NotApplicable, Slice, scorer

GRID = Grid(79.5, 20)
WHOLE = ("vo", "phase", "mass", "entropy", "negativity")


def judged(name, slice_, grid=GRID):
    return scorer(name).judge(slice_, grid)


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_object_over_half_a_turn(name, acquisition):
    made = acquisition()
    found = judged(name, made.slice())
    assert found.cor == pytest.approx(made.cor, abs=0.25)
    assert found.confidence > 0.4
    assert not found.at_edge


@pytest.mark.parametrize("name", WHOLE)
def test_noise_as_of_few_photons(name, acquisition):
    made = acquisition(photons=1000)
    assert judged(name, made.slice()).cor == pytest.approx(made.cor, abs=0.8)


@pytest.mark.parametrize("name", WHOLE)
def test_miscalibrated_pixels(name, acquisition):
    made = acquisition(rings=0.03)
    assert judged(name, made.slice()).cor == pytest.approx(made.cor, abs=0.8)


@pytest.mark.parametrize("name", ["vo", "phase"])
def test_an_object_wider_than_the_detector(name, acquisition):
    made = acquisition(radius_px=120)
    assert judged(name, made.slice()).cor == pytest.approx(made.cor, abs=1)


@pytest.mark.parametrize("name", ["mass", "negativity"])
def test_scorers_that_need_the_whole_object_refuse_a_part(name, acquisition):
    with pytest.raises(NotApplicable, match="reaches beyond the detector"):
        judged(name, acquisition(radius_px=120).slice())


@pytest.mark.parametrize("name", ["vo", "phase", "negativity"])
def test_scorers_that_need_half_a_turn_refuse_less(name, acquisition):
    with pytest.raises(NotApplicable, match="150"):
        judged(name, acquisition(span_deg=150, angles=100).slice())


@pytest.mark.parametrize("name", ["mass", "entropy"])
def test_scorers_that_do_with_less_than_half_a_turn(name, acquisition):
    made = acquisition(span_deg=150, angles=100)
    assert judged(name, made.slice()).cor == pytest.approx(made.cor, abs=0.5)


@pytest.mark.parametrize("name", ["vo", "phase", "mass"])
def test_scorers_that_look_further_say_that_the_grid_is_elsewhere(name, acquisition):
    made = acquisition(cor=99.2, radius_px=60)
    found = judged(name, made.slice(), Grid(79.5, 5))
    assert found.at_edge
    assert found.cor == pytest.approx(made.cor, abs=0.3)


@pytest.mark.parametrize("name", ["entropy", "negativity"])
def test_scorers_of_images_end_at_the_edge_of_a_grid_elsewhere(name, acquisition):
    assert judged(name, acquisition(cor=99.2, radius_px=60).slice(), Grid(79.5, 5)).at_edge


def test_the_last_projection_a_step_short_of_the_first_one_s_opposite(acquisition):
    """With 60 angles a step moves the rim by 3.5 columns; taken for its opposite the last one would err by more."""
    made = acquisition(angles=60)
    assert judged("phase", made.slice()).cor == pytest.approx(made.cor, abs=0.4)


@pytest.mark.parametrize("span", [180.0, 360.0])
def test_mass_does_with_unequal_steps_and_gaps(span, acquisition):
    made = acquisition(span_deg=span, angles=200)
    whole, kept = made.slice(), np.r_[0:60:2, 60:90, 120:200:3]
    found = judged("mass", Slice(whole.sinogram[kept], whole.theta_rad[kept]))
    assert found.cor == pytest.approx(made.cor, abs=0.25)


def test_the_filter_of_a_users_stack_does_not_matter(acquisition):
    """Images that are judged are made with a smooth filter, so that noise does not decide."""
    made = acquisition(photons=500)
    for name in ("entropy", "negativity"):
        assert judged(name, made.slice()).cor == pytest.approx(made.cor, abs=1)


@pytest.mark.parametrize("name", ["vo", "phase", "entropy"])
def test_nothing_in_the_beam_is_never_sure(name, noise):
    assert judged(name, noise).confidence < 0.2


@pytest.mark.parametrize("name", ["mass", "negativity"])
def test_an_even_beam_looks_like_an_object_wider_than_the_detector(name, noise):
    with pytest.raises(NotApplicable, match="reaches beyond"):
        judged(name, noise)


@pytest.mark.parametrize(("cor", "side"), [(24.4, "left"), (40.1, "left"), (133.7, "right")])
@pytest.mark.parametrize("photons", [2e4, 1e3])
def test_half_acquisition(cor, side, photons, acquisition):
    made = acquisition(cor=cor, span_deg=360, angles=360, radius_px=140, photons=photons)
    found = judged("overlap", made.slice())
    assert found.cor == pytest.approx(cor, abs=0.5)
    assert found.side == side
    assert found.overlap == pytest.approx(2 * min(cor + 0.5, 159.5 - cor), abs=1)
    assert found.confidence > 0.5


def test_overlap_needs_a_whole_turn(acquisition):
    with pytest.raises(NotApplicable, match="less than a whole turn"):
        judged("overlap", acquisition().slice())


def test_overlap_of_a_whole_object_finds_the_axis_in_the_middle(acquisition):
    made = acquisition(span_deg=360, angles=240)
    assert judged("overlap", made.slice()).cor == pytest.approx(made.cor, abs=0.2)


def test_the_scores_of_a_curve_fit_its_candidates(acquisition):
    for name in WHOLE:
        found = judged(name, acquisition().slice())
        assert found.candidates.shape == found.scores.shape
        top = found.candidates[int(np.argmax(found.scores))]
        assert top == pytest.approx(found.cor, abs=1)
