"""Background of a channel: counts of pixel values that add up over sites, and their median and MAD.

Counts of whole numbers lose nothing: the median over all pixels of a plate is the same, whatever the order of sites
and however many pixels there are.
"""

from dataclasses import dataclass, replace
from typing import Any, Self

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.screening.kernels.checking import checked_image, checked_mask
from batchwork.screening.kernels.statistics import Statistics

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

VALUES = 1 << 16
LEAST_SHARE, MOST_SHARE = 0.1, 0.9
"""Share of background that a well must have for its level to be trusted."""
_STEP_PER_MAD = 1 / 64
_COARSEST = 0.5
"""Of the steps that medians are rounded to, in counts: medians of an even number of pixels end in a half."""


@dataclass(frozen=True, slots=True)
class Level:
    """Where values lie, and how wide they spread, in counts."""

    median: float
    mad: float
    """Median of the absolute deviations from the median, without a factor."""

    def rounded(self) -> Self:
        """Round the median so that one more site rarely changes it: to a part of the MAD, at most half a count.

        Medians of whole counts stay as they are.
        """
        if not self.mad > 0:
            return self
        step = min(_COARSEST, 2.0 ** np.floor(np.log2(self.mad * _STEP_PER_MAD)))
        return replace(self, median=float(np.round(self.median / step) * step))


@nb.njit(nogil=True, cache=True)
def _count(image: NDArray[Any], mask: NDArray[np.bool_], counts: Counts) -> None:
    for value, counted in zip(image.ravel(), mask.ravel()):  # noqa: B905 - numba knows no strict
        if counted:
            counts[value] += 1


def count_values(image: NDArray[Any], mask: NDArray[Any] | None = None) -> Counts:
    """Count how often each value occurs: (65,536,); add the counts of several sites to pool them.

    Parameters
    ----------
    image : (ny, nx) uint8 or uint16
        Intensities in counts.
    mask : (ny, nx) bool, optional
        Where to look, such as ``labels == 0``; everywhere, if not given.

    Raises
    ------
    ParameterError
        If types or shapes do not fit.
    """
    pixels = checked_image(image)
    if pixels.dtype not in (np.uint8, np.uint16):
        raise ParameterError(f"image must be uint8 or uint16 to be counted, not {pixels.dtype}")
    where = np.ones(pixels.shape, bool) if mask is None else checked_mask(mask, pixels.shape)
    counts = np.zeros(VALUES, np.int64)
    _count(pixels, where, counts)
    return counts


def _median(values: Floats, counts: Counts) -> float:
    """Take the median of sorted values that occur so often."""
    ends = np.cumsum(counts)
    middle = np.searchsorted(ends, [(ends[-1] - 1) // 2, ends[-1] // 2], side="right")
    return float(values[middle].mean())


def level_of(counts: Counts) -> Level:
    """Give median and MAD of the values counted; NaN where nothing was.

    Parameters
    ----------
    counts : (65,536,) int64
        From `count_values`, or a sum of such.
    """
    values = np.flatnonzero(counts)
    if values.size == 0:
        return Level(np.nan, np.nan)
    often = counts[values]
    median = _median(values.astype(np.float64), often)
    deviations = np.abs(values - median)
    order = np.argsort(deviations, kind="stable")
    return Level(median, _median(deviations[order], often[order]))


def darkest_well(
    medians: NDArray[Any], shares: NDArray[Any], *, least_share: float = LEAST_SHARE, most_share: float = MOST_SHARE
) -> int:
    """Find the well whose background is lowest, among those with enough background and enough cells.

    Parameters
    ----------
    medians : (wells,) float
        Level of each well's background.
    shares : (wells,) float
        Share of the well's pixels that are background, 0 to 1.
    least_share, most_share : float
        What it must lie between, ends included.

    Raises
    ------
    ParameterError
        If no well is left.
    """
    trusted = np.isfinite(medians) & (shares >= least_share) & (shares <= most_share)
    if not trusted.any():
        raise ParameterError(
            f"no well has a share of background from {least_share:g} to {most_share:g}; "
            f"name the wells that hold the background"
        )
    return int(np.argmin(np.where(trusted, medians, np.inf)))


def less_background(statistics: Statistics, background: float) -> Statistics:
    """Take the background off: x - b from means, medians, quantiles and top values, so S - b·n from sums; MADs stay."""
    return Statistics(
        area=statistics.area,
        mean=statistics.mean - background,
        median=statistics.median - background,
        mad=statistics.mad,
        quantiles=statistics.quantiles - background,
        top=statistics.top - background,
    )
