"""Iterations approach the phantom, and beat filtered back projection where angles are few."""

from itertools import pairwise

import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.tomo.kernels import phantoms
from batchwork.tomo.kernels.gridding import Gridder
from batchwork.tomo.kernels.iterative import Iterations, IterativeReconstructor
from batchwork.tomo.kernels.iterative.reconstructor import typical_attenuation

N, COR = 64, 30.7
SHAPES = phantoms.cut(phantoms.shepp_logan(), 0.0)
TRUTH = phantoms.image(SHAPES, N)


def few(angles, noise=0.0):
    theta = np.linspace(0, np.pi, angles, endpoint=False)
    clean = phantoms.sinogram(SHAPES, theta, N, COR)
    rng = np.random.default_rng(1)
    return theta, (clean + rng.normal(0, noise * clean.max(), clean.shape)).astype(np.float32)


def rmse(image, truth=TRUTH):
    c = (np.arange(N) + 0.5) / N * 2 - 1
    return np.sqrt(np.mean((image - truth)[np.hypot(c[:, None], c) < 0.9] ** 2))


def iterate(theta, sinogram, size=None, cor=COR, **settings):
    made = IterativeReconstructor(theta, sinogram.shape[1], cor, Iterations(**settings), size=size)
    return made.reconstruct(sinogram[None])[0]


@pytest.mark.parametrize("noise", [0.0, 0.03])
def test_few_angles_come_out_better_than_by_filtered_back_projection(noise):
    theta, sinogram = few(20, noise)
    filtered = min(
        rmse(Gridder(theta, N, filter_name=name).reconstruct(sinogram[None], COR)[0]) for name in ("ramp", "parzen")
    )
    plain = rmse(iterate(theta, sinogram, count=60))
    smooth = rmse(iterate(theta, sinogram, count=60, algorithm="sirt-tv", variation=0.005))
    assert plain < 0.85 * filtered
    assert smooth < 0.85 * plain


def residual(theta, sinogram, image):
    made = IterativeReconstructor(theta, N, COR, Iterations())
    found = made.projector.forward(image[:, :, None])[:, :, 0]
    return np.sqrt(np.sum((found - sinogram) ** 2 * made.ray_weights))


def test_the_weighted_residual_falls_with_every_iteration():
    theta, sinogram = few(20)
    found = [
        residual(theta, sinogram, iterate(theta, sinogram, count=count, nonnegative=False))
        for count in (1, 2, 4, 8, 16, 32, 64)
    ]
    assert all(later < 0.9 * before for before, later in pairwise(found))


def test_sirt_is_its_formula():
    theta, sinogram = few(7)
    made = IterativeReconstructor(theta, N, COR, Iterations(count=3, nonnegative=False))
    projector, image = made.projector, np.zeros((N, N, 1), np.float32)
    lengths = projector.forward(np.ones_like(image))
    sums = projector.back((lengths > 1e-3).astype(np.float32))
    for _ in range(3):
        change = sinogram[:, :, None] - projector.forward(image)
        change = np.divide(change, lengths, out=np.zeros_like(change), where=lengths > 1e-3)
        image = image + np.divide(projector.back(change), sums, out=np.zeros_like(image), where=sums > 0)
    np.testing.assert_allclose(made.reconstruct(sinogram[None])[0], image[:, :, 0], atol=2e-6)


def test_the_objective_of_total_variation_is_at_its_least():
    theta, sinogram = few(12)
    image = iterate(theta, sinogram, count=300, algorithm="sirt-tv", variation=0.02)
    made = IterativeReconstructor(theta, N, COR, Iterations())
    weight = 0.02 * typical_attenuation(sinogram) * made.pixel_sums.max()

    def objective(candidate):
        down, right = (np.diff(candidate, axis=a, append=np.take(candidate, [-1], a)) for a in (0, 1))
        variation = np.hypot(down, right).sum(dtype=np.float64)
        return residual(theta, sinogram, candidate) ** 2 / 2 + weight * variation

    least, rng = objective(image), np.random.default_rng(0)
    for direction in (TRUTH - image, rng.normal(size=image.shape) * image, -image, np.roll(image, 1, 0) - image):
        for step in (1e-3, 1e-2, 0.1):
            moved = np.maximum(image + step * direction, 0).astype(np.float32)
            assert objective(moved) > least * (1 - 1e-4)


def test_uneven_angles_need_no_weights():
    rng = np.random.default_rng(4)
    theta = np.concatenate([rng.uniform(0, 0.6, 40), rng.uniform(0.6, np.pi, 20)])
    sinogram = phantoms.sinogram(SHAPES, theta, N, COR)
    filtered = rmse(Gridder(theta, N, filter_name="ramp").reconstruct(sinogram[None], COR)[0])
    assert rmse(iterate(theta, sinogram, count=60)) < filtered


def test_the_image_is_best_at_the_right_centre():
    theta, sinogram = few(30)
    errors = {off: rmse(iterate(theta, sinogram, count=20, cor=COR + off)) for off in (-1, 0, 1)}
    assert errors[0] < 0.9 * min(errors[-1], errors[1])


def test_a_sample_wider_than_the_detector_needs_a_wider_grid():
    theta = np.linspace(0, np.pi, 60, endpoint=False)
    whole = [phantoms.Ellipse(0.02, 0.9, 0.85), phantoms.Ellipse(0.02, 0.1, 0.12, 0.1, 0.15)]
    sinogram = phantoms.sinogram(whole, theta, 2 * N, N - 0.5)[:, N // 2 : N // 2 + N]
    truth = phantoms.image(whole, 2 * N)[N // 2 : N // 2 + N, N // 2 : N // 2 + N]
    narrow, wide = (
        rmse(iterate(theta, np.ascontiguousarray(sinogram), cor=N / 2 - 0.5, count=40, field=field), truth)
        for field in (1.0, 2.0)
    )
    assert wide < 0.5 * narrow


def test_slices_do_not_depend_on_those_beside_them_and_progress_is_told():
    theta, sinogram = few(10)
    stack = np.stack([sinogram * factor for factor in np.linspace(0.5, 2, 11)]).astype(np.float32)
    for algorithm in ("sirt", "sirt-tv"):
        told = []
        made = IterativeReconstructor(theta, N, COR, Iterations(algorithm=algorithm, count=5))
        together = made.reconstruct(stack, progress=told.append)
        for number in (0, 7, 10):
            np.testing.assert_allclose(together[number], made.reconstruct(stack[number : number + 1])[0], atol=1e-5)
        assert told[-1] == 11
        assert told == sorted(told)


def test_size_and_out():
    theta, sinogram = few(10)
    out = np.empty((1, 40, 40), np.float32)
    made = IterativeReconstructor(theta, N, COR, Iterations(count=20, field=1.6), size=40)
    assert made.reconstruct(sinogram[None], out) is out
    np.testing.assert_allclose(out[0], iterate(theta, sinogram, count=20)[12:-12, 12:-12], atol=1e-6)


def test_negative_attenuation_is_kept_if_wished():
    theta, sinogram = few(10)
    assert iterate(theta, sinogram, count=20).min() == 0
    assert iterate(theta, sinogram, count=20, nonnegative=False).min() < 0


@pytest.mark.parametrize("radius", [0.2, 0.8])
def test_typical_attenuation_is_that_of_a_disc(radius):
    theta = np.linspace(0, np.pi, 8, endpoint=False)
    sinogram = phantoms.sinogram([phantoms.Ellipse(0.03, radius, radius, 0.1, 0.0)], theta, 128, 63.5)
    value = phantoms.image([phantoms.Ellipse(0.03, radius, radius, 0.1, 0.0)], 128).max()
    assert typical_attenuation(sinogram) == pytest.approx(value, rel=0.02)
    assert typical_attenuation(np.zeros_like(sinogram)) == 0


@pytest.mark.parametrize("wrong", [{"count": 0}, {"variation": -1.0}, {"field": 0.5}, {"algorithm": "art"}])
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(ParameterError):
        Iterations(**wrong)


def test_a_sinogram_of_another_shape_is_refused():
    made = IterativeReconstructor([0.0, 1.0], 8, 3.5, Iterations())
    with pytest.raises(ParameterError, match=r"\(slices, 2, 8\)"):
        made.reconstruct(np.zeros((1, 3, 8), np.float32))
