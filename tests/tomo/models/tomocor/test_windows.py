"""What the network sees of an image."""

import numpy as np
import pytest
import torch
from PIL import Image

from batchwork.tomo.models.tomocor.windows import cut, prepare, window_places


def as_the_reference(image):
    """Half the size by Pillow's bilinear filter, then 256 levels between the smallest and the largest value."""
    n = len(image) // 2
    small = np.asarray(Image.fromarray(image).resize((n, n), Image.Resampling.BILINEAR), np.float64)
    return np.floor((small - small.min()) / (small.max() - small.min()) * 255) / 255


@pytest.mark.parametrize("size", [128, 129, 200])
def test_images_are_halved_and_quantised_as_by_the_reference(size):
    image = np.random.default_rng(0).normal(size=(size, size)).astype(np.float32)
    found = np.asarray(prepare(image, 42))
    assert found.shape == (size // 2, size // 2)
    assert (found.min(), found.max()) == (0, 1)
    levels = np.abs(found * 255 - as_the_reference(image) * 255)
    assert levels.max() <= 1.001  # a value at the edge of a level may fall to either side
    assert np.mean(levels > 0.5) < 0.01


@pytest.mark.parametrize("size", [16, 41, 42, 60, 84, 85])
def test_images_of_any_size_have_room_for_a_window(size):
    image = np.random.default_rng(0).normal(size=(size, size)).astype(np.float32)
    ready = prepare(image, 42)
    assert len(ready) == 42
    assert cut(ready, window_places(len(ready), 42), 42).shape == (1, 42, 42)


def test_values_that_are_not_finite_and_flat_images():
    image = np.ones((100, 100), np.float32)
    assert not prepare(image, 42).any()
    assert not prepare(np.full((100, 100), np.nan, np.float32), 42).any()
    image[50:, 50:], image[0, 0] = 2, np.nan
    assert torch.isfinite(prepare(image, 42)).all()


def test_windows_lie_inside_at_the_same_places_each_time():
    places = window_places(300, 42)
    assert places == window_places(300, 42)
    assert len(places) == 3
    assert all(0 <= start <= 300 - 42 for place in places for start in place)


def test_their_centres_fill_the_inscribed_disc_evenly():
    centres = np.array(window_places(1000, 42, count=4000)) + 21.0
    radius = np.hypot(*(centres - 500).T)
    assert radius.max() < 501
    inside = radius < 250 * np.sqrt(2)  # half the disc's area
    assert 0.46 < inside.mean() < 0.54
    assert np.abs(centres.mean(0) - 500).max() < 20


def test_a_window_is_what_stands_at_its_place():
    image = torch.arange(60.0 * 60).reshape(60, 60)
    (window,) = cut(image, [(5, 7)], 42)
    assert torch.equal(window, image[5:47, 7:49])
