"""Where cells lie, and the outlines of nuclei and cells."""

from dataclasses import dataclass
from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.screening.kernels.distances import nearest_labels
from batchwork.screening.simulation.fields import noise_field
from batchwork.screening.simulation.look import Cells

Floats = NDArray[np.float64]
Labels = NDArray[np.int32]

_TRIES = 60
"""Places tried for each cell that is asked for."""
_LOBES = 0.12
"""How far outlines of nuclei stray from an ellipse, in squared radii."""


@dataclass(frozen=True, slots=True)
class Layer:
    """The cells of one site; labels 1 … n stand for the same cell in both."""

    nuclei: Labels
    """(ny, nx)"""
    cells: Labels
    """(ny, nx), nuclei included."""
    from_nucleus: NDArray[np.float32]
    """(ny, nx) distance to the nearest nucleus in pixels."""
    mitotic: NDArray[np.bool_]
    """(n,)"""


@nb.njit(nogil=True, cache=True)
def _keep_apart(places: Floats, shape: Any, spacing: float, most: int) -> NDArray[np.bool_]:
    """Take places in turn that lie far enough from all taken before."""
    side = int(spacing)
    taken = np.full((shape[0] // side + 3, shape[1] // side + 3, 4), -1, np.int64)
    kept = np.zeros(places.shape[0], np.bool_)
    count = 0
    for i in range(places.shape[0]):
        if count == most:
            break
        y, x = places[i]
        row, column = int(y) // side + 1, int(x) // side + 1
        if _is_free(places, taken[row - 1 : row + 2, column - 1 : column + 2], y, x, spacing):
            for slot in range(4):
                if taken[row, column, slot] < 0:
                    taken[row, column, slot] = i
                    kept[i] = True
                    count += 1
                    break
    return kept


@nb.njit(inline="always")
def _is_free(places: Floats, around: NDArray[np.int64], y: float, x: float, spacing: float) -> bool:
    for other in around.ravel():
        if other >= 0 and (places[other, 0] - y) ** 2 + (places[other, 1] - x) ** 2 < spacing**2:
            return False
    return True


@nb.njit(nogil=True, cache=True)
def _draw_nuclei(places: Floats, axes: Floats, turns: Floats, labels: Labels) -> None:
    """Draw ellipses with three shallow lobes, the later over the earlier."""
    rows, columns = labels.shape
    for i in range(places.shape[0]):
        cy, cx = places[i]
        long, short = axes[i]
        sine, cosine = np.sin(turns[i]), np.cos(turns[i])
        reach = int(long * 1.1) + 2
        for y in range(max(int(cy) - reach, 0), min(int(cy) + reach + 1, rows)):
            for x in range(max(int(cx) - reach, 0), min(int(cx) + reach + 1, columns)):
                u = ((x - cx) * cosine + (y - cy) * sine) / long
                v = ((y - cy) * cosine - (x - cx) * sine) / short
                if u * u + v * v < 1 + _LOBES * np.sin(3 * np.arctan2(v, u) + turns[i]):
                    labels[y, x] = i + 1


@nb.njit(nogil=True, cache=True)
def _spread(
    nuclei: Labels, owners: Labels, away: NDArray[np.float32], reach: NDArray[np.float32], warp: Any, out: Labels
) -> None:
    """Give each pixel to the nearest nucleus seen from a place nearby, so that borders wobble."""
    rows, columns = nuclei.shape
    for y in range(rows):
        for x in range(columns):
            if nuclei[y, x] > 0:
                out[y, x] = nuclei[y, x]
            elif away[y, x] <= reach[y, x]:
                row = min(max(int(y + warp[0][y, x]), 0), rows - 1)
                column = min(max(int(x + warp[1][y, x]), 0), columns - 1)
                out[y, x] = owners[row, column]


def settle(rng: np.random.Generator, shape: tuple[int, int], count: int, cells: Cells) -> Layer:
    """Let cells settle, grow and touch.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where chance comes from.
    shape : (ny, nx)
        In pixels.
    count : int
        Cells that are asked for; there are fewer where no room is left.
    cells : Cells
        What they look like.
    """
    places = _places(rng, shape, count, cells)
    mitotic = rng.random(len(places)) < cells.mitotic_share
    nuclei = np.zeros(shape, np.int32)
    _draw_nuclei(places, _axes(rng, mitotic, cells), rng.uniform(0, np.pi, len(places)), nuclei)
    squares, owners = nearest_labels(nuclei)
    from_nucleus = np.sqrt(squares.astype(np.float32))
    reach = np.float32(cells.reach_px) + np.float32(cells.reach_sd_px) * noise_field(rng, shape, 25.0)
    warp = tuple(np.float32(cells.wobble_px) * noise_field(rng, shape, 12.0) for _ in range(2))
    outlines = np.zeros_like(nuclei)
    _spread(nuclei, owners, from_nucleus, reach, warp, outlines)
    return Layer(nuclei, outlines, from_nucleus, mitotic)


def _places(rng: np.random.Generator, shape: tuple[int, int], count: int, cells: Cells) -> Floats:
    """Draw centres of nuclei on what is settled, none too close to another: (n, 2) of y, x."""
    ground = noise_field(rng, shape, cells.clump_px)
    settled = ground > np.quantile(ground[::8, ::8], cells.empty_share)
    tried = rng.uniform((0, 0), shape, (_TRIES * count, 2))
    tried = tried[settled[tuple(tried.astype(np.int64).T)]]
    return np.asarray(tried[_keep_apart(tried, shape, cells.spacing_px, count)])


def _axes(rng: np.random.Generator, mitotic: NDArray[np.bool_], cells: Cells) -> Floats:
    """Draw the half axes of nuclei, the longer first: (n, 2)."""
    area = rng.lognormal(np.log(cells.nucleus_area_px), cells.nucleus_area_sd, mitotic.size) * np.where(mitotic, 0.5, 1)
    ratio = rng.uniform(1, cells.elongation, mitotic.size)
    radius = np.sqrt(area / np.pi)
    return np.stack([radius * np.sqrt(ratio), radius / np.sqrt(ratio)], axis=1)
