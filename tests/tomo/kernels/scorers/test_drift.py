"""The drift of the beam, put onto scans of known objects."""

import numpy as np
import pytest

from batchwork.tomo.kernels.scorers import Grid, Slice, scorer
from batchwork.tomo.kernels.scorers.conditioning import condition
from batchwork.tomo.kernels.scorers.drift import without_drift


def drifting(shape, strength, seed=1):
    """A beam whose brightness, and its slope over the detector, wander at random."""
    walks = np.cumsum(np.random.default_rng(seed).standard_normal((2, shape[0])), 1)
    walks *= strength / walks.std(1, keepdims=True)
    return (walks[0][:, None] + walks[1][:, None] * np.linspace(-0.5, 0.5, shape[1])).astype(np.float32)


@pytest.mark.parametrize("strength", [0.05, 0.2, 1.0])
def test_the_drift_of_a_beam_is_taken_off(acquisition, strength):
    plain = acquisition(photons=None).slice().sinogram
    np.testing.assert_allclose(without_drift(plain + drifting(plain.shape, strength)), plain, atol=0.02)


@pytest.mark.parametrize("given", [{}, {"photons": 300}, {"rings": 0.1}, {"span_deg": 110}, {"angles": 30}])
def test_a_steady_beam_stays_as_it_is(acquisition, given):
    plain = acquisition(**given).slice().sinogram
    assert without_drift(plain) is plain


@pytest.mark.parametrize("radius_px", [100, 120, 200])
@pytest.mark.parametrize("strength", [0.0, 0.1])
def test_an_object_wider_than_the_detector_is_not_taken_for_air(acquisition, radius_px, strength):
    plain = acquisition(radius_px=radius_px).slice()
    sinogram = plain.sinogram + strength * drifting(plain.sinogram.shape, 1.0)
    assert without_drift(sinogram) is sinogram
    assert condition(Slice(sinogram, plain.theta_rad)).truncated


@pytest.mark.parametrize("name", ["mass", "vo", "consensus", "net"])
def test_the_axis_is_found_for_all_the_drift(acquisition, name):
    made = acquisition()
    plain = made.slice()
    grid = Grid((plain.columns - 1) / 2, 20)
    found = scorer(name).judge(Slice(plain.sinogram + drifting(plain.sinogram.shape, 0.2), plain.theta_rad), grid)
    assert found.cor == pytest.approx(made.cor, abs=0.5)
    assert found.confidence >= 0.5
