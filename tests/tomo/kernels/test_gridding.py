import numba as nb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchwork.errors import ParameterError
from batchwork.tomo.kernels import phantoms
from batchwork.tomo.kernels.direct import back_projection
from batchwork.tomo.kernels.gridding import (
    BLOCK_SLICES,
    Gridder,
    bytes_per_slice,
    grid_size,
    padded_length,
    work_bytes,
)

ELLIPSES = phantoms.cut(phantoms.shepp_logan(0.02), 0.0)


def half_circle(angles):
    return np.linspace(0, np.pi, angles, endpoint=False)


def inside(n, radius=0.9):
    c = (np.arange(n) - (n - 1) / 2) / (n / 2)
    return np.hypot(c[:, None], c[None, :]) < radius


def rmse(image, truth, radius=0.9):
    return float(np.sqrt(np.mean((image - truth)[inside(len(truth), radius)] ** 2)))


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def reference(sinogram, theta, cor):
    """Filtered back projection in a few lines of numpy, zero-padded and finely interpolated."""
    angles, n = sinogram.shape
    size = 1 << int(np.ceil(np.log2(2 * n)))
    k = np.minimum(np.arange(size), size - np.arange(size))
    ramp = np.where(k % 2 == 1, -1 / (np.pi * np.maximum(k, 1)) ** 2, 0.0)
    ramp[0] = 0.25
    up = 8
    fine = np.fft.irfft(np.fft.rfft(sinogram, size) * np.fft.rfft(ramp).real, size * up) * up
    c = np.arange(n) - (n - 1) / 2
    x, y = np.meshgrid(c, -c)
    lines = (x * np.cos(t) + y * np.sin(t) + cor for t in theta)
    image = sum(np.interp(s, np.arange(size * up) / up, line) for s, line in zip(lines, fine, strict=True))
    return image * np.pi / angles


@pytest.mark.parametrize("n", [128, 129, 200])
@pytest.mark.parametrize("accuracy", ["full", "try"])
def test_values_are_attenuation_per_pixel(n, accuracy):
    theta, cor = half_circle(180), n / 2 - 3.7
    sinogram = phantoms.sinogram(ELLIPSES, theta, n, cor)
    gridder = Gridder(theta, n, filter_name="ramp", accuracy=accuracy)
    image = gridder.reconstruct(sinogram[None], cor)[0]
    assert rmse(image, phantoms.image(ELLIPSES, n)) < 0.03 * 0.02
    middle = inside(n, 0.12)
    assert image[middle].mean() == pytest.approx(phantoms.image(ELLIPSES, n)[middle].mean(), rel=2e-3)


@pytest.mark.parametrize("photons", [None, 2e4])
def test_no_worse_than_plain_filtered_back_projection(photons):
    n, theta, cor = 256, half_circle(241), 121.4
    rng = np.random.default_rng(4)
    slice_ = phantoms.cut(phantoms.foam(rng, bubbles=300), 0.0)
    truth = phantoms.image(slice_, n)
    sinogram = phantoms.sinogram(slice_, theta, n, cor)
    if photons is not None:
        scale = 2 / sinogram.max()
        counts = rng.poisson(photons * np.exp(-sinogram * scale))
        sinogram = (-np.log(counts / photons) / scale).astype(np.float32)
    image = Gridder(theta, n, filter_name="ramp").reconstruct(sinogram[None], cor)[0]
    assert rmse(image, truth) <= rmse(reference(sinogram, theta, cor), truth) * 1.05 + 0.001


@pytest.mark.parametrize(("x", "y"), [(0.5, 0.25), (-0.3, 0.6), (0.1, -0.7)])
def test_x_grows_with_the_column_and_y_upwards(x, y):
    n, theta, cor = 101, half_circle(120), 54.0
    dot = [phantoms.Ellipse(1.0, 0.04, 0.04, x, y)]
    image = Gridder(theta, n).reconstruct(phantoms.sinogram(dot, theta, n, cor)[None], cor)[0]
    row, column = np.unravel_index(np.argmax(image), image.shape)
    middle = (n - 1) / 2
    assert column == pytest.approx(middle + x * n / 2, abs=0.75)
    assert row == pytest.approx(middle - y * n / 2, abs=0.75)


def test_moving_the_object_and_the_centre_together_changes_nothing():
    n, theta = 128, half_circle(150)
    cors = np.array([63.5, 60.0, 66.25, 71.9])
    sinograms = np.stack([phantoms.sinogram(ELLIPSES, theta, n, cor, unit_px=50) for cor in cors])
    images = Gridder(theta, n).reconstruct(sinograms, cors)
    assert np.abs(images - images[0])[:, inside(n)].max() < 0.015 * images[0].max()


def test_whole_columns_shift_exactly():
    n, theta = 128, half_circle(100)
    sinogram = phantoms.sinogram(ELLIPSES, theta, n, 63.0, unit_px=40)
    gridder = Gridder(theta, n)
    still, moved = gridder.reconstruct(np.stack([sinogram, np.roll(sinogram, 5, 1)]), np.array([63.0, 68.0]))
    np.testing.assert_allclose(moved, still, atol=1e-5 * still.max())


@pytest.mark.parametrize("n", [64, 65])
@pytest.mark.parametrize(("accuracy", "bound"), [("full", 2e-4), ("try", 1e-3)])
def test_agrees_with_direct_back_projection(n, accuracy, bound):
    theta = half_circle(70)
    sinogram = noise(70, n)
    direct = back_projection(sinogram, theta, 30.3, filter_name="ramp", upsampling=128)
    gridder = Gridder(theta, n, filter_name="ramp", accuracy=accuracy)
    image = gridder.reconstruct(sinogram[None], 30.3)[0]
    assert np.abs(image - direct).max() < bound * np.abs(direct).max()


def test_nothing_leaks_between_slices():
    sinograms = noise(BLOCK_SLICES, 60, 64)
    gridder = Gridder(half_circle(60), 64, filter_name="ramp")
    together = gridder.reconstruct(sinograms, 31.0)
    sinograms[1:] = 0
    alone = gridder.reconstruct(sinograms, 31.0)
    assert not alone[1:].any()
    np.testing.assert_array_equal(alone[0], together[0])


@given(st.floats(-3, 3), st.floats(-3, 3))
@settings(max_examples=10, deadline=None)
def test_linear(p, q):
    gridder = Gridder(half_circle(40), 64)
    first, second = noise(40, 64), noise(40, 64, seed=1)
    mixed = (p * first + q * second).astype(np.float32)
    a, b, c = gridder.reconstruct(np.stack([first, second, mixed]), 31.2)
    np.testing.assert_allclose(c, p * a + q * b, atol=2e-5)


@pytest.mark.parametrize(
    "theta",
    [
        np.linspace(0, np.pi, 181),
        np.linspace(0, 2 * np.pi, 360, endpoint=False),
        np.linspace(np.pi / 2, 3 * np.pi / 2, 180, endpoint=False),
        np.linspace(0, np.pi, 180, endpoint=False)[::-1],
        np.concatenate([np.linspace(0, 1, 120, endpoint=False), np.linspace(1, np.pi, 130)]),
    ],
    ids=["both ends", "360 degrees", "from 90 degrees", "backwards", "unequal steps"],
)
def test_angles_of_any_kind_give_the_same_values(theta):
    n, cor = 96, 48.7
    sinogram = phantoms.sinogram(ELLIPSES, theta, n, cor)
    image = Gridder(theta, n).reconstruct(sinogram[None], cor)[0]
    plain = half_circle(180)
    usual = Gridder(plain, n).reconstruct(phantoms.sinogram(ELLIPSES, plain, n, cor)[None], cor)[0]
    assert rmse(image, usual) < 0.02 * 0.02


def test_an_object_wider_than_the_detector():
    wide, n, theta = 192, 128, half_circle(180)
    sinogram = phantoms.sinogram(ELLIPSES, theta, wide, 95.5)[:, 32:160]
    image = Gridder(theta, n).reconstruct(sinogram[None], 63.5)[0]
    truth = phantoms.image(ELLIPSES, wide)[32:160, 32:160]
    difference = (image - truth)[inside(n, 0.8)]
    assert difference.std() < 0.1 * 0.02  # a truncated scan is right up to a smooth cup


@pytest.mark.parametrize("columns", [1, 2, 3, 7, 61])
@pytest.mark.parametrize("angles", [1, 2, 9])
def test_small_and_odd_shapes(columns, angles):
    sinograms = np.abs(noise(3, angles, columns))
    theta = half_circle(angles)
    images = Gridder(theta, columns, filter_name="ramp").reconstruct(sinograms, (columns - 1) / 2)
    direct = back_projection(sinograms[2], theta, (columns - 1) / 2, filter_name="ramp", upsampling=64)
    assert images.shape == (3, columns, columns)
    np.testing.assert_allclose(images[2], direct, atol=2e-3 * np.abs(direct).max() + 1e-5)


@pytest.mark.parametrize("size", [40, 65, 128])
def test_images_of_another_size_show_the_same_pixels(size):
    n, theta = 64, half_circle(60)
    sinogram = phantoms.sinogram(ELLIPSES, theta, n, 31.5)[None]
    whole = Gridder(theta, n).reconstruct(sinogram, 31.5)[0]
    image = Gridder(theta, n, size=size).reconstruct(sinogram, 31.5)[0]
    if size % 2 == 0:
        common = min(n, size) // 2
        a, b = (
            v[len(v) // 2 - common :][: 2 * common, len(v) // 2 - common :][:, : 2 * common] for v in (whole, image)
        )
        assert np.abs(a - b)[inside(2 * common)].max() < 0.01 * whole.max()
    assert image.shape == (size, size)


@pytest.mark.parametrize("slices", [0, 1, 2, 3, 5, 8, 9, 17])
def test_blocks_of_any_size_give_the_same_slices(slices):
    sinograms = noise(17, 20, 33)
    gridder = Gridder(half_circle(20), 33)
    all_slices = gridder.reconstruct(sinograms, 16.0)
    np.testing.assert_allclose(gridder.reconstruct(sinograms[:slices], 16.0), all_slices[:slices], atol=1e-6)


def test_results_do_not_depend_on_the_number_of_threads():
    sinograms = noise(5, 50, 100)
    one, two = (
        Gridder(half_circle(50), 100, threads=t).reconstruct(sinograms, 48.3) for t in (1, nb.config.NUMBA_NUM_THREADS)
    )
    np.testing.assert_array_equal(one, two)


def test_the_number_of_threads_of_the_caller_is_put_back():
    before = nb.get_num_threads()
    Gridder(half_circle(3), 8, threads=1).reconstruct(noise(1, 3, 8), 3.5)
    assert nb.get_num_threads() == before


def test_centres_of_one_slice_are_those_of_many():
    cors = np.linspace(30, 34, 11)
    sinogram = noise(40, 64)
    gridder = Gridder(half_circle(40), 64)
    stack = gridder.at_centres(gridder.transform(sinogram), cors)
    np.testing.assert_array_equal(stack, gridder.reconstruct(np.repeat(sinogram[None], 11, 0), cors))


def test_the_caller_may_say_where_to_write():
    gridder = Gridder(half_circle(10), 16)
    sinograms, out = noise(2, 10, 16), np.empty((2, 16, 16), np.float32)
    assert gridder.reconstruct(sinograms, 7.5, out=out) is out
    np.testing.assert_array_equal(out, gridder.reconstruct(sinograms, 7.5))
    spectrum = gridder.transform(sinograms[0])
    assert gridder.at_centres(spectrum, [7.5, 8.0], out=out) is out


def test_the_input_is_left_as_it_is():
    sinograms = noise(2, 10, 16)
    copy = sinograms.copy()
    Gridder(half_circle(10), 16).reconstruct(sinograms, 7.5)
    np.testing.assert_array_equal(sinograms, copy)


def test_parts_of_larger_arrays_are_taken():
    stack = noise(4, 24, 40)
    gridder = Gridder(half_circle(12), 20)
    part = stack[::2, ::2, 10:30]
    np.testing.assert_array_equal(gridder.reconstruct(part, 9.0), gridder.reconstruct(np.ascontiguousarray(part), 9.0))


@pytest.mark.parametrize(
    "options", [{"columns": 0}, {"size": 0}, {"threads": 0}, {"accuracy": "best"}, {"filter_name": "no"}]
)
def test_parameters_that_do_not_fit_are_refused(options):
    with pytest.raises(ParameterError):
        Gridder(half_circle(4), **{"columns": 8, **options})


def test_shapes_that_do_not_fit_are_refused():
    gridder = Gridder(half_circle(4), 8)
    with pytest.raises(ParameterError, match="sinograms"):
        gridder.reconstruct(noise(1, 4, 9), 3.5)
    with pytest.raises(ParameterError, match="sinogram"):
        gridder.transform(noise(5, 8))
    with pytest.raises(ParameterError, match="spectrum"):
        gridder.at_centres(np.zeros((4, 3), np.complex64), [3.5])
    with pytest.raises(ParameterError, match="out"):
        gridder.reconstruct(noise(1, 4, 8), 3.5, out=np.empty((1, 8, 8)))


def test_sizes_and_memory():
    assert padded_length(1024, 1024) == 2048
    assert grid_size(1024) == 1536
    assert grid_size(1024, "try") == 1280
    assert grid_size(1023) % 2 == 0
    assert bytes_per_slice(1024, 900) == 4 * (900 * 1024 + 1024 * 1024)
    gridder = Gridder(half_circle(90), 128)
    assert gridder.work_bytes == work_bytes(128, 90)
    assert Gridder(half_circle(90), 128, accuracy="try").work_bytes < gridder.work_bytes
