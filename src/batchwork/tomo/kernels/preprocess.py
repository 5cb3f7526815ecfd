"""From detector counts to sinograms, and between binned and unbinned detectors."""

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.tomo.kernels.shapes import room_for

LEAST_TRANSMISSION = 1e-6
"""Transmissions below this, negative ones too, count as this: an attenuation of 13.8."""
ATTENUATION_OF_NAN = 6.0
"""What a projection value that is not a number becomes."""

_LN2 = np.float32(np.log(2))


@nb.njit(inline="always")
def _log(value: np.float32) -> np.float32:
    """Natural logarithm of a normal positive float32, in a form that runs on many values at once.

    With value = m 2^e and m around 1, log m = 2 atanh z with z = (m - 1) / (m + 1), as its series to
    z^9; relative error below 3e-7.
    """
    bits = np.float32(value).view(np.int32)
    exponent = (bits - np.int32(0x3F3504F3)) >> np.int32(23)
    mantissa = np.int32(bits - (exponent << np.int32(23))).view(np.float32)
    z = (mantissa - np.float32(1)) / (mantissa + np.float32(1))
    y = z * z
    series = np.float32(1 / 9)
    series = series * y + np.float32(1 / 7)
    series = series * y + np.float32(1 / 5)
    series = series * y + np.float32(1 / 3)
    series = series * y + np.float32(1)
    return np.float32(exponent) * _LN2 + np.float32(2) * z * series


@nb.njit(inline="always")
def _minus_log(value: np.float32) -> np.float32:
    """Give the attenuation of a transmission; `LEAST_TRANSMISSION` and `ATTENUATION_OF_NAN` hold."""
    attenuation = -_log(max(value, np.float32(LEAST_TRANSMISSION)))
    return attenuation if value == value else np.float32(ATTENUATION_OF_NAN)  # noqa: PLR0124 - NaN


@nb.njit(parallel=True, cache=True)
def _correct(
    projections: NDArray[Any],
    dark: NDArray[np.float32],
    lights: NDArray[np.float32],
    before: NDArray[np.intp],
    share: NDArray[np.float32],
    minus_log: bool,  # noqa: FBT001 - numba knows no keyword-only arguments
    sinograms: NDArray[np.float32],
) -> None:
    """Write one row of the detector at a time; `lights` is flat - dark of each group of flats, 0 where there is none.

    Between groups `before` and the next one the light changes linearly, by `share`.
    """
    angles, rows, columns = projections.shape
    for r in nb.prange(rows):
        for a in range(angles):
            source, target = projections[a, r], sinograms[r, a]
            first = lights[before[a], r]
            second = lights[min(before[a] + 1, lights.shape[0] - 1), r]
            for c in range(columns):
                light = first[c] + share[a] * (second[c] - first[c])
                target[c] = (np.float32(source[c]) - dark[r, c]) / light if light > 0 else np.float32(1)
            if minus_log:
                for c in range(columns):
                    target[c] = _minus_log(target[c])


@nb.njit(parallel=True, cache=True)
def _take_log(rows: NDArray[np.float32]) -> None:
    for r in nb.prange(rows.shape[0]):
        for c in range(rows.shape[1]):
            rows[r, c] = _minus_log(rows[r, c])


def negative_log(transmission: NDArray[np.float32]) -> None:
    """Turn transmission into attenuation in place, with the limits that `attenuation` has.

    Parameters
    ----------
    transmission : (..., columns) float32, C-contiguous
    """
    _take_log(transmission.reshape(-1, transmission.shape[-1]))


def attenuation(
    projections: NDArray[Any],
    flat: NDArray[np.floating[Any]],
    dark: NDArray[np.floating[Any]],
    out: NDArray[np.float32] | None = None,
    *,
    positions: NDArray[np.float64] | None = None,
    minus_log: bool = True,
) -> NDArray[np.float32]:
    """Correct projections for flat and dark field, take -log, and sort them into sinograms.

    Transmission is (projection - dark) / (flat - dark). Below `LEAST_TRANSMISSION` it is set to that;
    where it is not a number, the attenuation is `ATTENUATION_OF_NAN`. Where the flat field is not
    brighter than the dark field nothing was measured: the transmission there is 1.

    Parameters
    ----------
    projections : (angles, rows, columns) uint8, uint16 or float32
        Detector counts.
    flat : (rows, columns) or (k, rows, columns) float
        Mean counts with beam; of k groups of flats in the order in which they were taken.
    dark : (rows, columns) float
        Mean counts without beam.
    out : (rows, angles, columns) float32, optional
        Where to write.
    positions : (k,) float64, optional
        Projections that were taken before each group of flats, rising. Between two groups the flat field
        changes linearly, before the first and after the last it stays.
    minus_log : bool
        Give -log(transmission); otherwise the transmission itself, neither limited nor rid of NaN.

    Returns
    -------
    (rows, angles, columns) float32
        Line integrals of attenuation, or transmission; `out` if given.

    Raises
    ------
    ParameterError
        If a shape does not fit.
    """
    angles, rows, columns = projections.shape
    flats = np.asarray(flat, np.float32).reshape(-1, *flat.shape[-2:])
    if flats.shape[1:] != (rows, columns) or dark.shape != (rows, columns):
        raise ParameterError(f"flat and dark must be ({rows}, {columns}), not {flat.shape} and {dark.shape}")
    places = np.zeros(1) if positions is None else np.asarray(positions, np.float64)
    if places.shape != flats.shape[:1]:
        raise ParameterError(f"there are {len(flats)} flat fields, and positions of {places.size}")
    sinograms = room_for((rows, angles, columns), out)
    base = np.asarray(dark, np.float32)
    before, share = between(places, angles)
    _correct(projections, base, np.maximum(flats - base, 0), before, share, minus_log, sinograms)
    return sinograms


def between(positions: NDArray[np.float64], angles: int) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Say for each projection, taken half a step after as many as its index, between which flats it stands."""
    place = np.arange(angles) + 0.5
    before = np.clip(np.searchsorted(positions, place, side="right") - 1, 0, max(positions.size - 2, 0))
    if positions.size == 1:
        return before, np.zeros(angles, np.float32)
    gap = np.maximum(positions[before + 1] - positions[before], 1e-9)
    return before, np.clip((place - positions[before]) / gap, 0, 1).astype(np.float32)


@nb.njit(parallel=True, cache=True)
def _bin(pictures: NDArray[Any], side: int, binned: NDArray[np.float32]) -> None:
    _, rows, columns = binned.shape
    share = np.float32(1 / side**2)
    for line in nb.prange(len(pictures) * rows):
        n, r = divmod(np.intp(line), rows)
        target = binned[n, r]
        target[:] = 0
        for source in pictures[n, r * side : (r + 1) * side]:
            for c in range(columns):
                for k in range(side):
                    target[c] += np.float32(source[c * side + k])
        target *= share


def bin_detector(image: NDArray[Any], binning: int) -> NDArray[np.float32]:
    """Average blocks of 2**binning rows and columns over the last two axes.

    Rows and columns left over at the end are dropped.

    Parameters
    ----------
    image : (..., rows, columns) array
        Counts, transmissions or attenuations.
    binning : int
        Exponent of the block's side, 0 for none.

    Returns
    -------
    (..., rows // 2**binning, columns // 2**binning) float32

    Raises
    ------
    ParameterError
        If `binning` is negative, or no whole block fits.
    """
    side = 1 << max(binning, 0)
    rows, columns = image.shape[-2] // side, image.shape[-1] // side
    if binning < 0 or rows == 0 or columns == 0:
        raise ParameterError(f"binning {binning} does not fit an image of {image.shape[-2:]}")
    pictures = np.ascontiguousarray(image).reshape(-1, *image.shape[-2:])
    binned = np.empty((len(pictures), rows, columns), np.float32)
    _bin(pictures, side, binned)
    return binned.reshape(*image.shape[:-2], rows, columns)


def binned_cor(cor: float, binning: int) -> float:
    """Column index on the binned detector of column index `cor` on the full one."""
    return (cor + 0.5) / (1 << binning) - 0.5


def unbinned_cor(cor: float, binning: int) -> float:
    """Column index on the full detector of column index `cor` on the binned one."""
    return (cor + 0.5) * (1 << binning) - 0.5
