"""Reconstruction of slices by iteration: SIRT, and least squares with total variation.

With the projector A, the lengths of the rays R⁻¹ and the sums over each pixel's rays C⁻¹, SIRT repeats
``x ← x + C Aᵀ R (b - A x)``, negative values set to 0 if so wished. With total variation the same data term is part of

    ``(b - A x)ᵀ R (b - A x) / 2 + λ TV(x)``,   x ≥ 0 if so wished,

which FISTA minimises with the step 1 / max(C⁻¹). Nothing is assumed of the angles.

References
----------
Gregor and Benson, IEEE Trans. Med. Imaging 27 (2008) 918, for SIRT; Beck and Teboulle, SIAM J. Imaging Sci. 2 (2009)
183, for FISTA.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from batchwork.errors import ParameterError
from batchwork.tomo.kernels.iterative.projector import LANES, Projector, ray_lengths
from batchwork.tomo.kernels.iterative.variation import VariationFilter
from batchwork.tomo.kernels.shapes import require_sinograms, room_for

Floats = NDArray[np.float32]
Algorithm = Literal["sirt", "sirt-tv"]

SMOOTHING_STEPS = 10
"""Of the total variation in each iteration; they go on where those of the one before ended."""
_LEAST_LENGTH = 1e-3
"""Rays that cross the image on a shorter way, in pixels, do not count."""
_FLOATS_PER_PIXEL = {"sirt": 6, "sirt-tv": 12}
_FLOATS_PER_RAY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Iterations:
    """How slices are iterated.

    Attributes
    ----------
    algorithm : "sirt" or "sirt-tv"
    count : int
        Iterations, at least 1.
    variation : float
        Strength of the total variation, 0 or more: the threshold in each step as a share of `typical_attenuation`.
    nonnegative : bool
        Set negative attenuation to 0.
    field : float
        Side of the grid over that of the images, at least 1; what lies beyond is cut off. Above 1 for samples that
        are wider than the detector.

    Raises
    ------
    ParameterError
        If a value does not fit.
    """

    algorithm: Algorithm = "sirt"
    count: int = 100
    variation: float = 0.01
    nonnegative: bool = True
    field: float = 1.0

    def __post_init__(self) -> None:
        if self.algorithm not in _FLOATS_PER_PIXEL:
            raise ParameterError(f"algorithm is one of {', '.join(_FLOATS_PER_PIXEL)}, not {self.algorithm!r}")
        if self.count < 1 or not self.variation >= 0 or not 1 <= self.field < math.inf:
            raise ParameterError(
                f"count {self.count}, variation {self.variation:g}, field {self.field:g}: "
                "at least 1, at least 0 and at least 1 are needed"
            )

    def grid_size(self, size: int) -> int:
        """Side of the grid for images of `size`, whose middle is at the same place between pixels."""
        wide = math.ceil(self.field * size)
        return wide + (wide - size) % 2

    def work_bytes(self, columns: int, angles: int, size: int) -> int:
        """Memory beside sinograms and images, for any number of slices."""
        rays, pixels = angles * columns, self.grid_size(size) ** 2
        return 4 * (LANES + 1) * (_FLOATS_PER_PIXEL[self.algorithm] * pixels + _FLOATS_PER_RAY * rays)


def typical_attenuation(sinogram: Floats) -> float:
    """Attenuation per pixel of the homogeneous disc whose projections have the same sum and sum of squares.

    Each projection of a disc of radius r and attenuation a has the sum S = π r² a and the sum of squares
    Q = 16 a² r³ / 3, so that a = π³ (3/16)² Q² / S³, whatever r is.

    Parameters
    ----------
    sinogram : (angles, columns) float32
        Line integrals.

    Returns
    -------
    float
        0 where nothing attenuates.
    """
    mass = float(sinogram.sum(dtype=np.float64)) / len(sinogram)
    square = float(np.square(sinogram, dtype=np.float64).sum()) / len(sinogram)
    return math.pi**3 * (3 / 16) ** 2 * square**2 / mass**3 if mass > 0 else 0.0


def inverse_sums(sums: Floats) -> Floats:
    """Invert sums over rays or pixels; those that are too small do not count."""
    inverse: Floats = np.zeros_like(sums)
    np.divide(1, sums, out=inverse, where=sums > _LEAST_LENGTH)
    return inverse


class IterativeReconstructor:
    """An iterative reconstruction made ready for one set of angles, one detector width and one centre.

    Parameters
    ----------
    theta_rad : (angles,) float
        Projection angles in radians, in any order, at any distance.
    columns : int
        Width of the detector.
    cor : float
        Centre of rotation as a column index.
    settings : Iterations
    size : int, optional
        Side n of the images; the number of columns by default.

    Raises
    ------
    ParameterError
        If a parameter does not fit, or no ray crosses the image.

    Notes
    -----
    Geometry and units are those of `batchwork.tomo.kernels.gridding`. Slices do not influence each other.

    Examples
    --------
    >>> theta = np.linspace(0, np.pi, 20, endpoint=False)
    >>> made = IterativeReconstructor(theta, 32, 15.5, Iterations(count=3))
    >>> made.reconstruct(np.zeros((2, 20, 32), np.float32)).shape
    (2, 32, 32)
    """

    def __init__(
        self, theta_rad: ArrayLike, columns: int, cor: float, settings: Iterations, *, size: int | None = None
    ) -> None:
        self.settings = settings
        self.size = columns if size is None else size
        self.projector = Projector(theta_rad, columns, cor, size=settings.grid_size(self.size))
        self.ray_weights = inverse_sums(ray_lengths(self.projector))
        if not self.ray_weights.any():
            raise ParameterError(f"no ray crosses the image: the axis is at column {cor:g} of {columns}")
        self.pixel_sums: Floats = self.projector.back((self.ray_weights > 0)[:, :, None].astype(np.float32))

    def reconstruct(
        self,
        sinograms: Floats,
        out: Floats | None = None,
        *,
        progress: Callable[[float], None] = lambda _: None,
    ) -> Floats:
        """Reconstruct slices.

        Parameters
        ----------
        sinograms : (slices, angles, columns) float32
            Line integrals of attenuation per pixel.
        out : (slices, n, n) float32, optional
            Where to write.
        progress : callable
            Called after each iteration with the slices done so far, in fractions.

        Returns
        -------
        (slices, n, n) float32
            Attenuation per pixel; `out` if given.

        Raises
        ------
        ParameterError
            If a shape does not fit.
        """
        require_sinograms(sinograms.shape, self.projector.angles, self.projector.columns)
        slices = len(sinograms)
        images = room_for((slices, self.size, self.size), out)
        edge = (self.projector.size - self.size) // 2
        inner = slice(edge, edge + self.size)
        step = self.lanes(slices)
        for first in range(0, slices, step):
            some = sinograms[first : first + step]

            def tell(share: float, before: int = first, count: int = len(some)) -> None:
                progress(before + share * count)

            made = self._iterate(some, tell)
            images[first : first + step] = made[inner, inner, : len(some)].transpose(2, 0, 1)
        return images

    def lanes(self, slices: int) -> int:
        """Give how many of some slices are worked on together."""
        return min(LANES, slices)

    def _iterate(self, sinograms: Floats, progress: Callable[[float], None]) -> Floats:
        """Iterate some slices, (slices, angles, columns) to (grid, grid, lanes)."""
        lanes = 1 << (len(sinograms) - 1).bit_length()
        rays = np.zeros((*sinograms.shape[1:], lanes), np.float32)
        rays[:, :, : len(sinograms)] = sinograms.transpose(1, 2, 0)
        if self.settings.algorithm == "sirt":
            return self._sirt(rays, progress)
        typical = [typical_attenuation(sinogram) for sinogram in sinograms]
        return self._fista(rays, np.array(typical + [0.0] * (lanes - len(typical)), np.float32), progress)

    def _sirt(self, rays: Floats, progress: Callable[[float], None]) -> Floats:
        sums = inverse_sums(self.pixel_sums)
        image = np.zeros((self.projector.size, self.projector.size, rays.shape[2]), np.float32)
        work = np.empty_like(rays), np.empty_like(image)
        for number in range(self.settings.count):
            change = self.descent(image, rays, *work)
            change *= sums
            image += change
            if self.settings.nonnegative:
                np.maximum(image, 0, out=image)
            progress((number + 1) / self.settings.count)
        return image

    def _fista(self, rays: Floats, typical: Floats, progress: Callable[[float], None]) -> Floats:
        image = np.zeros((self.projector.size, self.projector.size, rays.shape[2]), np.float32)
        before, point, step = image.copy(), image.copy(), 1 / self.pixel_sums.max()
        lowest = 0.0 if self.settings.nonnegative else -math.inf
        smooth = VariationFilter(image.shape, np.float32(self.settings.variation) * typical, lowest)
        work, t = (np.empty_like(rays), np.empty_like(image)), 1.0
        for number in range(self.settings.count):
            change = self.descent(point, rays, *work)
            change *= step
            change += point
            smooth(change, SMOOTHING_STEPS, image)
            later = (1 + math.sqrt(1 + 4 * t * t)) / 2
            np.subtract(image, before, out=point)
            point *= np.float32((t - 1) / later)
            point += image
            before[:], t = image, later
            progress((number + 1) / self.settings.count)
        return image

    def descent(self, images: Floats, rays: Floats, residual: Floats, out: Floats) -> Floats:
        """Give ``Aᵀ R (b - A x)``, (grid, grid, lanes); `residual` is overwritten and is then ``R (b - A x)``."""
        self.projector.forward(images, residual)
        np.subtract(rays, residual, out=residual)
        residual *= self.ray_weights[:, :, None]
        return self.projector.back(residual, out)
