"""Cells grown from their nuclei over what a stain of the whole cell lights up."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.screening.kernels.checking import checked_image, checked_labels
from batchwork.screening.kernels.distances import distances
from batchwork.screening.kernels.filters import shrink, smooth
from batchwork.screening.kernels.labelling import fill_holes, largest_pieces
from batchwork.screening.kernels.morphology import opening
from batchwork.screening.kernels.slopes import slopes
from batchwork.screening.kernels.statistics import measure
from batchwork.screening.kernels.thresholds import SIGMA_PER_MAD, background_of, otsu
from batchwork.screening.kernels.watershed import as_heights, watershed

Image = NDArray[np.float32]
Labels = NDArray[np.int32]
Mask = NDArray[np.bool_]

_SIGMA = 1.0
"""Smoothing against noise, in pixels."""
_NOISE = 5.0
"""What is darker than so many sigmas above the background is none."""
_FAINT = 0.8
"""Share of Otsu's level, of the logarithm of light, above which there is a cell."""
_SHRINK = 8
_SHARES, _TURNS = (0.03, 0.01, 0.003), 5
"""Weights of what is brighter, of what is darker, that lead the fit down to the dark, and its turns with each."""
_FAR = 1e-5
"""Weight of what is not dark, so that few dark places bend nothing."""
_EDGE = 40.0
"""Pixels of distance that a doubling of light over one pixel is worth."""
_HALF = 0.5
"""Share of a cell's median light at its edge."""
_HOLE_PX = 100


Floats = NDArray[np.float64]


def _quadratic(y: Floats, x: Floats) -> Floats:
    """Give the terms 1, y, x, y², yx, x², along a new last axis."""
    return np.stack([np.ones_like(y), y, x, y * y, y * x, x * x], axis=-1)


def _fit(terms: Floats, values: Floats, weights: Floats) -> Floats:
    """Give the coefficients that leave least weighted squares."""
    weighted = (terms * weights[:, None]).T
    return np.asarray(np.linalg.lstsq(weighted @ terms, weighted @ values, rcond=None)[0])


def dark_surface(image: Image) -> Image:
    """Fit a quadratic to what is darkest in an image: the light between cells under uneven illumination.

    Parameters
    ----------
    image : (ny, nx) float32
        Bright cells on dark, any unit.

    Returns
    -------
    (ny, nx) float32

    Notes
    -----
    Expectiles lead down to the dark; what is then within 3 sigma of it is fitted again.
    """
    small = shrink(image, _SHRINK)
    places = [(np.arange(n) + 0.5) * _SHRINK / image.shape[axis] - 0.5 for axis, n in enumerate(small.shape)]
    y, x = np.meshgrid(*places, indexing="ij")
    values, terms = small.ravel().astype(np.float64), _quadratic(y.ravel(), x.ravel())
    found = _fit(terms, values, np.ones_like(values))
    for share in np.repeat(_SHARES, _TURNS):
        found = _fit(terms, values, np.where(values > terms @ found, share, 1 - share))
    for _ in range(2):
        rest = values - terms @ found
        sigma = SIGMA_PER_MAD * np.median(-rest[rest <= 0])
        found = _fit(terms, values, np.where(np.abs(rest) <= 3 * sigma, 1.0, _FAR))
    return _surface(found, (image.shape[0], image.shape[1]))


def _surface(found: Floats, shape: tuple[int, int]) -> Image:
    y, x = ((np.arange(n) + 0.5) / n - 0.5 for n in shape)
    across = found[0] + found[2] * x + found[5] * x * x
    down = found[1] * y + found[3] * y * y
    return np.asarray(across[None] + down[:, None] + found[4] * y[:, None] * x[None], np.float32)


@dataclass(frozen=True, slots=True)
class _Light:
    excess: Image
    """Over the dark, smoothed."""
    noise: float
    """Standard deviation of the dark."""


def _light(image: NDArray[Any]) -> _Light:
    even = smooth(image, _SIGMA)
    excess = even - dark_surface(even)
    dark = background_of(excess)
    return _Light(excess - np.float32(dark.level), dark.sigma)


def _lit(light: _Light) -> Mask:
    """Mark what is brighter than the dark by far."""
    least = max(_NOISE * light.noise, 1e-6)
    bright = np.log(np.maximum(light.excess, np.float32(least)))
    level = np.log(least) + _FAINT * (otsu(bright[::2, ::2]) - np.log(least))
    return opening(((light.excess > least) & (bright > level)).view(np.uint8), 2) > 0


def _edge_light(cells: Labels, excess: Image) -> Image:
    """Tell for each cell, of label 0 first, the light at its edge; every second row is looked at."""
    level = np.zeros(int(cells.max()) + 1, np.float32)
    level[0] = np.inf
    median = measure(cells[::2], excess[::2], quantiles=(), top=()).median
    level[1 : median.size + 1] = _HALF * np.nan_to_num(median)
    return level


def _trimmed(cells: Labels, nuclei: Labels, excess: Image) -> Labels:
    """Take away what is dim for its own cell, beyond its edge; holes stay filled."""
    kept = (excess > _edge_light(cells, excess)[cells]) | (nuclei > 0)
    return largest_pieces(np.where(fill_holes(kept, _HOLE_PX), cells, 0))


def segment_cells(image: NDArray[Any], nuclei: NDArray[Any], *, reach_px: float = 40.0) -> Labels:
    """Find the cell around each nucleus.

    What is lit is shared out among the nuclei: each pixel goes to one that is near and parted from it by no step of
    light.

    Parameters
    ----------
    image : (ny, nx) integers or float32
        Stain of whole cells, bright on dark, any unit, no NaN. Its light may be uneven.
    nuclei : (ny, nx) integers
        Labels of nuclei.
    reach_px : float
        Cells end so far from their nucleus at the latest; 40 is twice the width of a nucleus of the assay.

    Returns
    -------
    (ny, nx) int32
        Cells with the labels of their nuclei, which they hold; 0 elsewhere.

    Raises
    ------
    ParameterError
        If the shapes differ or the reach is not above 0.

    Examples
    --------
    >>> import numpy as np
    >>> from batchwork.screening import segment_cells
    >>> y, x = np.indices((80, 120))
    >>> away = [np.hypot(y - 40, x - 35), np.hypot(y - 40, x - 75)]
    >>> nuclei = 1 * (away[0] < 9) + 2 * (away[1] < 9)
    >>> image = 300 + 900.0 * (away[0] < 20) + 500.0 * (away[1] < 20)
    >>> cells = segment_cells(image, nuclei)
    >>> np.bincount(cells.ravel())[1:] > 1000
    array([ True,  True])
    """
    pixels = checked_image(image)
    seeds = checked_labels(nuclei, pixels.shape, "nuclei")
    if not reach_px > 0:
        raise ParameterError(f"reach_px = {reach_px} must be above 0")
    away = distances(seeds == 0)
    light = _light(pixels)
    mask = (fill_holes(_lit(light), _HOLE_PX) & (away <= np.float32(reach_px))) | (seeds > 0)
    steps = slopes(light.excess) / np.maximum(light.excess, np.float32(max(_NOISE * light.noise, 1e-6)))
    heights = as_heights(away + np.float32(_EDGE) * np.minimum(steps, 1), 0.0, reach_px + _EDGE)
    cells = watershed(heights, seeds, mask)
    return _trimmed(cells, seeds, light.excess)
