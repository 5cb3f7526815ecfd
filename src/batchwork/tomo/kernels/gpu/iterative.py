"""Iterative reconstruction on a graphics card; the formulas are those of `batchwork.tomo.kernels.iterative`."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from batchwork.tomo.kernels.gpu.arrays import Array, Arrays
from batchwork.tomo.kernels.gpu.blocks import lanes_that_fit
from batchwork.tomo.kernels.gpu.projector import DeviceProjector
from batchwork.tomo.kernels.iterative.reconstructor import (
    SMOOTHING_STEPS,
    Iterations,
    IterativeReconstructor,
    inverse_sums,
)
from batchwork.tomo.kernels.iterative.variation import GRADIENT_STEP

_FLOATS_PER_PIXEL = 30
"""Images of an iteration, and what gathering from them needs."""
_FLOATS_PER_RAY = 6


class DeviceIterativeReconstructor(IterativeReconstructor):
    """`batchwork.tomo.kernels.iterative.IterativeReconstructor` on a graphics card.

    Parameters
    ----------
    arrays : Arrays
        The card.
    theta_rad, columns, cor, settings, size
        As for `IterativeReconstructor`.
    """

    def __init__(
        self,
        arrays: Arrays,
        theta_rad: ArrayLike,
        columns: int,
        cor: float,
        settings: Iterations,
        *,
        size: int | None = None,
    ) -> None:
        super().__init__(theta_rad, columns, cor, settings, size=size)
        self._arrays, self._pair = arrays, DeviceProjector(arrays, self.projector)
        self._ray_weights = arrays.put(self.ray_weights[:, :, None])

    @property
    def lane_bytes(self) -> int:
        """Memory of the card for each slice that is worked on."""
        pixels, rays = self.projector.size**2, self.projector.angles * self.projector.columns
        return 4 * (_FLOATS_PER_PIXEL * pixels + _FLOATS_PER_RAY * rays)

    def lanes(self, slices: int) -> int:
        """Give how many slices are worked on together, by the memory that is free."""
        return lanes_that_fit(self._arrays.free_bytes(), self.lane_bytes, slices)

    def _sirt(self, rays: NDArray[np.float32], progress: Callable[[float], None]) -> NDArray[np.float32]:
        arrays, measured = self._arrays, self._arrays.put(rays)
        sums = arrays.put(inverse_sums(self.pixel_sums))
        image = arrays.zeros((self.projector.size, self.projector.size, rays.shape[2]))
        for number in range(self.settings.count):
            image = image + self._change(image, measured) * sums
            if self.settings.nonnegative:
                image = arrays.clip(image, 0, math.inf)
            progress((number + 1) / self.settings.count)
        return arrays.get(image)

    def _fista(
        self, rays: NDArray[np.float32], typical: NDArray[np.float32], progress: Callable[[float], None]
    ) -> NDArray[np.float32]:
        arrays, measured = self._arrays, self._arrays.put(rays)
        image = arrays.zeros((self.projector.size, self.projector.size, rays.shape[2]))
        point, dual, t = image, (image, image), 1.0
        step, strengths = 1 / float(self.pixel_sums.max()), np.float32(self.settings.variation) * typical
        for number in range(self.settings.count):
            before = image
            image, dual = self._smooth(point + self._change(point, measured) * step, strengths, dual)
            later = (1 + math.sqrt(1 + 4 * t * t)) / 2
            point, t = image + (image - before) * ((t - 1) / later), later
            progress((number + 1) / self.settings.count)
        return arrays.get(image)

    def _change(self, images: Array, measured: Array) -> Array:
        """Give ``Aᵀ R (b - A x)``."""
        return self._pair.back((measured - self._pair.forward(images)) * self._ray_weights)

    def _smooth(
        self, noisy: Array, strengths: NDArray[np.float32], dual: tuple[Array, Array]
    ) -> tuple[Array, tuple[Array, Array]]:
        """Smooth images as `VariationFilter` does, from the dual of the call before; give the new one, too."""
        scale = self._arrays.put(strengths)
        sizes = self._arrays.put(np.divide(GRADIENT_STEP, strengths, out=np.zeros_like(strengths), where=strengths > 0))
        point, t = dual, 1.0
        for _ in range(SMOOTHING_STEPS):
            image = self._primal(noisy, point, scale)
            later = (1 + math.sqrt(1 + 4 * t * t)) / 2
            p, q = (there + sizes * self._difference(image, axis) for axis, there in enumerate(point))
            length = self._arrays.clip(p * p + q * q, 1, math.inf) ** 0.5
            new = p / length, q / length
            share = (t - 1) / later
            point = new[0] + (new[0] - dual[0]) * share, new[1] + (new[1] - dual[1]) * share
            dual, t = new, later
        return self._primal(noisy, dual, scale), dual

    def _primal(self, noisy: Array, dual: tuple[Array, Array], scale: Array) -> Array:
        image = noisy + scale * (self._divergence(dual[0], 0) + self._divergence(dual[1], 1))
        return self._arrays.clip(image, 0, math.inf) if self.settings.nonnegative else image

    def _difference(self, image: Array, axis: int) -> Array:
        """Subtract each value from the next along an axis; the last difference is 0."""
        ahead = (slice(None),) * axis
        last = image[(*ahead, slice(-1, None))]
        return self._arrays.cat([image[(*ahead, slice(1, None))], last], axis) - image

    def _divergence(self, dual: Array, axis: int) -> Array:
        """Subtract the value before from each along an axis; before the first stands 0."""
        ahead = (slice(None),) * axis
        first = dual[(*ahead, slice(0, 1))] * 0
        return dual - self._arrays.cat([first, dual[(*ahead, slice(0, -1))]], axis)
