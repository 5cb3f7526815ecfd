import numpy as np
import pytest

from batchwork.tomo.kernels.scorers import SURE, Grid, NotApplicable, Slice, scorer
from batchwork.tomo.kernels.scorers.consensus import ALONE, BACKED, _confidence
from batchwork.tomo.kernels.scorers.votes import Vote

GRID = Grid(79.5, 20)


def judged(slice_, grid=GRID):
    return scorer("consensus").judge(slice_, grid)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"photons": 500},
        {"rings": 0.03},
        {"radius_px": 120},
        {"radius_px": 120, "photons": 2000},
        {"angles": 40},
        {"span_deg": 360, "angles": 240},
    ],
    ids=str,
)
def test_it_is_right_and_sure(changes, acquisition):
    made = acquisition(**changes)
    found = judged(made.slice())
    assert found.cor == pytest.approx(made.cor, abs=0.6)
    assert found.confidence >= SURE


def test_a_half_acquisition_is_recognised(acquisition):
    made = acquisition(cor=30.2, span_deg=360, angles=360, radius_px=140)
    found = judged(made.slice())
    assert found.cor == pytest.approx(made.cor, abs=0.4)
    assert found.side == "left"
    assert found.confidence >= SURE


def test_noise_is_not_sure(noise):
    assert judged(noise).confidence < SURE


def test_a_slice_without_anything_is_refused_with_all_reasons():
    with pytest.raises(NotApplicable, match=r"no scorer finds a centre; .*mass refused"):
        judged(Slice(np.zeros((60, 64), np.float32), np.linspace(0, np.pi, 60)), Grid(31.5, 10))


def test_members_that_refuse_are_named(acquisition):
    found = judged(acquisition(radius_px=120).slice())
    assert "mass refused: the object reaches beyond the detector" in found.note
    assert set(found.parts) == {"phase", "vo", "entropy", "net"}


def test_one_kind_of_evidence_alone_is_never_sure():
    images = [Vote("entropy", 50, 1.0), Vote("negativity", 50.2, 0.5)]
    assert _confidence(50, images, images) == ALONE < SURE


def test_two_kinds_of_evidence_are_sure():
    both = [Vote("vo", 50, 0.5), Vote("phase", 50.5, 0.5)]
    assert _confidence(50, both, both) == 1


def test_members_too_far_apart_do_not_back_each_other():
    both = [Vote("mass", 50, 0.9), Vote("net", 50.7, 0.4)]
    assert _confidence(50, both, both, 0.8) == 1
    assert _confidence(50, both, both, 0.5) == ALONE


def test_dissent_lowers_confidence():
    both, other = [Vote("vo", 50, 0.5), Vote("phase", 50.5, 0.5)], Vote("mass", 60, 1.0)
    assert _confidence(50, both, [*both, other]) == pytest.approx(0.5)


def test_a_strong_vote_is_backed_by_another_kind_close_by():
    strong, near, far = Vote("vo", 50, 0.9), Vote("phase", 52.4, 0.4), Vote("phase", 56, 0.4)
    assert _confidence(50, [strong], [strong, near]) == BACKED
    assert _confidence(50, [strong], [strong, far]) == ALONE


def test_a_weak_vote_is_not_made_sure_by_another_close_by():
    weak, near = Vote("vo", 50, 0.4), Vote("phase", 52.4, 0.3)
    assert _confidence(50, [weak], [weak, near]) < SURE


def test_support_is_highest_at_the_centre(acquisition):
    found = judged(acquisition().slice())
    assert found.candidates[int(np.argmax(found.scores))] == pytest.approx(found.cor, abs=0.6)
