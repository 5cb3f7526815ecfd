"""Faults of images that the simulator makes are measured, and others are not."""

import numpy as np
import pytest

from batchwork.screening.quality.inspecting import (
    Inspection,
    dark_level,
    debris_share,
    inspect_image,
    saturated_share,
    sharpness,
)
from batchwork.screening.simulation.plate import PlateDesign, design_plate, draw_site
from batchwork.screening.tables.sites import SiteName

SHAPE = (400, 400)


def site(**more):
    return draw_site(design_plate(PlateDesign(wells=2, sites=1, seed=5, shape=SHAPE, **more)), 1, 0)


@pytest.fixture(scope="module")
def clean():
    return site()


def test_an_image_out_of_focus_is_less_sharp_whatever_its_light(clean):
    blurred = site(defocus=1.0)
    sharp, soft = (sharpness(one.image[0], one.nuclei > 0) for one in (clean, blurred))
    assert soft < 0.85 * sharp
    assert sharpness(clean.image[0] * 3.0, clean.nuclei > 0) == pytest.approx(sharp, rel=1e-3)
    assert np.isnan(sharpness(clean.image[0], np.zeros(SHAPE, bool)))
    assert np.isnan(sharpness(np.full(SHAPE, 7, np.uint16), clean.nuclei > 0))


def test_saturation_is_seen_below_the_highest_number_too(clean):
    serum = clean.image[2]
    cut = np.minimum(serum, np.uint16(np.quantile(serum, 0.9)))
    assert saturated_share(cut) == pytest.approx(0.1, abs=0.01)
    assert saturated_share(serum) < 1e-4
    assert saturated_share(np.zeros(SHAPE, np.uint8)) == 0


def test_debris_is_seen_and_bright_cells_are_none(clean):
    cells = clean.cells > 0
    assert debris_share(clean.image[2], cells) < 1e-3
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    blob = 20_000 * np.exp(-((y - 200) ** 2 + (x - 200) ** 2) / (2 * 15**2))
    dirty = (clean.image[2] + blob).astype(np.uint16)
    assert 2e-3 < debris_share(dirty, cells) < 3e-2
    assert debris_share(clean.image[2], np.zeros(SHAPE, bool)) == 0
    assert debris_share(clean.image[2], np.ones(SHAPE, bool)) == 0


def test_the_level_between_cells():
    image, cells = np.full((30, 30), 100, np.uint16), np.zeros((30, 30), int)
    image[10:20], cells[10:20] = 900, 1
    assert dark_level(image, cells) == 100
    assert np.isnan(dark_level(image, np.ones((30, 30), int)))


def test_what_was_seen_comes_back_from_its_file(clean, tmp_path):
    images = dict(zip(("nuclei", "marker", "serum_IgG"), clean.image, strict=True))
    found = inspect_image(SiteName("a.tiff", "A02", 3, 17), images, clean.nuclei, clean.cells)
    found.write(tmp_path / "a.json")
    assert Inspection.read(tmp_path / "a.json") == found
    assert (found.image, found.well, found.site, found.sequence) == ("a.tiff", "A02", 3, 17)
    assert found.cells == clean.cells.max()
    assert set(found.saturated) == set(images) == set(found.background)
    assert set(found.debris) == {"nuclei", "serum_IgG"}
