import numpy as np
import pytest

from batchwork.tomo.kernels.scorers import Grid, Judgement, scorer
from batchwork.tomo.training.evaluation import NAMES, WITHOUT, Tally, judge_all, measure, scans
from batchwork.tomo.training.regimes import REGIMES

NONE = np.empty(0)
LISTS = 4
HARD = ("110°", "110°, rings", "110°, drift", "low contrast, strong rings")
LEAST, LEAST_EASY = 0.9, 0.95


def said(cor, confidence=1.0, *, at_edge=False):
    return Judgement(cor, confidence, NONE, NONE, at_edge=at_edge)


def test_a_tally_counts_what_is_right_and_what_is_wrong_and_sure():
    tally = Tally()
    for judgement in (
        said(10.5),
        said(9.8, 0.1),
        said(12.0, 0.2),
        said(12.0, 0.9),
        said(12.0, 0.9, at_edge=True),
        None,
    ):
        tally.add(judgement, 10.0)
    assert tally.right == pytest.approx(2 / 6)
    assert tally.median == pytest.approx(0.35)
    assert tally.wrong_and_sure == 1


def test_a_scan_depends_on_its_regime_seed_and_number_only():
    first, second = scans("drift", 2)
    again = list(scans("drift", 3))
    np.testing.assert_array_equal(first.slice_.sinogram, again[0].slice_.sinogram)
    assert second.cor == again[1].cor != again[2].cor
    assert next(scans("drift", 1, seed=5)).cor != first.cor
    assert next(scans("rings", 1)).cor != first.cor


def test_judging_together_is_judging_alone():
    (scan,) = scans("20,000 photons", 1)
    together = judge_all(scan)
    assert set(together) == set(NAMES)
    grid = Grid((scan.slice_.columns - 1) / 2)
    for name in ("vo", "net", "consensus"):
        alone = scorer(name).judge(scan.slice_, grid)
        assert together[name].cor == pytest.approx(alone.cor, abs=1e-6)
    assert "net" not in together[WITHOUT].parts


def test_the_shipped_network_is_as_good_as_its_card_says():
    """50 scans in all; the card's own figures are of more, see `benchmarks/tomo_net.py`."""
    right = {name: measure(name, LISTS, ["net"])["net"].errors for name in REGIMES}
    errors = np.array([error for found in right.values() for error in found])
    assert errors.size >= 50
    assert np.mean(errors <= 1) >= LEAST
    easy = np.array([error for name, found in right.items() if name not in HARD for error in found])
    assert np.mean(easy <= 1) >= LEAST_EASY
