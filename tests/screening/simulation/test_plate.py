"""Simulated plates: the same again from the same seed, and as they were asked for."""

from dataclasses import replace

import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.screening.kernels.labelling import areas
from batchwork.screening.simulation.plate import FORMATS, PlateDesign, design_plate, draw_site, well_names

SMALL = PlateDesign(wells=14, sites=2, seed=3, shape=(310, 340))


@pytest.fixture(scope="module")
def plate():
    return design_plate(SMALL)


@pytest.fixture(scope="module")
def site(plate):
    return draw_site(plate, 1, 0)


def light(design, well=1, site=0, channel=2):
    """Draw the plate of a design and give one channel of a site."""
    return draw_site(design_plate(design), well, site).image[channel].astype(float)


def test_a_site_is_the_same_whatever_was_drawn_before(plate, site):
    draw_site(plate, 4, 1)
    again = draw_site(design_plate(SMALL), 1, 0)
    for name in ("image", "nuclei", "cells", "infected", "serum"):
        np.testing.assert_array_equal(getattr(again, name), getattr(site, name))


def test_more_wells_and_sites_change_none_that_were_there(plate, site):
    larger = design_plate(replace(SMALL, wells=30, sites=9))
    assert larger.wells[:14] == plate.wells
    np.testing.assert_array_equal(draw_site(larger, 1, 0).image, site.image)


def test_other_sites_wells_and_seeds_are_others(plate, site):
    others = [draw_site(plate, 1, 1), draw_site(plate, 2, 0), draw_site(design_plate(replace(SMALL, seed=4)), 1, 0)]
    assert not any(np.array_equal(other.image, site.image) for other in others)


def test_the_truth_of_a_site_belongs_together(plate, site):
    count = site.infected.size
    assert site.image.shape == (3, *SMALL.shape)
    assert site.image.dtype == np.uint16
    assert site.nuclei.max() == site.cells.max() == count == site.serum.size
    np.testing.assert_array_equal(site.cells[site.nuclei > 0], site.nuclei[site.nuclei > 0])
    assert (areas(site.nuclei) > 0).all()
    inside = site.image[2][site.cells > 0].mean() - site.image[2][site.cells == 0].mean()
    assert inside > 500
    assert site.image[0][site.nuclei > 0].mean() > 3 * site.image[0][site.nuclei == 0].mean()


def test_wells_are_filled_row_by_row_and_column_1_is_mock(plate):
    assert [well.name for well in plate.wells[:3]] == ["A01", "A02", "A03"]
    assert plate.wells[12].name == "B01"
    assert [well.name for well in plate.wells if well.infected == 0] == ["A01", "B01"]
    assert all(1.0 <= w.ratio <= 1.8 and 0.45 <= w.infected <= 0.9 for w in plate.wells if w.infected)
    assert not draw_site(plate, 0, 0).infected.any()


def test_cells_are_drawn_from_the_population():
    design = PlateDesign(wells=2, sites=4, seed=1, ratio=(1.5, 1.5), infected=(0.6, 0.6))
    plate = design_plate(design)
    sites = [draw_site(plate, 1, k) for k in range(4)]
    infected, serum = (np.concatenate([getattr(s, name) for s in sites]) for name in ("infected", "serum"))
    assert infected.mean() == pytest.approx(0.6, abs=0.04)
    assert np.median(serum[infected]) / np.median(serum[~infected]) == pytest.approx(1.5, abs=0.07)


@pytest.mark.parametrize("wells", FORMATS)
def test_plates_of_every_format_are_named(wells):
    names = well_names(wells)
    assert len(set(names)) == wells
    last = {6: "B03", 24: "D06", 96: "H12", 384: "P24", 1536: "AF48"}
    assert names[-1] == last[wells]


def test_sites_out_of_focus_are_blurred():
    sharp, blurred = (light(replace(SMALL, defocus=share), channel=0) for share in (0.0, 1.0))
    steepest = [np.quantile(np.abs(np.diff(image)), 0.995) for image in (sharp, blurred)]
    assert steepest[1] < 0.7 * steepest[0]


def test_debris_is_brighter_than_any_cell():
    clean, dirty = (light(replace(SMALL, debris=count)) for count in (0, 6))
    assert np.quantile(dirty, 0.999) > 1.2 * np.quantile(clean, 0.999)


def test_a_camera_exposed_too_long_reads_its_full_count():
    full = light(replace(SMALL, saturate=1.0))
    assert (full == full.max()).mean() > 0.02
    free = light(SMALL)
    assert (free == free.max()).mean() < 1e-3


def test_wells_at_the_edge_are_brighter():
    even, uneven = (design_plate(PlateDesign(seed=2, edge=edge)) for edge in (False, True))
    raised = {b.name for a, b in zip(even.wells, uneven.wells, strict=True) if b.serum > a.serum}
    assert raised == {name for name in well_names(96) if name[0] in "AH" or name[1:] in ("01", "12")}


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"format": 48}, "48"),
        ({"wells": 97}, "wells = 97"),
        ({"sites": 0}, "sites = 0"),
        ({"ratio": (1.8, 1.0)}, "ratio"),
        ({"infected": (0.5, 1.2)}, "infected"),
        ({"defocus": 1.5}, "defocus"),
        ({"debris": -1}, "debris"),
    ],
)
def test_designs_that_cannot_be_are_refused(wrong, text):
    with pytest.raises(ParameterError, match=text):
        PlateDesign(**wrong)
