"""Stripe removal by sorting: dead, large, and small stripes.

Sorted by value, the columns of a sinogram differ little from their neighbours, whatever the object: what differs
is a stripe, and a median over the detector removes it before the values go back to where they came from.

References
----------
Vo, Atwood and Drakopoulos, Optics Express 26 (2018) 28396, algorithms 3 to 6.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from batchwork.errors import ParameterError
from batchwork.tomo.kernels.stripes import vo_loops as loops

SMOOTH_ANGLES = 10
_LEAST_NOISE = 1e-5
"""Below it columns do not differ at all, and none is a stripe."""
_MOST_DEAD = 3
"""Dead columns are filled in if they are fewer than the columns over this."""
LEAST_COLUMNS = 8
_LARGE_SIZE, _LARGE_SHARE = 51, 4
_DROP_RATIO = 0.1


def large_size_for(columns: int) -> int:
    """Give the usual width of the median for large stripes: 51, at most a quarter of the detector.

    A wider one reaches across whole objects, and takes their sides for stripes.
    """
    return max(3, min(_LARGE_SIZE, columns // _LARGE_SHARE))


def remove_stripes_vo(
    sinograms: NDArray[np.float32],
    *,
    snr: float = 3.0,
    large_size: int = _LARGE_SIZE,
    small_size: int = 21,
    drop_ratio: float = _DROP_RATIO,
) -> NDArray[np.float32]:
    """Remove dead, then large, then small and medium stripes.

    Parameters
    ----------
    sinograms : (slices, angles, columns) float32
        Transmission, or any other values.
    snr : float
        Ratio from which a column counts as a stripe, > 1; larger takes fewer.
    large_size, small_size : int
        Widths of the running medians, in columns.
    drop_ratio : float
        Share of the darkest and brightest values, 0 to 0.8, that does not take part in finding large stripes.

    Returns
    -------
    (slices, angles, columns) float32
        New; of detectors narrower than 8 columns a copy.

    Raises
    ------
    ParameterError
        If a parameter does not fit.
    """
    checked(snr, large_size, small_size)
    result = np.array(sinograms, np.float32)
    if result.shape[2] >= LEAST_COLUMNS:
        for sinogram in result:
            drop = drop_count(len(sinogram), min(max(drop_ratio, 0.0), 0.8))
            _remove(sinogram, snr, large_size, small_size, drop)
    return result


def checked(snr: float, large_size: int, small_size: int) -> None:
    """Refuse parameters that do not fit.

    Raises
    ------
    ParameterError
        If one does not.
    """
    if snr <= 0 or large_size < 1 or small_size < 1:
        raise ParameterError(f"snr = {snr:g}, large_size = {large_size}, small_size = {small_size}: must be above 0")


def drop_count(angles: int, drop_ratio: float = _DROP_RATIO) -> int:
    """Give how many of the darkest, and of the brightest, values of a column do not count."""
    return int(0.5 * drop_ratio * angles)


def column_factors(
    own: NDArray[np.float64], around: NDArray[np.float64], snr: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Compare the mean of each column, (columns,), with that around it: their ratio, and which are large stripes."""
    factors = np.divide(own, around, out=np.ones_like(own), where=around != 0)
    factors[~np.isfinite(factors) | (factors == 0)] = 1.0
    return factors, ndimage.binary_dilation(stripe_mask(factors, snr))


def _remove(sinogram: NDArray[np.float32], snr: float, large_size: int, small_size: int, drop: int) -> None:
    """Clean one sinogram, (angles, columns), in place."""
    angles, columns = sinogram.shape
    lines = np.empty((columns, angles), np.float32)
    loops.transpose(sinogram, lines)
    _fill_dead(lines, snr, large_size)
    keys, order = np.empty((columns, angles), np.uint32), np.empty((columns, angles), np.int32)
    loops.sort_columns(lines, keys, order)
    smooth = np.empty_like(keys)
    loops.median_along_detector(keys, large_size, smooth)
    own, around = loops.means(keys, drop, angles - drop), loops.means(smooth, drop, angles - drop)
    loops.normalise(keys, smooth, *column_factors(own, around, snr))
    loops.median_along_detector(keys, small_size, smooth)
    loops.unsort(smooth, order, sinogram)


def _fill_dead(lines: NDArray[np.float32], snr: float, size: int) -> None:
    """Fill in columns that do not follow the object, from their neighbours on either side; (columns, angles)."""
    found = dead_columns(loops.roughness(lines, SMOOTH_ANGLES), snr, size)
    if found is not None:
        share = found.share[:, None]
        lines[found.missing] = lines[found.left] * (1 - share) + lines[found.right] * share


@dataclass(frozen=True, slots=True, eq=False)
class DeadColumns:
    """Columns that are filled in, each from the next good one on either side, by its share of the right one."""

    missing: NDArray[np.intp]
    left: NDArray[np.intp]
    right: NDArray[np.intp]
    share: NDArray[np.float64]


def dead_columns(rough: NDArray[np.float64], snr: float, size: int) -> DeadColumns | None:
    """Find the columns to fill in by the roughness of all, (columns,); None if there is none, or too many are."""
    usual = ndimage.median_filter(rough, size)
    usual[usual == 0] = np.mean(np.abs(usual))
    ratio = np.divide(rough, usual, out=np.ones_like(rough), where=usual != 0)
    dead = ndimage.binary_dilation(stripe_mask(ratio, snr))
    dead[:2] = dead[-2:] = False
    missing = np.flatnonzero(dead)
    if not 0 < missing.size < rough.size // _MOST_DEAD:
        return None
    good = np.flatnonzero(~dead)
    after = np.searchsorted(good, missing)
    left, right = good[after - 1], good[after]
    return DeadColumns(missing, left, right, (missing - left) / (right - left))


def stripe_mask(values: NDArray[np.float64], snr: float) -> NDArray[np.bool_]:
    """Find the columns that stand out: algorithm 4 of the reference.

    A line through the middle half of the sorted values tells how far good columns reach.

    Parameters
    ----------
    values : (columns,) float64
        About 1 for good columns.
    snr : float
        From how many times the range of the good ones on.

    Returns
    -------
    (columns,) bool
    """
    ordered, columns = np.sort(values), values.size
    drop = int(0.25 * columns)
    place = np.arange(columns, dtype=np.float64)
    slope, low = np.polyfit(place[drop : -drop - 1], ordered[drop : -drop - 1], 1)
    high = low + slope * place[-1]
    noise = abs(high - low)
    mask = np.zeros(columns, bool)
    if not noise >= _LEAST_NOISE:
        return mask
    if abs(ordered[-1] - high) / noise >= snr:
        mask |= values > high + noise * snr * 0.5
    if abs(low - ordered[0]) / noise >= snr:
        mask |= values <= low - noise * snr * 0.5
    return mask
