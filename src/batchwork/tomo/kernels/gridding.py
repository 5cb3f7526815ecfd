"""Filtered back projection by gridding in Fourier space.

The spectrum of each projection is one line through the centre of the image's spectrum. The filtered
lines are spread onto a regular grid with a Kaiser-Bessel kernel, an inverse transform makes the image,
and the kernel's own transform is divided out. Real slices need half the plane only.

Geometry: ``s = x cos(theta) + y sin(theta)``; x grows with the column, y grows upwards (row 0 has the
largest y), the axis is at pixel ((n - 1) / 2, (n - 1) / 2), and `cor` is a column index, an integer at
the column's centre. Values are attenuation per pixel.

References
----------
Dowd et al., Proc. SPIE 3772 (1999) 224, for the method; Beatty et al., IEEE Trans. Med. Imaging 24
(2005) 799, for kernel and oversampling.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import numba as nb
import numpy as np
import scipy.fft
from numpy.typing import ArrayLike, NDArray

from batchwork.errors import ParameterError
from batchwork.tomo.kernels import gridding_loops as loops
from batchwork.tomo.kernels.angles import angle_weights
from batchwork.tomo.kernels.filters import filter_response
from batchwork.tomo.kernels.kaiser_bessel import KaiserBessel
from batchwork.tomo.kernels.shapes import require_shape, require_sinograms, room_for

BLOCK_SLICES = 8
"""Most slices that are gridded together."""
OVERSAMPLING = {"full": 1.5, "try": 1.25}
"""Grid size over image size, by accuracy."""

_SMALLEST = 64
_MOST_THREADS: int = nb.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined] # set as it loads
_TAP_STEPS = 512
_CHUNK_BYTES = 4 << 20
_COMPLEX_BYTES = 8


class Gridder:
    """A reconstruction made ready for one set of angles and one detector width.

    Parameters
    ----------
    theta_rad : (angles,) float
        Projection angles in radians, in any order; weighted by `angle_weights`.
    columns : int
        Width of the detector.
    filter_name : str
        One of `batchwork.tomo.kernels.filters.FILTER_NAMES`.
    size : int, optional
        Side n of the images; the number of columns by default.
    accuracy : {"full", "try"}
        With the ramp filter and pure noise, ``full`` differs by less than 2e-4 of the largest value from
        exact back projection, ``try`` by less than 1e-3; ``try`` takes less memory and is a little faster.
    threads : int, optional
        Threads to use; by default as many as numba uses.

    Raises
    ------
    ParameterError
        If a parameter does not fit.

    Notes
    -----
    The detector is padded to at least twice its width with copies of its outermost columns, as for an
    object wider than the detector. Results do not depend on the number of threads, nor, beyond rounding,
    on which slices are reconstructed together. One object serves one thread of the caller at a time, since it keeps its
    work arrays.

    Examples
    --------
    >>> theta = np.linspace(0, np.pi, 90, endpoint=False)
    >>> gridder = Gridder(theta, 64, filter_name="ramp")
    >>> gridder.reconstruct(np.zeros((3, 90, 64), np.float32), cor=31.5).shape
    (3, 64, 64)
    """

    def __init__(
        self,
        theta_rad: ArrayLike,
        columns: int,
        *,
        filter_name: str = "parzen",
        size: int | None = None,
        accuracy: Literal["full", "try"] = "full",
        threads: int | None = None,
    ) -> None:
        if columns < 1 or (size is not None and size < 1) or (threads is not None and threads < 1):
            raise ParameterError("columns, size and threads must be at least 1")
        if accuracy not in OVERSAMPLING:
            raise ParameterError(f"accuracy is one of {', '.join(OVERSAMPLING)}, not {accuracy!r}")
        theta = np.asarray(theta_rad, np.float64).ravel()
        self.angles = theta.size
        self.columns = columns
        self.size = columns if size is None else size
        self.threads = threads
        self._length = padded_length(columns, self.size)
        self._grid_size = grid_size(self.size, accuracy)
        self._kernel = KaiserBessel(loops.WIDTH, self._grid_size / self.size)
        self._taps = self._kernel.taps(_TAP_STEPS)
        self._mirrored = np.cos(theta) < 0
        self._plan_directions(theta)
        self._plan_factors(theta, filter_name)
        self._plan_scales()
        self._work: tuple[NDArray[np.complex64], NDArray[np.complex64]] | None = None

    def _plan_directions(self, theta: NDArray[np.float64]) -> None:
        """Find the step on the grid for each frequency; image rows run against y."""
        step = np.where(self._mirrored, -1.0, 1.0) * (self._grid_size / self._length)
        self._columns_per_k = np.abs(step * np.cos(theta))
        self._rows_per_k = -step * np.sin(theta)

    def _plan_factors(self, theta: NDArray[np.float64], filter_name: str) -> None:
        """Join the filter, the angles' weights and the offset of pixel centres from whole numbers."""
        frequencies = (self._length - 1) // 2 + 1
        response = filter_response(filter_name, self._length)[:frequencies].astype(np.float64)
        response[0] /= 2  # counted twice, once for each half of the plane
        offset = (0.5 if self.size % 2 == 0 else 0.0) * (np.cos(theta) - np.sin(theta))
        phase = 2j * np.pi / self._length * np.outer(offset, np.arange(frequencies))
        scale = angle_weights(theta) / self._length
        self._factors = (scale[:, None] * response * np.exp(phase)).astype(np.complex64)

    def _plan_scales(self) -> None:
        """Invert the kernel's transform along a row and a column of the image."""
        x = np.arange(self.size) - self.size // 2
        scale = 1 / self._kernel.transform(x / self._grid_size)
        self._column_scale = scale.astype(np.float32)
        # the grid's rows run from -size/2, which alternates the sign
        self._row_scale = (scale * np.where(x % 2 == 0, 1, -1)).astype(np.float32)

    def reconstruct(
        self,
        sinograms: NDArray[np.float32],
        cor: float | NDArray[np.float64],
        out: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Reconstruct slices.

        Parameters
        ----------
        sinograms : (slices, angles, columns) float32
            Line integrals of attenuation per pixel, rows of the detector first.
        cor : float or (slices,) float
            Centre of rotation as a column index, one for all slices or one for each.
        out : (slices, n, n) float32, optional
            Where to write.

        Returns
        -------
        (slices, n, n) float32
            Attenuation per pixel; `out` if given.

        Raises
        ------
        ParameterError
            If a shape does not fit.
        """
        require_sinograms(sinograms.shape, self.angles, self.columns)
        slices = sinograms.shape[0]
        cors = np.broadcast_to(np.asarray(cor, np.float64), (slices,))
        images = room_for((slices, self.size, self.size), out)
        with self._threads() as workers:
            for first in range(0, slices, BLOCK_SLICES):
                part = slice(first, min(first + BLOCK_SLICES, slices))
                block = np.asarray(sinograms[part], np.float32)
                shifts = self._shifts(cors[part])
                samples, grid = self._work_arrays(block.shape[0])
                for angle, spectra in self._spectra(block, workers):
                    loops.modulate(spectra, self._mirrored, self._factors, shifts, angle, samples)
                self._invert(samples, grid, images[part], workers)
        return images

    def transform(self, sinogram: NDArray[np.float32]) -> NDArray[np.complex64]:
        """Transform the projections of one slice, for `at_centres`.

        Parameters
        ----------
        sinogram : (angles, columns) float32
            Line integrals.

        Returns
        -------
        (angles, frequencies) complex64
            Spectra of the padded projections, not filtered.

        Raises
        ------
        ParameterError
            If the shape does not fit.
        """
        require_shape(sinogram.shape, (self.angles, self.columns), "the sinogram")
        spectrum = np.empty((self.angles, self._factors.shape[1]), np.complex64)
        with self._threads() as workers:
            for angle, part in self._spectra(np.asarray(sinogram[None], np.float32), workers):
                spectrum[angle : angle + part.shape[1]] = part[0, :, : spectrum.shape[1]]
        return spectrum

    def at_centres(
        self, spectrum: NDArray[np.complex64], cors: ArrayLike, out: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """Reconstruct one slice at several centres of rotation.

        Parameters
        ----------
        spectrum : (angles, frequencies) complex64
            From `transform`.
        cors : (k,) float
            Centres of rotation as column indices.
        out : (k, n, n) float32, optional
            Where to write.

        Returns
        -------
        (k, n, n) float32
            Attenuation per pixel; the same values as `reconstruct` gives.

        Raises
        ------
        ParameterError
            If a shape does not fit.
        """
        require_shape(spectrum.shape, self._factors.shape, "the spectrum")
        centres = np.asarray(cors, np.float64).ravel()
        images = room_for((centres.size, self.size, self.size), out)
        with self._threads() as workers:
            for first in range(0, centres.size, BLOCK_SLICES):
                part = slice(first, min(first + BLOCK_SLICES, centres.size))
                shifts = self._shifts(centres[part])
                samples, grid = self._work_arrays(shifts.shape[0])
                loops.modulate(spectrum[None], self._mirrored, self._factors, shifts, 0, samples)
                self._invert(samples, grid, images[part], workers)
        return images

    @property
    def work_bytes(self) -> int:
        """Memory of one call beside its input and output, for any number of slices."""
        return work_bytes(self.columns, self.angles, size=self.size, oversampled_size=self._grid_size)

    @contextmanager
    def _threads(self) -> Iterator[int]:
        """Use this object's number of threads, and put back the caller's."""
        before = nb.get_num_threads()
        workers = before if self.threads is None else min(self.threads, _MOST_THREADS)
        nb.set_num_threads(workers)
        try:
            yield workers
        finally:
            nb.set_num_threads(before)

    def _shifts(self, cors: NDArray[np.float64]) -> NDArray[np.complex64]:
        """Phases (slices, frequencies) that move the columns `cors` to the axis."""
        k = np.arange(self._factors.shape[1])
        return np.exp(2j * np.pi / self._length * np.outer(cors, k)).astype(np.complex64)

    def _work_arrays(self, slices: int) -> tuple[NDArray[np.complex64], NDArray[np.complex64]]:
        """Give samples and grid for a block; lanes without a slice are zero."""
        width = 1 << (slices - 1).bit_length()
        if self._work is None or self._work[0].shape[2] != width:
            half = self._grid_size // 2 + 1 + 2 * loops.MARGIN
            samples = np.zeros((*self._factors.shape, width), np.complex64)
            self._work = samples, np.empty((self._grid_size + 2 * loops.MARGIN, half, width), np.complex64)
        self._work[0][:, :, slices:] = 0
        return self._work

    def _spectra(self, block: NDArray[np.float32], workers: int) -> Iterator[tuple[int, NDArray[np.complex64]]]:
        """Transform some angles at a time, so that the padded copies stay in the cache."""
        slices = block.shape[0]
        step = max(1, _CHUNK_BYTES // (slices * self._length * block.itemsize))
        for angle in range(0, self.angles, step):
            padded = np.empty((slices, min(step, self.angles - angle), self._length), np.float32)
            loops.pad_edges(block, angle, padded)
            yield angle, scipy.fft.rfft(padded, axis=2, workers=workers, overwrite_x=True)

    def _invert(
        self,
        samples: NDArray[np.complex64],
        grid: NDArray[np.complex64],
        images: NDArray[np.float32],
        workers: int,
    ) -> None:
        """Grid the samples and transform them to images."""
        size, margin = self._grid_size, loops.MARGIN
        row_zero = size // 2 + margin
        loops.spread(
            samples.view(np.float32),
            self._columns_per_k,
            self._rows_per_k,
            row_zero,
            self._taps,
            grid.view(np.float32).reshape(grid.shape[0], -1),
            (0,) * (2 * samples.shape[2]),
        )
        loops.fold(grid)
        half_plane = grid[margin : margin + size, margin : row_zero + 1]
        half_plane = scipy.fft.ifft(half_plane, axis=0, norm="forward", workers=workers, overwrite_x=True)
        before = self.size // 2  # rows above the axis stand at the end, as negative positions do
        step = max(1, _CHUNK_BYTES // (size * samples.shape[2] * _COMPLEX_BYTES // 2))
        for start, stop in ((0, before), (before, self.size)):
            for row in range(start, stop, step):
                rows = slice(row, min(row + step, stop))
                at = (row - before) % size
                planes = half_plane[at : at + rows.stop - rows.start]
                real = scipy.fft.irfft(planes, size, axis=1, norm="forward", workers=workers)
                loops.finish(real, self._row_scale[rows], self._column_scale, images[:, rows])


def padded_length(columns: int, size: int) -> int:
    """Find the number of samples that a projection is padded to: at least 2 `columns`."""
    return int(scipy.fft.next_fast_len(max(2 * columns, columns + size, _SMALLEST), real=True))


def grid_size(size: int, accuracy: str = "full") -> int:
    """Find the side of the Fourier grid for images of `size`; even."""
    half = max(int(np.ceil(size * OVERSAMPLING[accuracy] / 2)), _SMALLEST // 2)
    while scipy.fft.next_fast_len(2 * half, real=True) != 2 * half:
        half += 1
    return 2 * half


def work_bytes(columns: int, angles: int, *, size: int | None = None, oversampled_size: int | None = None) -> int:
    """Memory that a reconstruction takes beside its input and output.

    Parameters
    ----------
    columns, angles : int
        Shape of a sinogram.
    size : int, optional
        Side of the images; `columns` by default.
    oversampled_size : int, optional
        Side of the Fourier grid; that of ``accuracy="full"`` by default.

    Returns
    -------
    int
        Bytes, the same for any number of slices from `BLOCK_SLICES` on.
    """
    side = columns if size is None else size
    grid = grid_size(side) if oversampled_size is None else oversampled_size
    length = padded_length(columns, side)
    samples = angles * (length // 2 + 1)
    half_plane = (grid + 2 * loops.MARGIN) * (grid // 2 + 1 + 2 * loops.MARGIN)
    plan = samples * _COMPLEX_BYTES
    return plan + BLOCK_SLICES * (samples + half_plane) * _COMPLEX_BYTES + 4 * _CHUNK_BYTES


def bytes_per_slice(columns: int, angles: int, *, size: int | None = None) -> int:
    """Memory of one slice's sinogram and image, float32.

    Together with `work_bytes` this sizes blocks: ``(budget - work_bytes(...)) // bytes_per_slice(...)``.
    """
    side = columns if size is None else size
    return 4 * (angles * columns + side * side)
