import numpy as np
import pytest

from batchwork.pixels.kernels.eigenvalues import eigenvalues_3x3


def elements(matrix):
    return [float(matrix[i, j]) for i in range(3) for j in range(i, 3)]


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_random_matrices(scale):
    rng = np.random.default_rng(1)
    for _ in range(200):
        half = rng.normal(size=(3, 3)) * scale
        matrix = half + half.T
        found = eigenvalues_3x3(*elements(matrix))
        np.testing.assert_allclose(found, np.linalg.eigvalsh(matrix)[::-1], rtol=0, atol=1e-12 * scale)


def test_eigenvalues_that_coincide():
    rng = np.random.default_rng(2)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    for wanted in ([3.0, 3.0, 1.0], [3.0, 1.0, 1.0], [2.0, 2.0, 2.0], [0.0, 0.0, 0.0], [5.0, 0.0, 0.0]):
        matrix = turn @ np.diag(wanted) @ turn.T
        np.testing.assert_allclose(eigenvalues_3x3(*elements(matrix)), wanted, atol=1e-7)
    assert eigenvalues_3x3(2.0, 0.0, 0.0, 2.0, 0.0, 2.0) == (2.0, 2.0, 2.0)
