"""Cells around nuclei, drawn ones."""

import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.screening.kernels.cells import dark_surface, segment_cells
from batchwork.screening.kernels.filters import smooth
from batchwork.screening.simulation.plate import PlateDesign, design_plate, draw_site

SHAPE = (160, 240)
PLACES = ((45, 50), (45, 84), (110, 60), (115, 180))


def discs(radius, shape=SHAPE):
    """Draw discs, each pixel to the nearest centre."""
    y, x = np.indices(shape)
    squares = np.stack([(y - cy) ** 2 + (x - cx) ** 2 for cy, cx in PLACES])
    return np.where(squares.min(axis=0) < radius**2, squares.argmin(axis=0) + 1, 0).astype(np.int32)


def stained(light=(900, 1600, 700, 1200), base=2500.0, shade=0.0, seed=0):
    """Light up the cells, on a background that may be uneven, with noise."""
    y, x = np.indices(SHAPE)
    image = smooth(np.concatenate(([0.0], light))[discs(19)], 1.2) + base
    image *= 1 - shade * ((y / SHAPE[0] - 0.5) ** 2 + (x / SHAPE[1] - 0.5) ** 2) / 0.5
    noise = np.random.default_rng(seed).standard_normal(SHAPE) * np.sqrt(0.35 * image + 144)
    return (image + noise).astype(np.uint16)


def agreement(found, truth):
    return [
        np.sum((found == k) & (truth == k)) / np.sum((found == k) | (truth == k)) for k in range(1, len(PLACES) + 1)
    ]


@pytest.mark.parametrize("shade", [0.0, 0.35])
def test_cells_keep_their_labels_and_end_where_light_ends(shade):
    found = segment_cells(stained(shade=shade), discs(8))
    assert min(agreement(found, discs(19))) > 0.9
    assert (found[discs(8) > 0] == discs(8)[discs(8) > 0]).all()


def test_a_step_of_light_parts_neighbours_better_than_half_way():
    nuclei = discs(8)
    nuclei[nuclei == 2] = 0
    y, x = np.indices(SHAPE)
    nuclei[(y - 45) ** 2 + (x - 92) ** 2 < 64] = 2  # the nucleus lies at the far side of its cell
    found = segment_cells(stained(), nuclei)
    assert min(agreement(found, discs(19))[:2]) > 0.85


def test_simulated_cells_are_found_from_their_true_nuclei(f1):
    site = draw_site(design_plate(PlateDesign(wells=2, sites=1, seed=12)), 1, 0)
    pairs = [(segment_cells(site.image[2], site.nuclei), site.cells)]
    assert [f1(pairs, at) >= least for at, least in ((0.5, 0.99), (0.7, 0.92))] == [True] * 2


def test_cells_end_within_reach():
    found = segment_cells(stained(), discs(8), reach_px=3.0)
    y, x = np.indices(SHAPE)
    for label, (cy, cx) in enumerate(PLACES, 1):
        assert np.hypot(y - cy, x - cx)[found == label].max() <= 8 + 3 + 1


@pytest.mark.parametrize("image", [
    np.random.default_rng(0).poisson(900, SHAPE).astype(np.uint16),
    np.full(SHAPE, 7, np.uint16),
    np.zeros(SHAPE, np.float32),
])  # fmt: skip
def test_without_light_a_cell_is_its_nucleus(image):
    np.testing.assert_array_equal(segment_cells(image, discs(8)), discs(8))


def test_without_nuclei_there_are_no_cells():
    assert segment_cells(stained(), np.zeros(SHAPE, int)).max() == 0


def test_the_dark_surface_follows_the_background_below_many_cells():
    y, x = np.indices((400, 400))
    base = 3000 - 800 * ((y / 400 - 0.5) ** 2 + (x / 400 - 0.4) ** 2)
    covered = np.random.default_rng(0).random((20, 20)) < 0.75
    image = base + 1200 * np.kron(covered, np.ones((20, 20)))
    noise = 6 * np.random.default_rng(1).standard_normal(image.shape)
    assert np.abs(dark_surface((image + noise).astype(np.float32)) - base).max() < 12


def test_wrong_input_is_refused():
    with pytest.raises(ParameterError, match="nuclei"):
        segment_cells(np.ones((4, 4)), np.ones((3, 3), int))
    with pytest.raises(ParameterError, match="reach_px"):
        segment_cells(np.ones((4, 4)), np.ones((4, 4), int), reach_px=0)
