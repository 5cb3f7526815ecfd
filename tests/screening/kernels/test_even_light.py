import numpy as np
import pytest

from batchwork.screening.kernels.even_light import even_light


def under_shade(shade):
    """Give 60 round cells of one brightness on a background of 1000, under light that falls off to the corners."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:400, :500]
    cells = np.zeros((400, 500), bool)
    for row, column in rng.uniform((0, 0), (400, 500), (60, 2)):
        cells |= (y - row) ** 2 + (x - column) ** 2 < 12**2
    light = 1 - shade * (((x - 250) / 500) ** 2 + ((y - 200) / 400) ** 2)
    image = light * np.where(cells, 1500.0, 1000.0) + rng.normal(0, 5, cells.shape)
    return np.clip(image, 0, None).astype(np.uint16), cells, light


def test_cells_are_equally_bright_under_even_light():
    image, cells, light = under_shade(0.6)
    raw = [image[part].mean() for part in (cells & (light > 0.95), cells & (light < 0.8))]
    assert raw[0] > 1.2 * raw[1]
    found = even_light(image)
    even = [found.image[part].mean() - found.dark for part in (cells & (light > 0.95), cells & (light < 0.8))]
    assert even[0] == pytest.approx(even[1], rel=0.03)
    assert np.median(found.image[~cells]) == pytest.approx(found.dark, rel=0.005)
    assert even[0] == pytest.approx(0.5 * found.dark, rel=0.05)


def test_an_image_without_background_stays():
    assert even_light(np.zeros((64, 64), np.uint16)).image.max() == 0
