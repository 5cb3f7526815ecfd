"""Filtered back projection by gridding on a graphics card: the plan is that of the compiled kernel.

The samples of a block of slices are added to the grid for one of the kernel's cells after the other, each time all of
them at once.
"""

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from batchwork.tomo.kernels import gridding_loops as loops
from batchwork.tomo.kernels.gpu.arrays import Array, Arrays
from batchwork.tomo.kernels.gpu.blocks import lanes_that_fit
from batchwork.tomo.kernels.gpu.transfers import transfers_for
from batchwork.tomo.kernels.gridding import Gridder
from batchwork.tomo.kernels.shapes import require_shape, require_sinograms, room_for

_COMPLEX_BYTES = 8
_COPIES_OF_SAMPLES = 4
"""Spectra, samples, samples with a weight, and what the transform needs."""
_COPIES_OF_GRID = 3
"""Grid, its half plane in the order of the transform, and the transform."""


class DeviceGridder(Gridder):
    """`batchwork.tomo.kernels.gridding.Gridder` on a graphics card.

    Parameters
    ----------
    arrays : Arrays
        The card.
    theta_rad, columns, filter_name, size, accuracy
        As for `Gridder`.

    Notes
    -----
    How many slices are worked on together follows from the memory that is free.
    """

    def __init__(
        self,
        arrays: Arrays,
        theta_rad: ArrayLike,
        columns: int,
        *,
        filter_name: str = "parzen",
        size: int | None = None,
        accuracy: Literal["full", "try"] = "full",
    ) -> None:
        super().__init__(theta_rad, columns, filter_name=filter_name, size=size, accuracy=accuracy)
        self._arrays = arrays
        self._half = self._grid_size // 2 + 1 + 2 * loops.MARGIN
        self._transfers = transfers_for(arrays)
        self._cells, self._row_taps, self._column_taps = self._plan_cells()
        self._device_factors = arrays.put(self._factors)
        self._device_mirrored = arrays.put(self._mirrored[:, None, None])
        self._scales = arrays.put(self._row_scale[:, None] * self._column_scale)

    @property
    def lane_bytes(self) -> int:
        """Memory of the card for each slice that is worked on."""
        grid = (self._grid_size + 2 * loops.MARGIN) * self._half
        samples = self.angles * (self._length // 2 + 1)
        return _COMPLEX_BYTES * (_COPIES_OF_SAMPLES * samples + _COPIES_OF_GRID * grid)

    def _plan_cells(self) -> tuple[Array, list[Array], list[Array]]:
        """Find the first cell that each sample reaches, and its weights along rows and columns."""
        k = np.arange(self._factors.shape[1])
        parts = []
        for per_k, zero in (
            (self._rows_per_k, self._grid_size // 2 + loops.MARGIN),
            (self._columns_per_k, loops.MARGIN),
        ):
            start = (np.outer(per_k, k) + zero - loops.WIDTH / 2).ravel()
            cell = start.astype(np.int64) + 1
            parts.append((cell, self._weights(cell - start)))
        (rows, row_weights), (columns, column_weights) = parts
        taps = [[self._arrays.put(w[:, i].copy()) for i in range(loops.WIDTH)] for w in (row_weights, column_weights)]
        return self._arrays.put(rows * self._half + columns), taps[0], taps[1]

    def _weights(self, offset: NDArray[np.float64]) -> NDArray[np.float32]:
        """Interpolate the kernel's table, (samples,) to (samples, WIDTH)."""
        step = offset * (len(self._taps) - 1)
        row = np.minimum(step.astype(np.int64), len(self._taps) - 2)
        beyond = (step - row).astype(np.float32)[:, None]
        first: NDArray[np.float32] = self._taps[row]
        weights: NDArray[np.float32] = first + beyond * (self._taps[row + 1] - first)
        return weights

    def reconstruct(
        self,
        sinograms: Array,
        cor: float | NDArray[np.float64],
        out: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Reconstruct slices; see `Gridder.reconstruct`. The sinograms may lie on the card already."""
        require_sinograms(tuple(sinograms.shape), self.angles, self.columns)
        slices = sinograms.shape[0]
        cors = np.broadcast_to(np.asarray(cor, np.float64), (slices,))
        images = room_for((slices, self.size, self.size), out)
        for part in self._parts(slices):
            block = sinograms[part]
            if isinstance(block, np.ndarray):
                block = self._transfers.up(np.ascontiguousarray(block, np.float32))
            spectra = self._arrays.rfft(self._padded(block))[:, :, : self._factors.shape[1]]
            made = self._images(self._arrays.permute(spectra, (1, 2, 0)), cors[part])
            self._transfers.down(made, images[part])
        self._transfers.finish()
        return images

    def transform(self, sinogram: NDArray[np.float32]) -> Array:
        """Transform the projections of one slice, for `at_centres`; the spectrum stays on the card."""
        require_shape(sinogram.shape, (self.angles, self.columns), "the sinogram")
        block = self._arrays.put(np.asarray(sinogram[None], np.float32))
        return self._arrays.rfft(self._padded(block))[0, :, : self._factors.shape[1]]

    def at_centres(
        self, spectrum: Array, cors: ArrayLike, out: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """Reconstruct one slice at several centres of rotation; see `Gridder.at_centres`."""
        require_shape(tuple(spectrum.shape), self._factors.shape, "the spectrum")
        centres = np.asarray(cors, np.float64).ravel()
        images = room_for((centres.size, self.size, self.size), out)
        for part in self._parts(centres.size):
            self._transfers.down(self._images(spectrum[:, :, None], centres[part]), images[part])
        self._transfers.finish()
        return images

    def _parts(self, slices: int) -> Iterator[slice]:
        """Divide slices into blocks that fit on the card."""
        step = lanes_that_fit(self._arrays.free_bytes(), self.lane_bytes, slices)
        for first in range(0, slices, step):
            yield slice(first, min(first + step, slices))

    def _padded(self, block: Array) -> Array:
        """Continue projections by copies of their outermost columns, to one period."""
        slices = block.shape[0]
        after = (self._length - self.columns) // 2
        before = self._length - self.columns - after
        ends = ((block[:, :, -1:], after), (block[:, :, :1], before))
        copies = [self._arrays.broadcast(column, (slices, self.angles, width)) for column, width in ends]
        return self._arrays.cat([block, *copies], 2)

    def _images(self, spectra: Array, cors: NDArray[np.float64]) -> Array:
        """Grid (angles, frequencies, lanes or 1) and transform to (lanes, n, n)."""
        shifts = self._arrays.put(self._shifts(cors).T.copy())
        samples = spectra * self._device_factors[:, :, None] * shifts[None]
        samples = self._arrays.where(self._device_mirrored, self._arrays.conj(samples), samples)
        grid = self._spread(samples, cors.size)
        self._fold(grid)
        return self._inverse(grid)

    def _spread(self, samples: Array, lanes: int) -> Array:
        """Add each sample to the cells around it; (rows, half, lanes) complex64."""
        rows = self._grid_size + 2 * loops.MARGIN
        grid = self._arrays.zeros((rows * self._half, 2 * lanes))
        flat = self._arrays.as_real(samples).reshape(-1, 2 * lanes)
        for r, row_tap in enumerate(self._row_taps):
            for c, column_tap in enumerate(self._column_taps):
                weighed = flat * (row_tap * column_tap)[:, None]
                self._arrays.add_at(grid, self._cells + (r * self._half + c), weighed)
        return self._arrays.as_complex(grid.reshape(rows, self._half, lanes, 2))

    def _fold(self, grid: Array) -> None:
        """Add what lies in the margins where it belongs; see `batchwork.tomo.kernels.gridding_loops.fold`."""
        size, margin = self._grid_size, loops.MARGIN
        grid[margin : 2 * margin] += grid[margin + size : 2 * margin + size]
        grid[size : size + margin] += grid[:margin]
        inner, last = grid[margin : margin + size], margin + size // 2
        opposite = self._arrays.put((size - np.arange(size)) % size)
        for c in range(margin + 1):
            for source, target in ((margin - c, margin + c), (last + c, last - c)):
                inner[:, target] += self._arrays.conj(inner[:, source][opposite])

    def _inverse(self, grid: Array) -> Array:
        """Transform the half plane, crop, and undo the kernel's apodisation."""
        size, margin, before = self._grid_size, loops.MARGIN, self.size // 2
        half = self._arrays.permute(grid[margin : margin + size, margin : margin + size // 2 + 1], (2, 0, 1))
        planes: Any = self._arrays.irfft2(half, (size, size), scaled=False)
        for axis in (1, 2):
            ends = (slice(size - before, size), slice(0, self.size - before))
            planes = self._arrays.cat([planes[(slice(None),) * axis + (end,)] for end in ends], axis)
        return planes * self._scales
