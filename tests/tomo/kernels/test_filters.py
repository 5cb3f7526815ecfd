import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.tomo.kernels.filters import FILTER_NAMES, filter_response, ramp_response

WINDOWED = [name for name in FILTER_NAMES if name not in ("ramp", "none")]


@pytest.mark.parametrize("length", [64, 1000, 2048, 125])
def test_the_ramp_keeps_a_little_at_zero_frequency(length):
    # what lies beyond `length` / 2 samples is missing from the sum: 2 / (pi² length)
    assert ramp_response(length)[0] == pytest.approx(2 / (np.pi**2 * length), rel=0.05)


def test_the_ramp_is_the_frequency_elsewhere():
    response = ramp_response(4096)
    np.testing.assert_allclose(response[1:], np.arange(1, 2049) / 4096, atol=1e-4)


@pytest.mark.parametrize("name", WINDOWED)
def test_windows_start_at_one_and_fall(name):
    window = filter_response(name, 512)[1:] / filter_response("ramp", 512)[1:]
    assert window[0] == pytest.approx(1, abs=1e-3)
    assert (np.diff(window) <= 1e-6).all()


@pytest.mark.parametrize(
    ("name", "at_nyquist"),
    [("shepp", 2 / np.pi), ("hann", 0), ("hamming", 0.08), ("cosine", 0), ("parzen", 0)],
)
def test_windows_at_nyquist(name, at_nyquist):
    assert filter_response(name, 512)[-1] == pytest.approx(ramp_response(512)[-1] * at_nyquist, abs=1e-6)


def test_parzen_halves_meet():
    assert filter_response("parzen", 512)[128] == pytest.approx(0.25 * ramp_response(512)[128])


def test_none_filters_nothing():
    np.testing.assert_array_equal(filter_response("none", 10), np.ones(6, np.float32))


@pytest.mark.parametrize("name", FILTER_NAMES)
def test_responses_are_half_spectra(name):
    response = filter_response(name, 250)
    assert response.shape == (126,)
    assert response.dtype == np.float32


def test_an_unknown_filter_is_refused_with_the_known_ones():
    with pytest.raises(ParameterError, match=r"'rampp'.*ramp, shepp"):
        filter_response("rampp", 64)
