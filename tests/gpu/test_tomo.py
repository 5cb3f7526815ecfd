"""On a graphics card the results are those of the processor, within a thousandth of their range."""

import numpy as np
import pytest

from batchwork.tomo.formats.reader import open_scan
from batchwork.tomo.formats.simulate import Simulation, simulate_scans
from batchwork.tomo.kernels.gpu import DeviceGridder, DeviceIterativeReconstructor
from batchwork.tomo.kernels.gpu.transfers import transfers_for
from batchwork.tomo.kernels.gridding import Gridder
from batchwork.tomo.kernels.iterative import Iterations, IterativeReconstructor
from batchwork.tomo.preprocessing import Preprocessing
from batchwork.tomo.reconstruct import Recipe, reconstruct
from batchwork.tomo.regions import Region

CLOSE = 1e-3
"""Of the range."""


class Kept(dict):
    def write(self, index, image):
        self[index] = image.copy()


@pytest.mark.parametrize("size", [256, 1023])
def test_images(card, size):
    rng = np.random.default_rng(0)
    theta = np.linspace(0, np.pi, 300, endpoint=False)
    sinograms = rng.random((19, 300, size), dtype=np.float32)
    wanted = Gridder(theta, size, filter_name="ramp").reconstruct(sinograms, size / 2.1)
    made = DeviceGridder(card(), theta, size, filter_name="ramp")
    for _ in range(3):  # the second and third find memory in use
        found = made.reconstruct(sinograms, size / 2.1)
        np.testing.assert_allclose(found, wanted, atol=CLOSE * np.ptp(wanted))
    cors = np.linspace(size / 2 - 10, size / 2 + 10, 21)
    plain = Gridder(theta, size, filter_name="ramp")
    tried = plain.at_centres(plain.transform(sinograms[3]), cors)
    found = made.at_centres(made.transform(sinograms[3]), cors)
    np.testing.assert_allclose(found, tried, atol=CLOSE * np.ptp(tried))


def test_copies_that_overlap_keep_every_value(card):
    arrays, rng = card(), np.random.default_rng(1)
    moved = transfers_for(arrays)
    sent = [rng.random((5, 300, 400 + 50 * number), dtype=np.float32) for number in range(12)]
    back = [np.empty_like(each) for each in sent]
    for one, other in zip(sent, back, strict=True):
        staged = one.copy()
        array = moved.up(staged)
        staged[:] = -1
        moved.down(array * 2 + 1, other)
    moved.finish()
    for one, other in zip(sent, back, strict=True):
        np.testing.assert_allclose(other, one * 2 + 1, rtol=1e-6)


@pytest.mark.parametrize("algorithm", ["sirt", "sirt-tv"])
def test_iterations(card, algorithm):
    rng = np.random.default_rng(2)
    theta, settings = rng.uniform(0, np.pi, 40), Iterations(algorithm=algorithm, count=10)
    sinograms = rng.random((5, 40, 128), dtype=np.float32)
    wanted = IterativeReconstructor(theta, 128, 60.0, settings).reconstruct(sinograms)
    found = DeviceIterativeReconstructor(card(), theta, 128, 60.0, settings).reconstruct(sinograms)
    np.testing.assert_allclose(found, wanted, atol=CLOSE * np.ptp(wanted))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"zinger_threshold": 500.0, "stripe": "titarenko", "hardening": (1.0, 0.05)},
        {"phase": "paganin", "delta_beta": 20.0, "rotation_deg": 0.5},
        {"stripe": "fourier-wavelet"},
        {"stripe": "vo"},
    ],
)
@pytest.mark.parametrize("free_bytes", [None, 300 << 20])
def test_volumes(card, settings, free_bytes, tmp_path):
    ((name, cor),) = simulate_scans(tmp_path, Simulation(1, columns=256, angles=180, rows=40, seed=3)).items()
    found = []
    for arrays in (None, card(free_bytes)):
        kept = Kept()
        with open_scan(tmp_path / name) as scan:
            recipe = Recipe(Region.of(scan.info), cor, settings=Preprocessing(**settings))
            reconstruct(scan, recipe, kept, memory_bytes=1 << 30, arrays=arrays)
        found.append(np.stack(list(kept.values())))
    np.testing.assert_allclose(found[1], found[0], atol=CLOSE * np.ptp(found[0]))
