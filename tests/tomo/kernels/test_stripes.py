"""Stripe removal: against plain references, and by the rings that it takes away."""

import numba as nb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as arrays
from scipy import ndimage

from batchwork.errors import ParameterError
from batchwork.tomo.kernels import phantoms
from batchwork.tomo.kernels.gridding import Gridder
from batchwork.tomo.kernels.stripes import STRIPE_METHODS, large_size_for, remove_stripes
from batchwork.tomo.kernels.stripes import vo_loops as loops
from batchwork.tomo.kernels.stripes.vo import remove_stripes_vo, stripe_mask

ANGLES, COLUMNS = 120, 160
THETA = np.linspace(0, np.pi, ANGLES, endpoint=False)
RNG = np.random.default_rng(7)
HEAD = phantoms.cut(phantoms.foam(np.random.default_rng(3), 40, 2 / COLUMNS), 0.0)
CLEAN = np.exp(-phantoms.sinogram(HEAD, THETA, COLUMNS, 80.2))
NOISE = (1 + 0.01 * RNG.standard_normal(CLEAN.shape)).astype(np.float32)
GAINS = 1 + 0.05 * RNG.standard_normal(COLUMNS).astype(np.float32)


def sorted_reference(sinogram, size):
    """Algorithm 3 in plain numpy."""
    order = np.argsort(sinogram, axis=0, kind="stable")
    ranked = np.take_along_axis(sinogram, order, axis=0)
    smooth = ndimage.median_filter(ranked, (1, size))
    out = np.empty_like(sinogram)
    np.put_along_axis(out, order, smooth, axis=0)
    return out


def large_reference(sinogram, snr, size, drop_ratio):
    """Algorithm 5 in plain numpy."""
    angles = len(sinogram)
    drop = int(0.5 * drop_ratio * angles)
    order = np.argsort(sinogram, axis=0, kind="stable")
    ranked = np.take_along_axis(sinogram, order, axis=0).astype(np.float64)
    smooth = ndimage.median_filter(ranked, (1, size))
    factors = ranked[drop : angles - drop].mean(0) / smooth[drop : angles - drop].mean(0)
    corrected = np.empty_like(smooth)
    np.put_along_axis(corrected, order, smooth, axis=0)
    mask = ndimage.binary_dilation(stripe_mask(factors, snr))
    return np.where(mask, corrected, sinogram / factors).astype(np.float32)


def dead_reference(sinogram, snr, size):
    """Algorithm 6 in plain numpy."""
    rough = np.abs(sinogram - ndimage.uniform_filter1d(sinogram, 10, axis=0)).sum(0)
    dead = ndimage.binary_dilation(stripe_mask(rough / ndimage.median_filter(rough, size), snr))
    dead[:2] = dead[-2:] = False
    good = np.flatnonzero(~dead)
    return np.stack([np.interp(np.arange(sinogram.shape[1]), good, row[good]) for row in sinogram]).astype(np.float32)


def striped():
    """Noise, gains, a large stripe, a dead column and one that flickers."""
    sinogram = CLEAN * NOISE * GAINS
    sinogram[:, 40:44] *= 0.7
    sinogram[:, 100] = 0.4
    sinogram[:, 120] = RNG.random(ANGLES)
    return sinogram.astype(np.float32)


@pytest.mark.parametrize(("large", "small", "drop"), [(51, 21, 0.1), (31, 10, 0.3)])
def test_sorting_is_as_its_algorithms_say(large, small, drop):
    sinogram = striped()
    wanted = sorted_reference(large_reference(dead_reference(sinogram, 3.0, large), 3.0, large, drop), small)
    given = remove_stripes_vo(sinogram[None], large_size=large, small_size=small, drop_ratio=drop)[0]
    far = np.abs(given - wanted) > 1e-5 * np.ptp(sinogram)
    assert far.mean() < 2e-3, "but for ties of the sort"


@pytest.mark.parametrize("size", [1, 4, 5, 21, 51])
def test_the_running_median_is_that_of_scipy(size):
    values = RNG.standard_normal((30, 12)).astype(np.float32)
    keys, order, out = np.empty((30, 12), np.uint32), np.empty((30, 12), np.int32), np.empty((30, 12), np.uint32)
    loops.sort_columns(values, keys, order)
    np.testing.assert_array_equal(np.take_along_axis(values, order.astype(int), 1), np.sort(values, axis=1))
    loops.median_along_detector(keys, size, out)
    back = np.empty((12, 30), np.float32)
    loops.unsort(out, np.tile(np.arange(12, dtype=np.int32), (30, 1)), back)
    np.testing.assert_array_equal(back, ndimage.median_filter(np.sort(values, axis=1), (size, 1)).T)


def rings(sinogram, body=HEAD, cor=80.2):
    """Error of the slice in a disc."""
    n = sinogram.shape[1]
    image = Gridder(THETA, n, filter_name="ramp").reconstruct(-np.log(np.maximum(sinogram, 1e-4))[None], cor)[0]
    place = np.hypot(*np.meshgrid(*[np.arange(n) - (n - 1) / 2] * 2))
    return float(np.sqrt(np.mean((image - phantoms.image(body, n))[place < 0.42 * n] ** 2)))


@pytest.mark.parametrize(("method", "share"), [("vo", 0.75), ("titarenko", 0.75), ("fourier-wavelet", 0.75)])
def test_rings_of_unequal_columns_go(method, share):
    before = rings(CLEAN * GAINS)
    after = rings(remove_stripes((CLEAN * NOISE**0.05 * GAINS)[None].astype(np.float32), method)[0])
    assert after < share * before


def test_dead_large_and_flickering_stripes_go_by_sorting():
    assert rings(remove_stripes(striped()[None], "vo")[0]) < 0.35 * rings(striped())


@pytest.mark.parametrize("method", STRIPE_METHODS)
def test_a_clean_sinogram_is_little_changed(method):
    columns, theta = 512, np.linspace(0, np.pi, 200, endpoint=False)
    head = phantoms.cut(phantoms.shepp_logan(1 / columns), 0.0)
    clean = np.exp(-phantoms.sinogram(head, theta, columns, 255.5))
    changed = remove_stripes((clean * (1 + 1e-4 * RNG.standard_normal(clean.shape))).astype(np.float32)[None], method)[
        0
    ]
    assert np.sqrt(np.mean((changed - clean) ** 2)) < 0.03 * np.ptp(clean)


@pytest.mark.parametrize("method", STRIPE_METHODS)
@pytest.mark.parametrize("shape", [(1, 2, 2), (2, 3, 9), (1, 40, 8), (1, 8, 40)])
def test_small_and_constant_sinograms_pass(method, shape):
    even = np.full(shape, 0.5, np.float32)
    np.testing.assert_allclose(remove_stripes(even, method), even, atol=1e-6)
    noisy = RNG.random(shape).astype(np.float32)
    assert remove_stripes(noisy, method).shape == shape


@pytest.mark.parametrize("method", STRIPE_METHODS)
def test_what_is_no_number_does_no_harm(method):
    sinogram = striped()
    sinogram[5, 30], sinogram[:, 77], sinogram[9, 9] = np.nan, np.nan, np.inf
    cleaned = remove_stripes(sinogram[None], method)[0]
    assert np.isfinite(cleaned[:, 130:]).all()


@pytest.mark.parametrize("method", STRIPE_METHODS)
def test_slices_are_treated_alone_and_the_input_stays(method):
    several = np.stack([striped(), CLEAN * NOISE, CLEAN]).astype(np.float32)
    before = several.copy()
    together = remove_stripes(several, method)
    np.testing.assert_array_equal(several, before)
    for own, one in zip(together, several, strict=True):
        np.testing.assert_allclose(own, remove_stripes(one[None], method)[0], atol=1e-6)


def test_the_number_of_threads_does_not_matter():
    given = striped()[None]
    together = remove_stripes_vo(given)
    nb.set_num_threads(1)
    try:
        np.testing.assert_array_equal(remove_stripes_vo(given), together)
    finally:
        nb.set_num_threads(nb.config.NUMBA_NUM_THREADS)


@settings(max_examples=25)
@given(arrays.arrays(np.float32, arrays.array_shapes(min_dims=3, max_dims=3, max_side=14)))
def test_no_sinogram_makes_it_fail(sinograms):
    with np.errstate(all="ignore"):
        assert remove_stripes_vo(sinograms).shape == sinograms.shape


def test_offsets_of_columns_follow_the_closed_form():
    profile = RNG.standard_normal(30)
    sinogram = np.tile(np.exp(-profile), (5, 1)).astype(np.float32)
    d = np.diff(np.eye(30), axis=0)
    offsets = -np.linalg.solve(d.T @ d + 0.1 * np.eye(30), d.T @ d @ profile)
    cleaned = remove_stripes(sinogram[None], "titarenko", beta=0.1)[0]
    np.testing.assert_allclose(-np.log(cleaned[0]), profile + offsets, atol=1e-5)


@pytest.mark.parametrize(("method", "options"), [
    ("vo", {"snr": 0}), ("vo", {"large_size": 0}), ("titarenko", {"beta": 0.0}), ("fourier-wavelet", {"sigma": -1}),
    ("fourier-wavelet", {"level": 0}), ("fourier-wavelet", {"wavelet": "none"}), ("sorting", {}),
])  # fmt: skip
def test_wrong_parameters_are_refused(method, options):
    with pytest.raises(ParameterError):
        remove_stripes(CLEAN[None], method, **options)


def test_none_and_wrong_shapes():
    assert remove_stripes(CLEAN, "none") is CLEAN
    with pytest.raises(ParameterError, match="shape"):
        remove_stripes(CLEAN, "vo")


@pytest.mark.parametrize(("columns", "size"), [(8, 3), (128, 32), (204, 51), (2048, 51)])
def test_the_median_for_large_stripes_is_as_wide_as_a_quarter_of_a_narrow_detector(columns, size):
    assert large_size_for(columns) == size


@pytest.mark.parametrize("seed", range(5))
def test_rings_go_on_a_narrow_detector(seed):
    """A median as wide as an object takes the object's sides for stripes."""
    rng = np.random.default_rng(seed)
    body = phantoms.Ellipse(0.015, 0.8, 0.7)
    spots = (phantoms.Ellipse(0.01, *rng.uniform(0.03, 0.2, 2), *rng.uniform(-0.35, 0.35, 2)) for _ in range(8))
    grain = (body, *spots)
    clean = np.exp(-phantoms.sinogram(grain, THETA, 128, 61.2))
    ringed = (clean * (1 + 0.05 * rng.standard_normal(128))).astype(np.float32)
    narrow, usual = (
        rings(remove_stripes(ringed[None], "vo", large_size=size)[0], grain, 61.2) for size in (large_size_for(128), 51)
    )
    assert narrow < 0.85 * rings(ringed, grain, 61.2)
    assert narrow < usual
