"""Stripe removal by sorting, on a graphics card; the steps are those of `batchwork.tomo.kernels.stripes.vo`."""

import numpy as np
from numpy.typing import NDArray

from batchwork.tomo.kernels.gpu.arrays import Array, Arrays
from batchwork.tomo.kernels.stripes import vo

_CHUNK_VALUES = 1 << 23
"""Values of all windows that are sorted at a time."""
_COPIES = 4
_FLOAT_BYTES = 4


def remove_stripes_vo(arrays: Arrays, sinograms: Array, *, snr: float, large_size: int, small_size: int) -> Array:
    """Remove dead, then large, then small and medium stripes of (slices, angles, columns).

    Raises
    ------
    ParameterError
        If a parameter does not fit.
    """
    vo.checked(snr, large_size, small_size)
    if sinograms.shape[2] < vo.LEAST_COLUMNS:
        return sinograms
    cleaned = [_removed(arrays, sinogram, snr, large_size, small_size)[None] for sinogram in sinograms]
    return arrays.cat(cleaned, 0)


def _removed(arrays: Arrays, sinogram: Array, snr: float, large_size: int, small_size: int) -> Array:
    """Clean one sinogram, (angles, columns)."""
    lines = _filled(arrays, arrays.permute(sinogram, (1, 0)), snr, large_size)
    angles = lines.shape[1]
    order = arrays.argsort(lines)
    ranked = arrays.take(lines, order)
    smooth = _median(arrays, ranked, large_size)
    drop = vo.drop_count(angles)
    kept = slice(drop, angles - drop)
    own, around = (arrays.get(part[:, kept].sum(1)).astype(np.float64) for part in (ranked, smooth))
    factors, replaced = vo.column_factors(own, around, snr)
    level = arrays.put(factors.astype(np.float32)[:, None])
    ranked = arrays.where(arrays.put(replaced[:, None]), smooth, ranked / level)
    smooth = _median(arrays, ranked, small_size)
    return arrays.permute(arrays.take(smooth, arrays.argsort(order)), (1, 0))


def _filled(arrays: Arrays, lines: Array, snr: float, size: int) -> Array:
    """Fill in columns that do not follow the object, (columns, angles)."""
    angles, width = lines.shape[1], vo.SMOOTH_ANGLES
    longer = lines[:, arrays.put(_reflected(width, angles))]
    total = sum(longer[:, k : k + angles] for k in range(width))
    rough = arrays.get(abs(lines - total / width).sum(1)).astype(np.float64)
    found = vo.dead_columns(rough, snr, size)
    if found is None:
        return lines
    share = arrays.put(found.share.astype(np.float32)[:, None])
    left, right = (lines[arrays.put(near)] for near in (found.left, found.right))
    lines[arrays.put(found.missing)] = left * (1 - share) + right * share
    return lines


def _median(arrays: Arrays, lines: Array, size: int) -> Array:
    """Filter (columns, ranks) by a running median over columns, reflected at the ends."""
    columns, ranks = lines.shape
    longer, step = lines[arrays.put(_reflected(size, columns))], max(1, _CHUNK_VALUES // (size * columns))
    parts = []
    for first in range(0, ranks, step):
        some = longer[:, first : first + step]
        windows = arrays.cat([some[None, k : k + columns] for k in range(size)], 0)
        parts.append(arrays.sort(windows, 0)[size // 2])
    return arrays.cat(parts, 1)


def work_bytes(angles: int, columns: int, size: int) -> int:
    """Memory that medians over `size` columns take."""
    return _COPIES * _FLOAT_BYTES * size * columns * min(angles, max(1, _CHUNK_VALUES // (size * columns)))


def _reflected(size: int, length: int) -> NDArray[np.intp]:
    """Places from ``size // 2`` before the first to what a window at the last one needs, folded back."""
    index = np.mod(np.arange(-(size // 2), length + size - size // 2 - 1), 2 * length)
    inside: NDArray[np.intp] = np.minimum(index, 2 * length - 1 - index)
    return inside
