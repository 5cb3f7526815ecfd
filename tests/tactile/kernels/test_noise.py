import numpy as np
import pytest
from scipy import stats

from batchwork.errors import ParameterError
from batchwork.tactile.kernels import noise
from batchwork.tactile.kernels.noise import MAX_STREAMS, Noise, Stream, philox


def words(text):
    return np.array([[int(word, 16) for word in text.split()]], np.uint32)


def gaussians(stream, steps, width, start=0):
    rows = np.zeros((steps, width), np.float32)
    stream.add_to(rows, 1.0, start)
    return rows


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ("0 0 0 0", "0 0", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
    ],
)
def test_philox_gives_the_known_answers_of_its_authors(counter, key, expected):
    np.testing.assert_array_equal(philox(words(counter), words(key)), words(expected))


def test_the_numbers_are_box_muller_of_philox():
    """Logarithm, root and angle in float64 by numpy, from the counter as it is laid out."""
    stream, width, block = Stream(seed=0x1234_5678_9ABC_DEF0, sample=0xFEDC_BA98_7654_3210, population=5), 1000, 7
    n = np.arange(width, dtype=np.uint32)
    counter = np.stack([n | np.uint32(5 << 24), np.full_like(n, block), *_halves(n, stream.sample)], axis=1)
    drawn = philox(counter, np.stack(_halves(n, stream.seed), axis=1)).astype(np.float64)
    radius = np.sqrt(-2 * np.log((drawn[:, ::2] // 2 + 0.5) / 2**31))
    angle = 2 * np.pi * drawn[:, 1::2] / 2**32
    expected = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1).reshape(width, 4).T
    np.testing.assert_allclose(gaussians(stream, 4, width, 4 * block), expected, atol=2e-6)


def _halves(like, number):
    return [np.full_like(like, number & 0xFFFFFFFF), np.full_like(like, number >> 32)]


def test_the_numbers_are_gaussian_to_the_tails():
    z = gaussians(Stream(1, 2, 0), 4000, 1000).ravel().astype(np.float64)
    n = z.size
    for power, expected, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96), (6, 15, 10170)):
        assert abs((z**power).mean() - expected) < 4 * np.sqrt(variance / n), power
    for limit in (1, 2, 3, 4, 4.5):
        p = 2 * stats.norm.sf(limit)
        assert abs((np.abs(z) > limit).sum() - n * p) < 4 * np.sqrt(n * p) + 1, limit
    assert 4.8 < np.abs(z).max() < 6.7
    assert stats.kstest(z[::4], "norm").pvalue > 1e-3


def test_the_least_and_the_greatest_words_give_finite_numbers():
    extremes = np.array([0, 1, 2, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1], np.uint32)
    z = np.array([noise._gaussians(a, b) for a in extremes for b in extremes])
    assert np.isfinite(z).all()
    assert np.hypot(*z.T).max() == pytest.approx(np.sqrt(2 * 32 * np.log(2)), rel=1e-6)


def test_neighbours_in_any_direction_are_independent():
    z = np.stack([gaussians(Stream(7, sample, p), 512, 64) for sample in (3, 4) for p in (0, 1)]).astype(np.float64)
    z = z.reshape(2, 2, 512, 64)
    pairs = {
        "steps": (z[:, :, 1:], z[:, :, :-1]),
        "neurons": (z[..., 1:], z[..., :-1]),
        "populations": (z[:, 0], z[:, 1]),
        "samples": (z[0], z[1]),
        "magnitudes": (np.abs(z[:, :, 1:]) - np.sqrt(2 / np.pi), np.abs(z[:, :, :-1]) - np.sqrt(2 / np.pi)),
    }
    for name, (a, b) in pairs.items():
        assert abs((a * b).mean()) < 4 / np.sqrt(a.size), name


def test_a_number_depends_on_its_place_alone():
    """Whatever rows and columns are asked for together, and in what order."""
    stream = Stream(1, 2, 3)
    whole = gaussians(stream, 64, 48)
    np.testing.assert_array_equal(gaussians(stream, 8, 48, start=40), whole[40:48])
    np.testing.assert_array_equal(gaussians(stream, 64, 5), whole[:, :5])


@pytest.mark.parametrize(
    "other", [Stream(2, 2, 3), Stream(1, 3, 3), Stream(1, 2, 4), Stream(1 + 2**32, 2, 3), Stream(1, 2 + 2**32, 3)]
)
def test_any_other_stream_is_another(other):
    same = gaussians(other, 16, 16) == gaussians(Stream(1, 2, 3), 16, 16)
    assert same.sum() <= 1


def test_it_is_added_with_its_standard_deviation():
    rows = np.full((4, 16), 5, np.float32)
    Stream(1, 2, 3).add_to(rows, 2.5, 8)
    np.testing.assert_allclose(rows, 5 + 2.5 * gaussians(Stream(1, 2, 3), 4, 16, 8), rtol=1e-6)


def test_scaling_by_the_root_of_the_step_keeps_the_gathered_variance():
    fixed, scaled = Noise(3.0), Noise(3.0, "sqrt_dt")
    assert [fixed.sd_at(dt) for dt in (0.1, 0.5, 1.0)] == [3.0, 3.0, 3.0]
    assert scaled.sd_at(0.5) == 3.0
    for dt in (0.05, 0.1, 1.0):
        assert (scaled.sd_at(dt) * dt) ** 2 / dt == pytest.approx(3.0**2 * 0.5)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Noise(-1.0), "noise must be 0 or above, not -1.0"),
        (lambda: Noise(1.0, "dt"), "noise scaling must be one of per_step, sqrt_dt, not 'dt'"),
        (lambda: Stream(-1, 0, 0), "seed must be 0 or above"),
        (lambda: Stream(0, 1 << 64, 0), "sample must be 0 or above and below 18446744073709551616"),
        (lambda: Stream(0, 0, MAX_STREAMS), "population must be 0 or above and below 256"),
    ],
)
def test_what_cannot_be_used_is_refused(make, told):
    with pytest.raises(ParameterError, match=told):
        make()
