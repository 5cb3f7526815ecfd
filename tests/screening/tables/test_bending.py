"""Bends are found from the serum of mixed cells."""

import numpy as np
import pytest
from scipy.special import expit

from batchwork.screening.tables.bending import bent_to, likeliest_bend
from batchwork.screening.tables.classifier import PLAIN, Bend
from batchwork.screening.tables.twins import Twins


def well(rng, bend, ratio, share):
    """Log odds as twins give them, and the logarithm of serum of cells whose true odds are bent."""
    infected = rng.random(4000) < share
    true = rng.normal(np.where(infected, 3.0, -3.0), np.sqrt(6.0))  # of these normals the log odds at even priors
    odds = (true - bend.shift) / bend.slope
    return odds, rng.normal(np.where(infected, np.log(ratio), 0) + 7, 0.25)


@pytest.mark.parametrize("bend", [PLAIN, Bend(-1.5, 1.6), Bend(-1.0, 1.25)])
def test_the_bend_of_a_plate_is_found(bend):
    rng = np.random.default_rng(1)
    wells = {
        f"A{k:02d}": well(rng, bend, ratio, share) for k, (ratio, share) in enumerate([(1.6, 0.7), (1.4, 0.5)] * 5)
    }
    found = likeliest_bend(wells)
    assert abs(found.shift - bend.shift) <= 0.5
    at = np.linspace(-2, 2, 5)
    off = expit(found.shift + found.slope * at) - expit(bend.shift + bend.slope * at)
    assert np.abs(off).max() < 0.12


def test_wells_that_tell_nothing_bend_nothing():
    rng = np.random.default_rng(2)
    assert likeliest_bend({}) == PLAIN
    assert likeliest_bend({"A01": (rng.normal(-6, 1, 500), rng.normal(7, 0.3, 500))}) == PLAIN
    assert likeliest_bend({"A02": well(rng, Bend(-1.5, 1.6), 1.0, 0.6)}) == PLAIN


def test_without_twins_nothing_is_bent():
    assert bent_to(Twins(None, ()), []) == Twins(None, ())
