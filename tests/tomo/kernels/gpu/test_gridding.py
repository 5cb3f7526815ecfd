"""The card's gridding against the compiled one: far within a thousandth of the range."""

import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.tomo.kernels import phantoms
from batchwork.tomo.kernels.gpu import DeviceGridder, ModuleArrays, TorchArrays
from batchwork.tomo.kernels.gpu.blocks import MOST_LANES, DeviceMemory, lanes_that_fit, rows_that_fit
from batchwork.tomo.kernels.gridding import Gridder

RNG = np.random.default_rng(7)
CLOSE = 1e-5
"""Of the range; a hundredth of what is asked for."""


@pytest.mark.parametrize(
    ("columns", "size", "angles", "accuracy"),
    [(64, 64, 50, "full"), (65, 80, 33, "full"), (100, 61, 90, "try"), (31, 31, 7, "full")],
)
def test_noise_from_every_side_comes_out_the_same(arrays, columns, size, angles, accuracy):
    theta = RNG.uniform(-4, 4, angles)
    sinograms = RNG.random((5, angles, columns), dtype=np.float32)
    cors = RNG.uniform(0, columns, 5)
    plan = {"filter_name": "ramp", "size": size, "accuracy": accuracy}
    wanted = Gridder(theta, columns, **plan).reconstruct(sinograms, cors)
    made = DeviceGridder(arrays, theta, columns, **plan)
    np.testing.assert_allclose(made.reconstruct(sinograms, cors), wanted, atol=CLOSE * np.ptp(wanted))
    single = Gridder(theta, columns, **plan).reconstruct(np.repeat(sinograms[2:3], 5, 0), cors)
    found = made.at_centres(made.transform(sinograms[2]), cors)
    np.testing.assert_allclose(found, single, atol=CLOSE * np.ptp(single))


def test_axes_and_diagonals(arrays):
    theta = np.arange(-8, 9) * np.pi / 4
    sinograms = RNG.random((1, theta.size, 40), dtype=np.float32)
    wanted = Gridder(theta, 40).reconstruct(sinograms, 19.5)
    found = DeviceGridder(arrays, theta, 40).reconstruct(sinograms, 19.5)
    np.testing.assert_allclose(found, wanted, atol=CLOSE * np.ptp(wanted))


def test_a_phantom_keeps_its_values(arrays):
    theta = np.linspace(0, np.pi, 120, endpoint=False)
    shape = [phantoms.Ellipse(0.02, 0.6, 0.4, 0.1, -0.2)]
    sinogram = phantoms.sinogram(shape, theta, 80, 38.0)
    found = DeviceGridder(arrays, theta, 80, filter_name="ramp").reconstruct(sinogram[None], 38.0)[0]
    truth = phantoms.image(shape, 80)
    assert found[truth == 0.02].mean() == pytest.approx(0.02, rel=0.01)
    assert np.sqrt(np.mean((found - truth) ** 2)) < 0.1 * 0.02


@pytest.mark.parametrize("make", [lambda free: ModuleArrays(np, free), lambda free: TorchArrays("cpu", free)])
def test_little_memory_makes_small_blocks_and_the_same_images(make):
    theta = np.linspace(0, np.pi, 20, endpoint=False)
    sinograms = RNG.random((7, 20, 32), dtype=np.float32)
    wanted = Gridder(theta, 32).reconstruct(sinograms, 15.0)
    lane = DeviceGridder(make(None), theta, 32).lane_bytes
    for lanes in (1, 3):
        made = DeviceGridder(make(int(lane * (lanes + 0.5) / 0.8)), theta, 32)
        assert [part.stop - part.start for part in made._parts(7)] == {1: [1] * 7, 3: [3, 3, 1]}[lanes]
        np.testing.assert_allclose(made.reconstruct(sinograms, 15.0), wanted, atol=CLOSE * np.ptp(wanted))


def test_sinograms_may_lie_on_the_card_already(arrays):
    theta = np.linspace(0, np.pi, 20, endpoint=False)
    sinograms = RNG.random((3, 20, 32), dtype=np.float32)
    made, out = DeviceGridder(arrays, theta, 32), np.empty((3, 32, 32), np.float32)
    assert made.reconstruct(arrays.put(sinograms), 15.0, out) is out
    np.testing.assert_array_equal(out, made.reconstruct(sinograms, 15.0))


def test_what_does_not_fit_is_refused(arrays):
    made = DeviceGridder(arrays, np.linspace(0, 3, 20), 32)
    with pytest.raises(ParameterError, match=r"\(slices, 20, 32\)"):
        made.reconstruct(np.zeros((1, 20, 31), np.float32), 15.0)
    with pytest.raises(ParameterError, match=r"\(20, 32\)"):
        made.transform(np.zeros((20, 31), np.float32))
    with pytest.raises(ParameterError, match="spectrum"):
        made.at_centres(arrays.put(np.zeros((20, 4), np.complex64)), [15.0])


def test_blocks_follow_from_the_memory_that_is_free():
    assert lanes_that_fit(1000, 100, 50) == 8
    assert lanes_that_fit(10**9, 100, 50) == MOST_LANES
    assert lanes_that_fit(10**9, 100, 3) == 3
    assert rows_that_fit(1000, 300, 50) == 5
    with pytest.raises(DeviceMemory, match=r"needs 2.00 GB .* 1.00 GB are free; use --binning"):
        lanes_that_fit(10**9, 2 * 10**9, 5)
    with pytest.raises(DeviceMemory):
        rows_that_fit(1000, 800, 10)
