"""One slice at many centres of rotation, by iteration."""

from collections.abc import Callable

import numpy as np
import scipy.fft
from numpy.typing import ArrayLike, NDArray

from batchwork.tomo.kernels.gridding import padded_length
from batchwork.tomo.kernels.gridding_loops import pad_edges
from batchwork.tomo.kernels.iterative.reconstructor import Iterations, IterativeReconstructor
from batchwork.tomo.kernels.shapes import require_shape


class IterativeCandidates:
    """Reconstructs one slice at several centres, in the shape of `batchwork.tomo.kernels.gridding.Gridder`.

    The sinogram is moved, by Fourier's shift theorem, so that each centre comes to the detector's middle: the
    candidates of a block share all weights.

    Parameters
    ----------
    theta_rad : (angles,) float
        Projection angles in radians.
    columns : int
        Width of the detector, and side of the images.
    settings : Iterations
    make : callable
        Makes the reconstruction, with the parameters of `IterativeReconstructor`.
    """

    def __init__(
        self,
        theta_rad: ArrayLike,
        columns: int,
        settings: Iterations,
        make: Callable[..., IterativeReconstructor] = IterativeReconstructor,
    ) -> None:
        self.size = columns
        self._middle = (columns - 1) / 2
        self._made = make(theta_rad, columns, self._middle, settings)
        self._length = padded_length(columns, columns)

    def transform(self, sinogram: NDArray[np.float32]) -> NDArray[np.complex64]:
        """Transform the projections of one slice, (angles, columns), for `at_centres`."""
        require_shape(sinogram.shape, (self._made.projector.angles, self.size), "the sinogram")
        padded = np.empty((1, len(sinogram), self._length), np.float32)
        pad_edges(np.ascontiguousarray(sinogram[None], np.float32), 0, padded)
        spectrum: NDArray[np.complex64] = scipy.fft.rfft(padded[0], axis=1)
        return spectrum

    def at_centres(
        self, spectrum: NDArray[np.complex64], cors: ArrayLike, out: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """Reconstruct the slice at several centres.

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
            Attenuation per pixel; `out` if given.
        """
        centres = np.asarray(cors, np.float64).ravel()
        k = np.arange(spectrum.shape[1])
        turns = np.exp(2j * np.pi / self._length * np.outer(centres - self._middle, k)).astype(np.complex64)
        moved = scipy.fft.irfft(spectrum * turns[:, None], self._length, axis=2)[:, :, : self.size]
        return self._made.reconstruct(moved, out)
