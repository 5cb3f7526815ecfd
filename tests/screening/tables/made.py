"""Sites whose tables can be worked out by hand."""

import numpy as np

from batchwork.screening.parameters import Measuring
from batchwork.screening.tables.sites import SiteName, SiteTable, measure_site

SIDE, CELLS = 64, 16
"""Pixels of an image's side, and its cells: squares of 8 by 8 pixels in squares of 16."""
BACKGROUND = 100


def square_cells() -> np.ndarray:
    labels = np.zeros((SIDE, SIDE), np.int32)
    for k in range(CELLS):
        row, column = divmod(k, 4)
        labels[16 * row + 4 : 16 * row + 12, 16 * column + 4 : 16 * column + 12] = k + 1
    return labels


def square_site(
    key: str, serum: np.ndarray, marker: np.ndarray, well: str = "B02", site: int = 0, sequence: int = 0
) -> SiteTable:
    """Measure a site whose cells have an even light each, over an even background."""
    cells = square_cells()
    nuclei = np.where(np.add.outer(np.arange(SIDE) % 16 // 8, np.arange(SIDE) % 16 // 8) == 0, cells, 0)
    images = {
        "nuclei": np.full(cells.shape, 50, np.uint16),
        "marker": spread(marker, cells),
        "serum_IgG": spread(serum, cells),
    }
    return measure_site(SiteName(key, well, site, sequence), images, nuclei, cells, Measuring(denoise="none"))


def spread(values: np.ndarray, cells: np.ndarray) -> np.ndarray:
    return np.concatenate([[BACKGROUND], BACKGROUND + np.asarray(values)]).astype(np.uint16)[cells]
