"""Line integrals of images, and their exact transpose.

A ray is summed over the image's rows, or over its columns where it runs closer to them, with linear interpolation
between two pixels. So the weight of a pixel for a ray at distance d from its centre is ``(1 - |d| / a) / a`` with
``a = max(|cos theta|, |sin theta|)``, as long as that is positive: both directions compute it where they need it, and
no matrix is kept. Geometry and units are those of `batchwork.tomo.kernels.gridding`.

References
----------
Joseph, IEEE Trans. Med. Imaging 1 (1982) 192.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from batchwork.errors import ParameterError
from batchwork.tomo.kernels.iterative import loops

LANES = 8
"""Most slices that are worked on together."""


class Projector:
    """Projections of images for one set of angles and one centre of rotation.

    Parameters
    ----------
    theta_rad : (angles,) float
        Projection angles in radians, in any order and at any distance from each other.
    columns : int
        Width of the detector.
    cor : float
        Centre of rotation, a column index.
    size : int, optional
        Side n of the images; the number of columns by default.

    Raises
    ------
    ParameterError
        If a parameter does not fit.

    Examples
    --------
    >>> projector = Projector(np.array([0.0, np.pi / 2]), 4, 1.5)
    >>> projector.forward(np.ones((4, 4, 1), np.float32))[0, :, 0].tolist()
    [4.0, 4.0, 4.0, 4.0]
    """

    def __init__(self, theta_rad: ArrayLike, columns: int, cor: float, *, size: int | None = None) -> None:
        theta = np.asarray(theta_rad, np.float64).ravel()
        self.angles, self.columns, self.size, self.cor = theta.size, columns, columns if size is None else size, cor
        if self.angles < 1 or columns < 1 or self.size < 1 or not np.isfinite(theta).all() or not np.isfinite(cor):
            raise ParameterError("a projector needs at least one angle, one column and one pixel, and finite numbers")
        self.directions = np.stack([np.cos(theta), np.sin(theta)], axis=1)
        cosines, sines = self.directions.T
        self.along_rows = np.flatnonzero(np.abs(cosines) >= np.abs(sines))
        self.along_columns = np.flatnonzero(np.abs(cosines) < np.abs(sines))
        self.steps = self._crossings()

    def _crossings(self) -> NDArray[np.float64]:
        """Find where ray 0 crosses the first line, and the steps from line to line and from ray to ray."""
        middle, steps = (self.size - 1) / 2, np.empty((self.angles, 3))
        for some, turn, (main, other) in (
            (self.along_rows, 1.0, (0, 1)),
            (self.along_columns, -1.0, (1, 0)),
        ):
            per_ray = turn / self.directions[some, main]
            per_line = self.directions[some, other] / self.directions[some, main]
            steps[some] = np.stack([middle - self.cor * per_ray - middle * per_line, per_line, per_ray], axis=1)
        return steps

    def forward(self, images: NDArray[np.float32], out: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """Project images.

        Parameters
        ----------
        images : (n, n, lanes) float32
            Attenuation per pixel.
        out : (angles, columns, lanes) float32, optional
            Where to write.

        Returns
        -------
        (angles, columns, lanes) float32
            Line integrals; `out` if given.

        Raises
        ------
        ParameterError
            If a shape does not fit.
        """
        self._check(images, (self.size, self.size), "images")
        rays = np.empty((self.angles, self.columns, images.shape[2]), np.float32) if out is None else out
        self._check(rays, (self.angles, self.columns), "out")
        padded, marks = _bordered(rays.shape), (0,) * images.shape[2]
        for some, lines in ((self.along_rows, images), (self.along_columns, images.transpose(1, 0, 2))):
            if some.size:
                loops.project(_bordered(lines.shape, lines), self.steps, some, padded, marks)
        rays[:] = _inner(padded)
        return rays

    def back(self, rays: NDArray[np.float32], out: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """Project back: the transpose of `forward`, with no filter and no weights.

        Parameters
        ----------
        rays : (angles, columns, lanes) float32
        out : (n, n, lanes) float32, optional
            Where to write.

        Returns
        -------
        (n, n, lanes) float32
            `out` if given.

        Raises
        ------
        ParameterError
            If a shape does not fit.
        """
        self._check(rays, (self.angles, self.columns), "rays")
        images = np.empty((self.size, self.size, rays.shape[2]), np.float32) if out is None else out
        self._check(images, (self.size, self.size), "out")
        padded, marks = _bordered(images.shape), (0,) * rays.shape[2]
        loops.back_project(_bordered(rays.shape, rays), self.directions, self.cor, padded, marks)
        images[:] = _inner(padded)
        return images

    def _check(self, array: NDArray[np.float32], shape: tuple[int, int], what: str) -> None:
        if array.ndim != 3 or array.shape[:2] != shape or array.dtype != np.float32:  # noqa: PLR2004 - two and the lanes
            wanted = f"float32 of shape ({shape[0]}, {shape[1]}, lanes)"
            raise ParameterError(f"{what} must be {wanted}, not {array.dtype} of {array.shape}")


def ray_lengths(projector: Projector) -> NDArray[np.float32]:
    """Length of each ray within the image, (angles, columns) float32, in pixels."""
    return projector.forward(np.ones((projector.size, projector.size, 1), np.float32))[:, :, 0]


def _bordered(shape: tuple[int, ...], values: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """Make an array with the border that the loops need."""
    padded = np.zeros((shape[0], shape[1] + 2 * loops.BORDER, shape[2]), np.float32)
    if values is not None:
        _inner(padded)[:] = values
    return padded


def _inner(padded: NDArray[np.float32]) -> NDArray[np.float32]:
    return padded[:, loops.BORDER : -loops.BORDER]
