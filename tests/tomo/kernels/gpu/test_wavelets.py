"""The card's wavelets are PyWavelets'."""

import numpy as np
import pytest
import pywt

from batchwork.errors import ParameterError
from batchwork.tomo.kernels.gpu import wavelets
from batchwork.tomo.kernels.stripes import remove_stripes_fourier_wavelet

RNG = np.random.default_rng(11)


@pytest.mark.parametrize("wavelet", ["haar", "db5", "sym16"])
@pytest.mark.parametrize("shape", [(64, 64), (61, 72), (40, 33)])
def test_one_level_there_and_back(arrays, wavelet, shape):
    image = RNG.random(shape, dtype=np.float32)
    coarse, details = pywt.dwt2(image, wavelet)
    found = wavelets._forth(arrays, arrays.put(image[None]), wavelet)
    for mine, wanted in zip(found, (coarse, *details), strict=True):
        np.testing.assert_allclose(arrays.get(mine)[0], wanted, atol=2e-6)
    back = arrays.get(wavelets._back(arrays, *found, wavelet))[0]
    np.testing.assert_allclose(back, pywt.idwt2((coarse, details), wavelet), atol=3e-6)


@pytest.mark.parametrize(("angles", "columns", "level"), [(90, 101, 7), (64, 80, 1), (12, 9, 3)])
def test_stripes(arrays, angles, columns, level):
    light = RNG.uniform(0.2, 1, (2, angles, columns)).astype(np.float32)
    light *= RNG.uniform(0.8, 1.2, columns).astype(np.float32)
    light[0, 3, 4] = np.nan
    options = {"sigma": 1.5, "level": level, "wavelet": "db5"}
    found = arrays.get(wavelets.remove_stripes_fourier_wavelet(arrays, arrays.put(light), **options))
    np.testing.assert_allclose(found, remove_stripes_fourier_wavelet(light, **options), atol=1e-5)


def test_what_does_not_fit_is_refused(arrays):
    with pytest.raises(ParameterError, match="no discrete wavelet 'round'"):
        wavelets.remove_stripes_fourier_wavelet(arrays, arrays.put(np.ones((1, 8, 8), np.float32)), wavelet="round")
