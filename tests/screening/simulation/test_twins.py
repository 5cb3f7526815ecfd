"""The look of a twin is found from figures alone."""

from dataclasses import replace

import numpy as np
import pytest

from batchwork.screening.simulation.twins import TwinSite, draw_twin, first_twin, fit_twin, twin_sites
from batchwork.screening.tables.looks import Statistics

SHAPE = (310, 340)
TARGET = Statistics(
    cells=62.0, area=1150.0, nucleus_area=340.0, nucleus_spread=0.43, nuclei=2500.0, halo=0.012, far=0.25, edge=0.24,
    marker=700.0, marker_spread=0.9, marker_near=0.72, marker_far=0.5, faint=40.0, serum=900.0, serum_spread=0.4,
    background=(400.0, 900.0, 3000.0), edges=(0.9, 0.95, 0.98, 1.0, 1.0, 1.0, 1.1, 1.4, 1.5),
)  # fmt: skip


def plain(twin, _):
    """Give figures that follow from the parameters by simple laws, somewhat other than those the search assumes."""
    cells, stains, microscope = twin.look.cells, twin.look.stains, twin.look.microscope
    ring = np.array([[-0.03, 0.03], [0.1, 0.08]]) @ [stains.marker_distance_px - 5, stains.marker_width_px - 7]
    scale = SHAPE[0] * SHAPE[1] / (930 * 1024)
    found = replace(
        TARGET, cells=0.9 * twin.cells * scale, area=1180 + 28 * (cells.reach_px - 16),
        nucleus_area=0.97 * cells.nucleus_area_px, nucleus_spread=1.4 * cells.nucleus_area_sd,
        nuclei=0.95 * stains.nucleus_light, halo=0.15 * microscope.halo, far=0.12 * (microscope.halo_px / 6) ** 2,
        edge=0.25 * (microscope.blur_px / 1.2) ** 0.6, marker=0.37 * twin.marker,
        marker_spread=0.5 + 0.8 * stains.marker_sd, marker_near=0.71 + ring[0], marker_far=0.52 + ring[1],
        faint=0.9 * stains.marker_everywhere, serum=0.87 * twin.serum, serum_spread=1.5 * stains.serum_sd,
    )  # fmt: skip
    return found, 0.9


def test_each_figure_leads_to_its_parameter():
    twin = fit_twin(TARGET, SHAPE, plain)
    found, _ = plain(twin, [])
    for name in Statistics.__slots__:
        np.testing.assert_allclose(getattr(found, name), getattr(TARGET, name), rtol=0.04, err_msg=name)


def test_figures_that_cannot_be_measured_end_the_search():
    assert fit_twin(TARGET, SHAPE, lambda *_: (None, 0.0)) == first_twin(TARGET, SHAPE)


def test_sites_span_shares_and_ratios_and_are_as_blurred_as_the_plates():
    twin = first_twin(TARGET, SHAPE)
    sites = twin_sites(twin, TARGET, 20)
    assert sites == twin_sites(twin, TARGET, 20)
    assert min(s.infected for s in sites) == pytest.approx(0.3)
    assert max(s.ratio for s in sites) == pytest.approx(1.95)
    blurs = np.array([s.blur_px for s in sites])
    assert np.median(blurs) == pytest.approx(1.2, rel=0.02)
    assert (blurs > 1.5 * np.median(blurs)).sum() == 3


def test_a_drawn_site_is_the_same_again_and_has_the_asked_share():
    twin = first_twin(TARGET, SHAPE)
    one, again = (draw_twin(twin, TwinSite(3, 1.4, 0.6, 1.2)) for _ in range(2))
    np.testing.assert_array_equal(one.image, again.image)
    assert one.image.shape == (3, *SHAPE)
    assert 0.35 < one.infected.mean() < 0.85
