"""Nuclei, real ones and drawn ones."""

import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.screening.kernels.filters import smooth
from batchwork.screening.kernels.labelling import areas
from batchwork.screening.kernels.nuclei import segment_nuclei
from batchwork.screening.simulation.plate import PlateDesign, design_plate, draw_site


def drawn(brightness, places, radius=13, shape=(140, 200), seed=0):
    """Draw discs of light, blurred, on noise; give the image and the true labels."""
    y, x = np.indices(shape)
    truth = np.zeros(shape, np.int32)
    for label, (cy, cx) in enumerate(places, 1):
        truth[((y - cy) ** 2 + (x - cx) ** 2 < radius**2) & (truth == 0)] = label
    light = smooth(np.concatenate(([0.0], brightness))[truth] + 300, 1.5)
    noise = np.random.default_rng(seed).standard_normal(shape) * np.sqrt(2 * light)
    return np.clip(light + noise, 0, 65535).astype(np.uint16), truth


def test_real_nuclei(real_nuclei, f1):
    pairs = [(segment_nuclei(field.image), field.truth) for field in real_nuclei]
    for found, _ in pairs:
        np.testing.assert_array_equal(np.unique(found), np.arange(found.max() + 1))
    assert [f1(pairs, at) >= least for at, least in ((0.5, 0.96), (0.7, 0.932), (0.9, 0.742))] == [True] * 3


def test_touching_nuclei_of_any_brightness_are_parted_and_drawn_alike(f1):
    image, truth = drawn([800, 800, 2400, 600], [(40, 40), (40, 65), (100, 120), (100, 145)])
    assert f1([(segment_nuclei(image), truth)], 0.8) == 1.0


def test_an_image_of_bytes_and_one_of_floats_are_taken():
    image, _ = drawn([600], [(60, 90)])
    assert segment_nuclei((image // 8).astype(np.uint8)).max() == 1
    assert segment_nuclei(image.astype(np.float32) / 1e4).max() == 1


@pytest.mark.parametrize("image", [
    np.random.default_rng(0).poisson(300, (120, 150)).astype(np.uint16),
    np.full((90, 90), 7, np.uint16),
    np.zeros((1, 1), np.uint16),
])  # fmt: skip
def test_where_there_is_nothing_nothing_is_found(image):
    assert segment_nuclei(image).max() == 0


def test_debris_below_the_least_area_is_left_out():
    image, _ = drawn([3000, 3000], [(40, 40), (90, 150)], radius=4)
    assert segment_nuclei(image, min_area_px=80).max() == 0
    found = segment_nuclei(image, min_area_px=20)
    assert found.max() == 2
    assert (areas(found) >= 20).all()


def test_larger_nuclei_are_found_at_their_diameter():
    image, truth = drawn([900, 900], [(70, 60), (70, 140)], radius=35)
    found = segment_nuclei(image, diameter_px=70)
    assert found.max() == 2
    np.testing.assert_allclose(areas(found), areas(truth), rtol=0.05)


def test_uneven_light_hides_nothing(f1):
    image, truth = drawn([900] * 4, [(30, 30), (30, 170), (110, 30), (110, 170)])
    shaded = (image * np.linspace(0.5, 1.2, image.shape[1])).astype(np.uint16)
    assert f1([(segment_nuclei(shaded), truth)], 0.8) == 1.0


def test_a_diameter_half_of_the_true_one_parts_few_nuclei(real_nuclei, f1):
    pairs = [
        (segment_nuclei(field.image.repeat(2, 0).repeat(2, 1)), field.truth.repeat(2, 0).repeat(2, 1))
        for field in real_nuclei[::6]
    ]
    assert f1(pairs, 0.7) > 0.87


def test_simulated_nuclei_are_found(f1):
    site = draw_site(design_plate(PlateDesign(wells=2, sites=1, seed=11)), 1, 0)
    pairs = [(segment_nuclei(site.image[0]), site.nuclei)]
    assert [f1(pairs, at) >= least for at, least in ((0.5, 0.955), (0.7, 0.89))] == [True] * 2


def test_wrong_input_is_refused():
    with pytest.raises(ParameterError, match="diameter_px"):
        segment_nuclei(np.ones((9, 9)), diameter_px=2)
    with pytest.raises(ParameterError, match="shape"):
        segment_nuclei(np.ones((2, 9, 9)))
