"""The compiled loops of Fourier gridding.

Arrays that end in `lanes` hold one block of slices side by side: their real and imaginary parts in turn,
innermost in memory, so that one weight serves all slices of the block and the processor works on them
at once. Every cell is summed by one thread in one order: results do not depend on the number of threads.
"""

import numba as nb
import numpy as np
from numpy.typing import NDArray

MARGIN = 3
"""Cells around the grid that catch what samples near its border spread beyond it."""
WIDTH = 6
"""Width of the gridding kernel in cells."""
TILE = 64
"""Cells along the side of the square that one thread fills at a time; a tile stays in its cache."""

_FLAT = 1e-9
_FAR = 1e9

Floats = NDArray[np.float32]
Spectra = NDArray[np.complex64]
Tile = tuple[int, int, int, int]
"""Top, bottom, left and right cell, those at the end not included."""


@nb.njit(parallel=True, cache=True)
def pad_edges(sinograms: Floats, first_angle: int, padded: Floats) -> None:
    """Copy (slices, angles, columns) from `first_angle` on to (slices, some angles, length), edges kept.

    Beyond the last column stand copies of it, then copies of the first one, which so comes to stand
    before the first column in the periodic sense of a Fourier transform.
    """
    columns = sinograms.shape[2]
    angles, length = padded.shape[1:]
    turn = columns + (length - columns) // 2
    for row in nb.prange(padded.shape[0] * angles):
        s, a = divmod(np.intp(row), angles)
        source, target = sinograms[s, first_angle + a], padded[s, a]
        target[:columns] = source
        target[columns:turn] = source[columns - 1]
        target[turn:] = source[0]


@nb.njit(parallel=True, fastmath=True, cache=True)
def modulate(
    spectra: Spectra,
    mirrored: NDArray[np.bool_],
    factors: Spectra,
    shifts: Spectra,
    first_angle: int,
    samples: Spectra,
) -> None:
    """Filter and shift spectra, and lay the slices of a block side by side.

    Parameters
    ----------
    spectra : (1 or slices, some angles, at least frequencies) complex64
        Of the projections from `first_angle` on; a single one serves all slices.
    mirrored : (angles,) bool
        Whether the angle's half line is taken at the opposite direction.
    factors : (angles, frequencies) complex64
        Filter, weight and pixel offset.
    shifts : (slices, frequencies) complex64
        Phase of the centre of rotation.
    samples : (angles, frequencies, slices) complex64
        Written from `first_angle` on.
    """
    slices, frequencies = shifts.shape
    for a in nb.prange(spectra.shape[1]):
        angle = first_angle + np.intp(a)
        for s in range(slices):
            spectrum = spectra[min(s, spectra.shape[0] - 1), a]
            if mirrored[angle]:
                for k in range(frequencies):
                    samples[angle, k, s] = np.conj(spectrum[k] * factors[angle, k] * shifts[s, k])
            else:
                for k in range(frequencies):
                    samples[angle, k, s] = spectrum[k] * factors[angle, k] * shifts[s, k]


@nb.njit(inline="always")
def _crossing(step: float, first: float, last: float) -> tuple[float, float]:
    """Find the real k for which k * step lies between `first` and `last`; finite, for fast arithmetic."""
    if abs(step) < _FLAT:
        return (0.0, _FAR) if first < 0.0 < last else (1.0, 0.0)
    p, q = first / step, last / step
    return (p, q) if p < q else (q, p)


@nb.njit(inline="always")
def _weigh(start: float, taps: Floats, weights: Floats) -> int:
    """Fill in the weights of the cells after `start`; give the first such cell."""
    steps = taps.shape[0] - 1
    cell = int(start) + 1
    step = (cell - start) * steps
    row = min(int(step), steps - 1)
    beyond = np.float32(step - row)
    for i in range(WIDTH):
        weights[i] = taps[row, i] + beyond * (taps[row + 1, i] - taps[row, i])
    return cell


@nb.njit(inline="always")
def _add_whole(line: Floats, row_taps: Floats, grid: Floats, i: int, j: int, lanes: int) -> None:
    """Add a weighted line to the WIDTH rows from (i, j) on; how long it is, is known when compiled."""
    for r in range(WIDTH):
        row = grid[i + r, j * lanes : (j + WIDTH) * lanes]
        for c in range(WIDTH * lanes):
            row[c] += row_taps[r] * line[c]


@nb.njit(inline="always")
def _add_part(line: Floats, row_taps: Floats, grid: Floats, i: int, j: int, tile: Tile, lanes: int) -> None:
    """Add what lies within the tile."""
    top, bottom, left, right = tile
    start, stop = max(j, left) * lanes, min(j + WIDTH, right) * lanes
    for r in range(max(top - i, 0), min(bottom - i, WIDTH)):
        for c in range(start, stop):
            grid[i + r, c] += row_taps[r] * line[c - j * lanes]


@nb.njit(fastmath=True, cache=True)
def _fill(
    samples: Floats,
    steps: tuple[float, float],
    row_zero: int,
    tile: Tile,
    taps: Floats,
    weights: Floats,
    line: Floats,
    grid: Floats,
    marks: tuple[int, ...],
) -> None:
    """Add the samples of one angle to a tile; `steps` are those of `spread`, columns first."""
    (du, dv), (top, bottom, left, right) = steps, tile
    half, lanes = WIDTH / 2, len(marks)
    p, q = _crossing(du, left - MARGIN - half, right - MARGIN + half)
    r, t = _crossing(dv, top - row_zero - half, bottom - row_zero + half)
    last = float(samples.shape[0] - 1)
    first = int(min(max(p, r, 0.0), last + 1.0))
    for k in range(first, int(max(min(q, t, last), -1.0)) + 1):
        j = _weigh(k * du + MARGIN - half, taps, weights[0])
        i = _weigh(k * dv + row_zero - half, taps, weights[1])
        for c in range(WIDTH):
            for s in range(lanes):
                line[c * lanes + s] = weights[0, c] * samples[k, s]
        if left <= j <= right - WIDTH and top <= i <= bottom - WIDTH:
            _add_whole(line, weights[1], grid, i, j, lanes)
        else:
            _add_part(line, weights[1], grid, i, j, tile, lanes)


@nb.njit(parallel=True, fastmath=True, cache=True)
def spread(
    samples: Floats,
    columns_per_k: NDArray[np.float64],
    rows_per_k: NDArray[np.float64],
    row_zero: int,
    taps: Floats,
    grid: Floats,
    marks: tuple[int, ...],
) -> None:
    """Add each sample to the WIDTH x WIDTH cells around it; fills the whole grid.

    Parameters
    ----------
    samples : (angles, frequencies, lanes) float32
    columns_per_k, rows_per_k : (angles,) float64
        Step from one frequency to the next in cells; columns never negative.
    row_zero : int
        Row of frequency zero, margin included; its column is MARGIN.
    taps : (steps + 1, WIDTH) float32
        Kernel weights, see `KaiserBessel.taps`.
    grid : (rows, columns * lanes) float32
        Written.
    marks : tuple of `lanes` int
        Its values mean nothing, its length is the number of lanes: known from the type, so that loops
        over lanes are compiled for it.
    """
    lanes = len(marks)
    rows, columns = grid.shape[0], grid.shape[1] // lanes
    across = (columns + TILE - 1) // TILE
    for index in nb.prange(across * ((rows + TILE - 1) // TILE)):
        top, left = np.intp(index) // across * TILE, np.intp(index) % across * TILE
        tile = (top, min(top + TILE, rows), left, min(left + TILE, columns))
        grid[top : tile[1], left * lanes : tile[3] * lanes] = 0
        weights, line = np.empty((2, WIDTH), np.float32), np.empty(WIDTH * lanes, np.float32)
        for a in range(samples.shape[0]):
            steps = (columns_per_k[a], rows_per_k[a])
            _fill(samples[a], steps, row_zero, tile, taps, weights, line, grid, marks)


@nb.njit(cache=True)
def fold(grid: Spectra) -> None:
    """Complete the half plane: add what lies in the margins where it belongs.

    Rows repeat with the period of the grid. Columns beyond an end of the half plane belong to the
    mirrored samples of the other half: conjugate, at the opposite row and column.

    Parameters
    ----------
    grid : (size + 2 MARGIN, size / 2 + 1 + 2 MARGIN, slices) complex64
        Changed in place; afterwards the margins mean nothing.
    """
    size = grid.shape[0] - 2 * MARGIN
    for r in range(MARGIN):
        grid[MARGIN + r] += grid[MARGIN + size + r]
        grid[size + r] += grid[r]
    inner = grid[MARGIN : MARGIN + size]
    last = MARGIN + size // 2
    for c in range(MARGIN + 1):
        for source, target in ((MARGIN - c, MARGIN + c), (last + c, last - c)):
            copy = inner[:, source].copy()
            for i in range(size):
                inner[i, target] += np.conj(copy[(size - i) % size])


@nb.njit(parallel=True, fastmath=True, cache=True)
def finish(planes: Floats, row_scale: Floats, column_scale: Floats, images: Floats) -> None:
    """Crop, undo the kernel's apodisation and sort into slices.

    Parameters
    ----------
    planes : (some rows, size, at least slices) float32
        Columns in the order of a Fourier transform.
    row_scale, column_scale : (some rows,), (n,) float32
    images : (slices, some rows, n) float32
        Written.
    """
    slices, rows, n = images.shape
    before = n // 2
    for r in nb.prange(rows):
        for s in range(slices):
            for c in range(n):
                image_column = c - before if c >= before else c - before + planes.shape[1]
                images[s, r, c] = planes[r, image_column, s] * row_scale[r] * column_scale[c]
