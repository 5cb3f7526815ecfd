from dataclasses import replace

import numpy as np
import pytest

from batchwork.tomo.kernels.detector_model import Detector
from batchwork.tomo.kernels.phantoms import Ellipse
from batchwork.tomo.kernels.scorers import Grid, scorer
from batchwork.tomo.training.regimes import REGIMES, Regime, random_regime
from batchwork.tomo.training.simulation import simulate

DISC = (Ellipse(1.0, 0.9, 0.9),)
BRIGHT = Regime(Detector(photons=6e4, gain_sigma=0))


def scanned(regime, body=DISC, seed=0, columns=128, off=10.0):
    return simulate(np.random.default_rng(seed), body, regime, columns, off)


def test_the_label_is_where_the_axis_is():
    for seed in range(4):
        made = scanned(BRIGHT, seed=seed)
        middle = np.average(np.arange(128), weights=made.slice_.sinogram.mean(0).clip(0.02))
        assert scorer("mass").judge(made.slice_, Grid(63.5)).cor == pytest.approx(made.cor, abs=0.05)
        assert middle == pytest.approx(made.cor, abs=3)


def test_objects_stay_in_view_however_far_the_axis_is_off():
    made = scanned(BRIGHT, off=40.0)
    assert np.abs(made.slice_.sinogram[:, [0, -1]]).max() < 0.05


@pytest.mark.parametrize(("change", "columns_seen"), [({}, 0), ({"zoom": 1.6}, 128)])
def test_a_region_of_interest_fills_the_detector(change, columns_seen):
    sinogram = scanned(replace(BRIGHT, **change), off=0).slice_.sinogram
    assert (sinogram.min(0) > 0.5).sum() >= columns_seen


def test_drift_changes_the_beam_from_angle_to_angle():
    still, wandering = (scanned(replace(BRIGHT, drift=drift)).slice_.sinogram for drift in (0.0, 0.1))
    assert wandering.mean(1).std() == pytest.approx(0.1, rel=0.2)
    assert still.mean(1).std() < 0.01


def test_refraction_makes_the_outside_of_an_edge_brighter():
    plain, fringed = (scanned(replace(BRIGHT, depth=0.7, fringes=f)).slice_.sinogram.mean(0) for f in (0.0, 6.0))
    assert fringed.min() < plain.min() - 0.05


def test_hardening_makes_the_shadow_flatter():
    plain, hard = (scanned(replace(BRIGHT, depth=3.0, hardening=h), off=0).slice_.sinogram.mean(0) for h in (0.0, 0.8))
    assert hard.max() / hard[20] < 0.97 * plain.max() / plain[20]


def test_stripes_come_up_in_the_course_of_the_scan():
    sinogram = scanned(replace(BRIGHT, changing_rings=0.2), off=0).slice_.sinogram
    change = np.abs(sinogram[-10:].mean(0) - sinogram[:10].mean(0))
    assert 3 <= (change > 0.08).sum() <= 40


@pytest.mark.parametrize("name", REGIMES)
def test_regimes_have_their_span_and_number_of_angles(name):
    regime = REGIMES[name]
    theta = scanned(regime).slice_.theta_rad
    assert len(theta) == max(8, round(128 * regime.angles * regime.span_deg / 180))
    assert np.rad2deg(np.ptp(theta)) == pytest.approx(regime.span_deg, rel=0.1)


def test_any_regime_makes_a_scan():
    rng = np.random.default_rng(1)
    for _ in range(40):
        made = scanned(random_regime(rng), columns=64, off=8)
        assert np.isfinite(made.slice_.sinogram).all()
