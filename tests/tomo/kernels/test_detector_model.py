import numpy as np

from batchwork.tomo.kernels.detector_model import Detector, expose
from batchwork.tomo.kernels.preprocess import attenuation


def test_correction_gives_back_the_line_integrals():
    lines = np.random.default_rng(0).uniform(0, 1.5, (3, 40, 50)).astype(np.float32)
    scan = expose(lines, np.random.default_rng(1), Detector(photons=4e4, flats=50))
    assert scan.projections.shape == (40, 3, 50)
    assert scan.projections.dtype == scan.flats.dtype == scan.darks.dtype == np.uint16
    difference = attenuation(scan.projections, scan.flats.mean(0), scan.darks.mean(0)) - lines
    assert np.abs(difference.mean()) < 1e-3
    assert difference.std() < 0.015


def test_a_change_of_sensitivity_makes_stripes():
    lines = np.ones((2, 200, 30), np.float32)
    scan = expose(lines, np.random.default_rng(1), Detector(ring_sigma=0.05))
    sinograms = attenuation(scan.projections, scan.flats.mean(0), scan.darks.mean(0))
    assert 0.03 < sinograms.mean(1).std() < 0.08


def test_counts_saturate_and_come_from_their_seed():
    lines = np.zeros((1, 2, 4), np.float32)
    first, second = (expose(lines, np.random.default_rng(5), Detector(photons=1e6)) for _ in range(2))
    assert (first.flats == 65535).all()
    np.testing.assert_array_equal(first.projections, second.projections)
