import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.tomo.kernels import phantoms
from batchwork.tomo.kernels.direct import back_projection


@pytest.mark.parametrize("n", [96, 97])
def test_reconstructs_a_disc(n):
    disc = [phantoms.Ellipse(0.5, 0.5, 0.5, 0.1, -0.2)]
    theta = np.linspace(0, np.pi, 150, endpoint=False)
    image = back_projection(phantoms.sinogram(disc, theta, n, 40.2), theta, 40.2, filter_name="ramp")
    truth = phantoms.image(disc, n)
    assert np.sqrt(np.mean((image - truth)[16:-16, 16:-16] ** 2)) < 0.02
    full = phantoms.image([phantoms.Ellipse(1, 0.4, 0.4, 0.1, -0.2)], n) == 1
    assert image[full].mean() == pytest.approx(0.5, rel=2e-3)


def test_without_filter_a_constant_is_projected_back():
    theta = np.linspace(0, np.pi, 30, endpoint=False)
    image = back_projection(np.ones((30, 20), np.float32), theta, 9.5, filter_name="none")
    np.testing.assert_allclose(image, np.pi, rtol=1e-4)


def test_the_number_of_angles_must_match():
    with pytest.raises(ParameterError, match="5 angles"):
        back_projection(np.zeros((5, 8), np.float32), [0.0, 1.0], 3.5)
