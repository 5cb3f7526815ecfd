"""From counts to attenuation on a graphics card; the formulas are those of the compiled kernels."""

from collections.abc import Sequence

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from batchwork.tomo.kernels.gpu.arrays import Array, Arrays
from batchwork.tomo.kernels.hardening_table import HardeningTable
from batchwork.tomo.kernels.phase import halo_px, response
from batchwork.tomo.kernels.preprocess import ATTENUATION_OF_NAN, LEAST_TRANSMISSION, between
from batchwork.tomo.kernels.stripes.titarenko import smoothing_matrix

_ALL = slice(None)


def transmission(
    arrays: Arrays,
    projections: Array,
    flats: NDArray[np.float32],
    dark: NDArray[np.float32],
    positions: NDArray[np.float64],
) -> Array:
    """Correct (angles, rows, columns) for flat and dark field; see `batchwork.tomo.kernels.preprocess.attenuation`."""
    before, share = between(positions, projections.shape[0])
    lights, darkness = arrays.put(flats - dark), arrays.put(dark)
    first = lights[arrays.put(before)]
    second = lights[arrays.put(np.minimum(before + 1, len(flats) - 1))]
    light = first + arrays.put(share[:, None, None]) * (second - first)
    lit = light > 0
    corrected = (arrays.to_float(projections) - darkness) / arrays.where(lit, light, 1.0)
    return arrays.where(lit, corrected, 1.0)


def negative_log(arrays: Arrays, light: Array) -> Array:
    """Turn transmission into attenuation, with the limits of the compiled kernel."""
    known = light == light  # noqa: PLR0124 - NaN
    safe = arrays.where(known, light, 1.0)
    return arrays.where(known, -arrays.log(arrays.clip(safe, LEAST_TRANSMISSION, np.inf)), ATTENUATION_OF_NAN)


def bin_detector(arrays: Arrays, image: Array, binning: int) -> Array:
    """Average blocks of 2**binning rows and columns of (n, rows, columns); what is left over is dropped."""
    side = 1 << binning
    rows, columns = image.shape[1] // side, image.shape[2] // side
    kept = arrays.to_float(image)[:, : rows * side, : columns * side]
    return kept.reshape(kept.shape[0], rows, side, columns, side).sum(4).sum(2) * np.float32(1 / side**2)


def remove_zingers(arrays: Arrays, projections: Array, *, size: int, threshold: float) -> Array:
    """Replace pixels of (angles, rows, columns) that are so much brighter than the median around them."""
    values, half = arrays.to_float(projections), size // 2
    padded = _edges(arrays, _edges(arrays, values, 1, half, half), 2, half, half)
    rows, columns = values.shape[1:]
    around = [padded[None, :, r : r + rows, c : c + columns] for r in range(size) for c in range(size)]
    median = arrays.sort(arrays.cat(around, 0), 0)[size * size // 2]
    return arrays.where(median < values - np.float32(threshold), median, values)


def remove_stripes_titarenko(arrays: Arrays, sinograms: Array, *, beta: float) -> Array:
    """Remove offsets of columns; see `batchwork.tomo.kernels.stripes.titarenko`."""
    known = sinograms == sinograms  # noqa: PLR0124 - NaN
    light = arrays.clip(arrays.where(known, sinograms, 1.0), LEAST_TRANSMISSION, float(np.finfo(np.float32).max))
    profile = -arrays.log(light).sum(1) / np.float32(sinograms.shape[1])
    offsets = profile @ arrays.put(smoothing_matrix(sinograms.shape[2], beta).astype(np.float32))
    return sinograms * arrays.exp(-offsets)[:, None]


def paganin(
    arrays: Arrays, projections: Array, length_px: float, context: tuple[tuple[int, int], tuple[int, int]]
) -> Array:
    """Retrieve the phase of (n, rows, columns); see `batchwork.tomo.kernels.phase.paganin`."""
    _, rows, columns = projections.shape
    margin = halo_px(length_px)
    top, bottom, left, right = (max(margin - there, 0) for pair in context for there in pair)
    tall = scipy.fft.next_fast_len(rows + top + bottom, real=False)
    wide = scipy.fft.next_fast_len(columns + left + right, real=True)
    padded = _edges(arrays, projections, 1, top, tall - rows - top)
    padded = _edges(arrays, padded, 2, left, wide - columns - left)
    spectrum = arrays.rfft2(padded) * arrays.put(response(tall, wide, length_px))
    return arrays.irfft2(spectrum, (tall, wide))[:, top : top + rows, left : left + columns]


def _edges(arrays: Arrays, image: Array, axis: int, before: int, after: int) -> Array:
    """Repeat the outermost values of (n, rows, columns) along an axis."""
    parts = [image]
    for at, count in ((slice(0, 1), before), (slice(-1, None), after)):
        edge = image[(_ALL,) * axis + (at,)]
        shape = (*image.shape[:axis], count, *image.shape[axis + 1 :])
        parts.append(arrays.broadcast(edge, shape))
    return arrays.cat([parts[1], parts[0], parts[2]], axis)


def linearise(attenuation: Array, coefficients: Sequence[float]) -> Array:
    """Map p to ``a1 p + a2 p² + …``; no coefficients leave it."""
    if not len(coefficients):
        return attenuation
    total = attenuation * np.float32(coefficients[-1]).item()
    for coefficient in reversed(coefficients[:-1]):
        total = (total + np.float32(coefficient).item()) * attenuation
    return total


def look_up(arrays: Arrays, attenuation: Array, table: HardeningTable) -> Array:
    """Map measured attenuation to that of one energy; see `batchwork.tomo.kernels.hardening_table.look_up`."""
    values = arrays.put(table.values)
    place = attenuation * float(np.float32(1 / table.step))
    at = arrays.to_index(arrays.clip(place, 0, table.values.size - 2))
    first = values[at]
    return first + (place - arrays.to_float(at)) * (values[at + 1] - first)
