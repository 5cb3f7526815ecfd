"""Each step on a card gives what the compiled one gives."""

import numpy as np
import pytest

from batchwork.tomo.kernels import hardening, hardening_table, phase, preprocess, zingers
from batchwork.tomo.kernels.gpu import preprocess as device
from batchwork.tomo.kernels.stripes import remove_stripes_titarenko

RNG = np.random.default_rng(5)


@pytest.mark.parametrize("kind", [np.uint16, np.float32, np.uint8])
@pytest.mark.parametrize("groups", [1, 2, 3])
def test_flat_and_dark_field(arrays, kind, groups):
    counts = RNG.integers(5, 200, (9, 4, 13)).astype(kind)
    flats = RNG.uniform(100, 250, (groups, 4, 13)).astype(np.float32)
    flats[:, 2, 5] = 0  # a dead pixel
    dark, positions = RNG.uniform(0, 5, (4, 13)).astype(np.float32), np.array([0.0, 5, 9])[:groups]
    for minus_log in (False, True):
        wanted = preprocess.attenuation(counts, flats, dark, positions=positions, minus_log=minus_log)
        found = device.transmission(arrays, arrays.put(counts), flats, dark, positions)
        if minus_log:
            found = device.negative_log(arrays, found)
        np.testing.assert_allclose(arrays.get(found).transpose(1, 0, 2), wanted, rtol=2e-5, atol=2e-6)


def test_the_limits_of_the_logarithm(arrays):
    light = np.array([[np.nan, -1.0, 0.0, 1e-7, 1.0, 3.0, np.inf]], np.float32)
    found = arrays.get(device.negative_log(arrays, arrays.put(light)))[0]
    np.testing.assert_allclose(found[:6], [6, 13.8155, 13.8155, 13.8155, 0, -np.log(3)], rtol=1e-5, atol=1e-7)
    assert found[6] == -np.inf


@pytest.mark.parametrize("binning", [0, 1, 2])
def test_binning(arrays, binning):
    image = RNG.integers(0, 60000, (3, 9, 14)).astype(np.uint16)
    found = arrays.get(device.bin_detector(arrays, arrays.put(image), binning))
    np.testing.assert_allclose(found, preprocess.bin_detector(image, binning), rtol=1e-6)


@pytest.mark.parametrize("size", [3, 5])
def test_zingers(arrays, size):
    counts = RNG.integers(80, 120, (4, 11, 12)).astype(np.uint16)
    counts[RNG.random(counts.shape) < 0.05] = 900
    counts[0, :2, :2] = 900  # a bright corner
    wanted = zingers.remove_zingers(counts, size=size, threshold=300)
    found = arrays.get(device.remove_zingers(arrays, arrays.put(counts), size=size, threshold=300))
    np.testing.assert_array_equal(found, wanted)
    assert not np.array_equal(wanted, counts)


@pytest.mark.parametrize("columns", [2, 31])
def test_titarenko(arrays, columns):
    light = RNG.uniform(0.2, 1, (3, 20, columns)).astype(np.float32) * RNG.uniform(0.9, 1.1, columns).astype(np.float32)
    found = arrays.get(device.remove_stripes_titarenko(arrays, arrays.put(light), beta=0.05))
    np.testing.assert_allclose(found, remove_stripes_titarenko(light, beta=0.05), rtol=1e-4)


@pytest.mark.parametrize("context", [((0, 0), (0, 0)), ((3, 2), (0, 4))])
def test_paganin(arrays, context):
    light = RNG.uniform(0.2, 1, (5, 14, 23)).astype(np.float32)
    wanted = light.copy()
    phase.paganin(wanted, 2.3, context=context)
    found = arrays.get(device.paganin(arrays, arrays.put(light), 2.3, context))
    inner = (slice(None), slice(context[0][0], 14 - context[0][1]), slice(context[1][0], 23 - context[1][1]))
    np.testing.assert_allclose(found[inner], wanted[inner], rtol=1e-5)


@pytest.mark.parametrize("coefficients", [(), (2.0,), (1.0, -0.1, 0.02)])
def test_a_polynomial(arrays, coefficients):
    values = RNG.uniform(-0.1, 4, (2, 5, 7)).astype(np.float32)
    wanted = values.copy()
    hardening.linearise(wanted, coefficients)
    np.testing.assert_allclose(arrays.get(device.linearise(arrays.put(values), coefficients)), wanted, rtol=1e-5)


def test_a_table(arrays):
    table = hardening_table.hardening_table(np.array([3.0, 1.0]), np.array([2.0, 0.5]), 1.25)
    values = RNG.uniform(-0.1, 18, (2, 5, 70)).astype(np.float32)
    wanted = values.copy()
    hardening_table.look_up(wanted, table)
    found = arrays.get(device.look_up(arrays, arrays.put(values), table))
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)
