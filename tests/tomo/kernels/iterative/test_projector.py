"""The projectors are each other's transpose, and their line integrals are those of the phantom."""

import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.tomo.kernels import phantoms
from batchwork.tomo.kernels.iterative import Projector

EVERYWHERE = np.concatenate([np.linspace(-4, 4, 23), np.arange(-4, 5) * np.pi / 4])
"""Angles of all octants, and those where rays run along rows, columns and diagonals."""


@pytest.mark.parametrize(("columns", "size", "cor"), [(24, 24, 11.5), (31, 20, 12.3), (17, 40, -3.0), (20, 9, 25.0)])
def test_the_transpose_is_exact(columns, size, cor):
    rng = np.random.default_rng(columns)
    projector = Projector(EVERYWHERE, columns, cor, size=size)
    images = rng.normal(size=(size, size, 3)).astype(np.float32)
    rays = rng.normal(size=(EVERYWHERE.size, columns, 3)).astype(np.float32)
    forth = np.einsum("acs,acs->s", projector.forward(images).astype(np.float64), rays)
    back = np.einsum("yxs,yxs->s", images, projector.back(rays).astype(np.float64))
    scale = np.linalg.norm(images) * np.linalg.norm(rays)
    np.testing.assert_allclose(forth, back, atol=1e-6 * scale)
    assert np.abs(forth).max() > 1e-5 * scale


def test_each_weight_is_that_of_the_formula():
    theta, columns, n, cor = EVERYWHERE, 13, 6, 5.3
    projector = Projector(theta, columns, cor, size=n)
    x, y = np.meshgrid(np.arange(n) - 2.5, 2.5 - np.arange(n))
    place = cor + np.cos(theta)[:, None, None] * x + np.sin(theta)[:, None, None] * y
    reach = np.maximum(np.abs(np.cos(theta)), np.abs(np.sin(theta)))[:, None, None, None]
    distance = np.abs(np.arange(columns)[:, None, None] - place[:, None])
    wanted = np.maximum(1 - distance / reach, 0) / reach
    found = np.empty_like(wanted)
    for r in range(n):
        for c in range(n):
            pixel = np.zeros((n, n, 1), np.float32)
            pixel[r, c] = 1
            found[:, :, r, c] = projector.forward(pixel)[:, :, 0]
    np.testing.assert_allclose(found, wanted, atol=2e-6)


@pytest.mark.parametrize("cor", [63.5, 60.2, 70.0])
def test_line_integrals_are_those_of_an_ellipse(cor):
    theta = np.linspace(0, np.pi, 40, endpoint=False)
    shape = [phantoms.Ellipse(1.0, 0.5, 0.3, 0.1, -0.2, 0.4)]
    found = Projector(theta, 128, cor).forward(phantoms.image(shape, 128)[:, :, None])[:, :, 0]
    wanted = phantoms.sinogram(shape, theta, 128, cor)
    assert np.sqrt(np.mean((found - wanted) ** 2)) < 0.005 * wanted.max()


def test_slices_side_by_side_do_not_mix():
    images = np.random.default_rng(0).random((12, 12, 4)).astype(np.float32)
    projector = Projector(EVERYWHERE, 15, 7.2, size=12)
    together = projector.forward(images)
    for lane in range(4):
        alone = projector.forward(np.ascontiguousarray(images[:, :, lane : lane + 1]))
        np.testing.assert_allclose(together[:, :, lane : lane + 1], alone, rtol=1e-5, atol=1e-5)


def test_what_does_not_fit_is_refused():
    projector = Projector(EVERYWHERE, 15, 7.2, size=12)
    with pytest.raises(ParameterError, match=r"images must be float32 of shape \(12, 12, lanes\)"):
        projector.forward(np.zeros((12, 11, 1), np.float32))
    with pytest.raises(ParameterError, match="rays must be float32"):
        projector.back(np.zeros((EVERYWHERE.size, 15, 1)))
    with pytest.raises(ParameterError, match="at least one angle"):
        Projector([], 15, 7.0)
