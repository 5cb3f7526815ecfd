"""Columns of a site's cells that tell classes better than whole cells do: light by zones and beside cells."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchwork.screening.kernels.filters import smooth
from batchwork.screening.kernels.regions import erode_labels
from batchwork.screening.kernels.statistics import measure
from batchwork.screening.kernels.zones import INSET_PX, cell_zones, label_means, zone_means
from batchwork.screening.plates.channels import MARKER, NUCLEI, SERUM
from batchwork.screening.tables.table import Table

Floats = NDArray[np.float64]
Columns = dict[str, Floats]

_BESIDE_PX, _AROUND_PX = 4.0, 8.0
"""Sigmas of the light beside and around a cell."""
_RING = (1, 3)
"""Zones of the ring around the nucleus, first and last."""
_QUANTILES = (0.5, 0.9)
_INNER = re.compile(r"_(zone\d+|beside|around|core|ring_q\d+)$")


def zone_columns(
    images: Mapping[str, NDArray[Any]],
    clean: NDArray[Any],
    nuclei: NDArray[Any],
    cells: NDArray[Any],
    squares: NDArray[Any],
) -> Columns:
    """Measure nuclei, marker and serums by zones, and the light around each cell.

    Parameters
    ----------
    images : mapping
        Role → (ny, nx) uint8 or uint16.
    clean : (ny, nx)
        The cleaned marker.
    nuclei, cells : (ny, nx) integers
        Labels; those of a cell and its nucleus are the same.
    squares : (ny, nx) int32
        Squared distances to the nearest nucleus.
    """
    count = int(cells.max(initial=0))
    zones, core = cell_zones(nuclei, cells, squares), erode_labels(cells, INSET_PX)
    found = Columns()
    for role in (NUCLEI, MARKER):
        means = zone_means(cells, zones, images[role], count)
        found |= {f"{role}_zone{k}": means[:, k] for k in range(means.shape[1])}
    ring = np.where((zones >= _RING[0]) & (zones <= _RING[1]), cells, 0)
    ringed = measure(ring, clean, quantiles=_QUANTILES, top=()).quantiles
    found |= {f"{MARKER}_clean_ring_q{100 * q:.0f}": ringed[:, k] for k, q in enumerate(_QUANTILES)}
    for role in (role for role in images if role == MARKER or role.startswith(SERUM)):
        found[f"{role}_beside"] = label_means(core, smooth(images[role], _BESIDE_PX), count)
        found[f"{role}_around"] = label_means(core, smooth(images[role], _AROUND_PX), count)
        found[f"{role}_core"] = measure(core, images[role], quantiles=(), top=()).median
    return {name: _padded(values, count) for name, values in found.items()}


def _padded(values: Floats, count: int) -> Floats:
    """Give the last labels, where they have no pixels, NaN."""
    return np.concatenate([values, np.full(max(count - values.size, 0), np.nan)])[:count]


def told_columns(table: Table) -> dict[str, NDArray[Any]]:
    """Give the columns of a site's cells that people are shown: not those by zones."""
    return {name: values for name, values in table.columns.items() if not _INNER.search(name)}
