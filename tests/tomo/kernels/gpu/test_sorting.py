"""Stripe removal by sorting on a card is that of the compiled kernel."""

import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.tomo.kernels import phantoms
from batchwork.tomo.kernels.gpu.sorting import remove_stripes_vo
from batchwork.tomo.kernels.stripes import remove_stripes_vo as compiled

RNG = np.random.default_rng(13)


def striped(angles, columns):
    """A sinogram with stripes of all kinds: dead, large and small ones."""
    theta = np.linspace(0, np.pi, angles, endpoint=False)
    shape = phantoms.cut(phantoms.shepp_logan(2 / columns), 0.0)
    light = np.exp(-phantoms.sinogram(shape, theta, columns, columns / 2 - 0.5))
    light *= 1 + RNG.normal(0, 0.01, columns) + RNG.normal(0, 0.003, light.shape)
    light[:, columns // 3] = 0.7
    light[:, columns // 2 : columns // 2 + 4] *= 1.3
    return light.astype(np.float32)


@pytest.mark.parametrize(("angles", "columns", "large"), [(90, 96, 21), (61, 75, 10), (40, 7, 3)])
def test_all_kinds_of_stripes(arrays, angles, columns, large):
    light = np.stack([striped(angles, columns) for _ in range(2)])
    options = {"snr": 3.0, "large_size": large, "small_size": 5}
    wanted = compiled(light, **options)
    found = arrays.get(remove_stripes_vo(arrays, arrays.put(light), **options))
    np.testing.assert_allclose(found, wanted, atol=1e-4)
    if columns > 10:
        assert np.abs(wanted - light)[:, :, columns // 3].mean() > 0.01


def test_what_does_not_fit_is_refused(arrays):
    with pytest.raises(ParameterError, match="snr = 0"):
        remove_stripes_vo(arrays, arrays.put(np.ones((1, 9, 9), np.float32)), snr=0, large_size=3, small_size=3)
