"""Zones of cells, against a plain loop over cells."""

import numpy as np
from scipy import ndimage

from batchwork.screening.kernels.distances import nearest_labels
from batchwork.screening.kernels.zones import (
    COUNT,
    ENDS_PX,
    NOWHERE,
    cell_zones,
    label_means,
    light_by_distance,
    zone_means,
)


def two_cells():
    """A cell of each kind: one alone, one that touches it."""
    y, x = np.indices((60, 90))
    cells = np.where(
        (y > 5) & (y < 55) & (x > 5) & (x < 45), 1, np.where((y > 5) & (y < 55) & (x >= 45) & (x < 85), 2, 0)
    )
    nuclei = np.where(np.hypot(y - 30, x - 25) < 9, 1, np.where(np.hypot(y - 28, x - 62) < 7, 2, 0))
    return nuclei.astype(np.int32), cells.astype(np.int32)


def plain_zones(nuclei, cells):
    away = ndimage.distance_transform_edt(nuclei == 0)
    disc = np.hypot(*np.ogrid[-2:3, -2:3]) <= 2
    zones = np.full(cells.shape, NOWHERE)
    for label in (1, 2):
        inner = ndimage.binary_erosion(cells == label, disc, border_value=1)
        for k, (low, high) in enumerate(zip((0, *ENDS_PX), (*ENDS_PX, np.inf), strict=True), start=1):
            here = (cells == label) & (nuclei == 0) & (away > low) & (away <= high)
            zones[here & (inner | (k == 1))] = k
        zones[ndimage.binary_erosion(nuclei == label, disc, border_value=1)] = 0
    return zones


def test_zones_follow_the_distance_from_the_nucleus():
    nuclei, cells = two_cells()
    np.testing.assert_array_equal(cell_zones(nuclei, cells, nearest_labels(nuclei)[0]), plain_zones(nuclei, cells))


def test_means_are_those_of_a_loop():
    nuclei, cells = two_cells()
    image = np.random.default_rng(1).integers(0, 4000, cells.shape).astype(np.uint16)
    zones = cell_zones(nuclei, cells, nearest_labels(nuclei)[0])
    found = zone_means(cells, zones, image, 3)
    assert found.shape == (3, COUNT + 1)
    for label in (1, 2):
        for k in range(COUNT):
            np.testing.assert_allclose(found[label - 1, k], image[(cells == label) & (zones == k)].mean())
        np.testing.assert_allclose(found[label - 1, -1], image[(cells == label) & (zones != NOWHERE)].mean())
    assert np.isnan(found[2]).all()


def test_light_at_each_distance_is_a_median():
    nuclei, _ = two_cells()
    image = np.random.default_rng(2).integers(0, 4000, nuclei.shape).astype(np.uint16)
    away = np.rint(ndimage.distance_transform_edt(nuclei == 0))
    found = light_by_distance(nearest_labels(nuclei)[0], image, 60)
    for distance in range(1, 61):
        ring = image[(away == distance) & (nuclei == 0)]
        np.testing.assert_equal(found[distance - 1], np.median(ring) if ring.size else np.nan)
    assert np.isnan(found[-1])


def test_means_of_labels_are_those_of_plain_sums():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 6, (40, 30)).astype(np.int32) * (rng.random((40, 30)) < 0.5)
    labels[labels == 3] = 0
    for image in (rng.normal(1000, 5, (40, 30)).astype(np.float32), rng.integers(0, 900, (40, 30)).astype(np.uint16)):
        found = label_means(labels, image, 6)
        expected = ndimage.mean(image.astype(float), labels, [1, 2, 4, 5])
        assert np.allclose(found[[0, 1, 3, 4]], expected, rtol=1e-12)
        assert np.isnan(found[[2, 5]]).all()
