"""Iterations on a card are those of the compiled kernels."""

import numpy as np
import pytest

from batchwork.tomo.kernels.gpu import DeviceIterativeReconstructor, TorchArrays
from batchwork.tomo.kernels.gpu.projector import DeviceProjector
from batchwork.tomo.kernels.iterative import Iterations, IterativeReconstructor, Projector

RNG = np.random.default_rng(9)
EVERYWHERE = np.concatenate([np.linspace(-4, 4, 11), np.arange(-4, 5) * np.pi / 4])
CLOSE = 1e-5
"""Of the range."""


@pytest.mark.parametrize(("columns", "size", "cor"), [(24, 24, 11.5), (31, 20, 12.3), (17, 40, -3.0), (20, 9, 25.0)])
def test_both_projections(arrays, columns, size, cor):
    plan = Projector(EVERYWHERE, columns, cor, size=size)
    made = DeviceProjector(arrays, plan)
    images = RNG.normal(size=(size, size, 3)).astype(np.float32)
    rays = RNG.normal(size=(EVERYWHERE.size, columns, 3)).astype(np.float32)
    forth, back = plan.forward(images), plan.back(rays)
    np.testing.assert_allclose(arrays.get(made.forward(arrays.put(images))), forth, atol=CLOSE * np.ptp(forth))
    np.testing.assert_allclose(arrays.get(made.back(arrays.put(rays))), back, atol=CLOSE * np.ptp(back))


@pytest.mark.parametrize("algorithm", ["sirt", "sirt-tv"])
@pytest.mark.parametrize("nonnegative", [True, False])
def test_images(arrays, algorithm, nonnegative):
    theta = RNG.uniform(0, np.pi, 12)
    sinograms = RNG.random((3, 12, 30), dtype=np.float32)
    settings = Iterations(algorithm=algorithm, count=8, variation=0.05, field=1.3, nonnegative=nonnegative)
    wanted = IterativeReconstructor(theta, 30, 14.2, settings, size=26).reconstruct(sinograms)
    told = []
    made = DeviceIterativeReconstructor(arrays, theta, 30, 14.2, settings, size=26)
    found = made.reconstruct(sinograms, progress=told.append)
    np.testing.assert_allclose(found, wanted, atol=1e-4 * np.ptp(wanted))
    assert told[-1] == 3


def test_little_memory_makes_small_blocks():
    theta, settings = np.linspace(0, 3, 6), Iterations(count=2)
    sinograms = RNG.random((5, 6, 20), dtype=np.float32)
    lane = DeviceIterativeReconstructor(TorchArrays("cpu"), theta, 20, 9.0, settings).lane_bytes
    made = DeviceIterativeReconstructor(TorchArrays("cpu", int(2.5 * lane / 0.8)), theta, 20, 9.0, settings)
    assert made.lanes(5) == 2
    wanted = IterativeReconstructor(theta, 20, 9.0, settings).reconstruct(sinograms)
    np.testing.assert_allclose(made.reconstruct(sinograms), wanted, atol=CLOSE * np.ptp(wanted))
