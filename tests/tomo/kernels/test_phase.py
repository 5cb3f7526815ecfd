"""Phase retrieval against its closed form."""

import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.tomo.kernels.phase import halo_px, paganin, paganin_length_px


def wave(rows, columns, down, across):
    """One plane wave that fits the picture."""
    y, x = np.mgrid[:rows, :columns]
    return np.cos(2 * np.pi * (down * y / rows + across * x / columns)).astype(np.float32)


@pytest.mark.parametrize(("down", "across"), [(0, 8), (6, 0), (5, 9)])
def test_a_plane_wave_is_damped_as_the_formula_says(down, across):
    rows, columns, length = 96, 128, 3.0
    picture = 1 + 0.1 * wave(rows, columns, down, across)
    filtered = picture[None].copy()
    paganin(filtered, length)
    square = (2 * np.pi * down / rows) ** 2 + (2 * np.pi * across / columns) ** 2
    wanted = 1 + 0.1 * wave(rows, columns, down, across) / (1 + length**2 * square)
    inside = np.s_[30:-30, 30:-30]  # beyond the border the outermost pixels are repeated, the wave is not
    np.testing.assert_allclose(filtered[0][inside], wanted[inside], atol=2e-5)


def test_an_even_picture_stays_as_it_is():
    flat = np.full((2, 20, 31), 0.7, np.float32)
    paganin(flat, 4.0)
    np.testing.assert_allclose(flat, 0.7, rtol=1e-5)


def test_a_block_of_rows_with_its_halo_is_that_of_the_whole_detector():
    length = 2.5
    halo = halo_px(length)
    whole = np.random.default_rng(1).uniform(0.2, 1, (3, 120, 64)).astype(np.float32)
    block = whole[:, 50 - halo : 60 + halo].copy()
    paganin(whole, length)
    paganin(block, length)
    np.testing.assert_allclose(block[:, halo:-halo], whole[:, 50:60], atol=1e-4)


@pytest.mark.parametrize("here", [np.s_[50:60, 30:40], np.s_[0:10, 0:64], np.s_[4:9, 60:64]])
def test_a_part_with_the_context_that_there_is_is_that_of_the_whole_detector(here):
    length = 2.5
    halo = halo_px(length)
    whole = np.random.default_rng(1).uniform(0.2, 1, (3, 120, 64)).astype(np.float32)
    ends = [(max(s.start - halo, 0), min(s.stop + halo, n)) for s, n in zip(here, (120, 64), strict=True)]
    context = tuple((s.start - a, b - s.stop) for s, (a, b) in zip(here, ends, strict=True))
    part = np.ascontiguousarray(whole[:, slice(*ends[0]), slice(*ends[1])])
    paganin(whole, length)
    paganin(part, length, context=context)
    (above, _), (left, _) = context
    rows, columns = (s.stop - s.start for s in here)
    found = part[:, above : above + rows, left : left + columns]
    np.testing.assert_allclose(found, whole[:, *here], atol=1e-4)


def test_a_few_rows_are_as_tall_as_they_are():
    few = np.random.default_rng(4).uniform(0.2, 1, (1, 2, 50)).astype(np.float32)
    many = np.concatenate([np.repeat(few[:, :1], 60, 1), np.repeat(few[:, 1:], 60, 1)], 1)
    paganin(few, 3.0)
    paganin(many, 3.0)
    np.testing.assert_allclose(few, many[:, 59:61], atol=1e-4)


def test_without_a_length_no_halo_is_needed():
    assert halo_px(0.0) == 0


def test_the_length_in_pixels():
    wavelength_um = 1.23984198e-3 / 20
    wanted = np.sqrt(wavelength_um * 50e3 * 1500 / (4 * np.pi)) / 1.5
    assert paganin_length_px(20, 50, 1500, 1.5) == pytest.approx(wanted)


@pytest.mark.parametrize("given", [(0, 50, 1500, 1), (20, -1, 1500, 1), (20, 50, 0, 1), (20, 50, 1500, float("nan"))])
def test_impossible_parameters_are_refused(given):
    with pytest.raises(ParameterError, match="must be above 0"):
        paganin_length_px(*given)


def test_a_single_picture_is_refused():
    with pytest.raises(ParameterError, match="shape"):
        paganin(np.zeros((4, 4), np.float32), 1.0)
