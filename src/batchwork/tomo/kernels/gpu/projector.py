"""The projector pair on a graphics card: one angle after the other, all its rays or pixels at once.

The weights are those of `batchwork.tomo.kernels.iterative.projector`, and so is the border of zeros that what lies
outside is taken from.
"""

import numpy as np

from batchwork.tomo.kernels.gpu.arrays import Array, Arrays
from batchwork.tomo.kernels.iterative.loops import BORDER
from batchwork.tomo.kernels.iterative.projector import Projector


class DeviceProjector:
    """A `Projector` whose arrays lie on a card.

    Parameters
    ----------
    arrays : Arrays
    projector : Projector
        Its angles, sizes and centre.
    """

    def __init__(self, arrays: Arrays, projector: Projector) -> None:
        self._arrays, self._plan = arrays, projector
        n, columns = projector.size, projector.columns
        middle = (n - 1) / 2
        self._lines, self._rays = arrays.put(np.arange(n)[:, None] * 1.0), arrays.put(np.arange(columns) * 1.0)
        self._x, self._y = arrays.put(np.arange(n) - middle), arrays.put(middle - np.arange(n)[:, None])
        self._row_of_line = arrays.put(np.arange(n)[:, None] * (n + 2 * BORDER))

    def forward(self, images: Array) -> Array:
        """Project (n, n, lanes) to (angles, columns, lanes)."""
        plan, arrays, lanes = self._plan, self._arrays, images.shape[2]
        rays = arrays.zeros((plan.angles, plan.columns, lanes))
        for some, lines in ((plan.along_rows, images), (plan.along_columns, arrays.permute(images, (1, 0, 2)))):
            flat = self._bordered(lines).reshape(-1, lanes)
            for angle in some.tolist():
                first, per_line, per_ray = plan.steps[angle].tolist()
                place = self._lines * per_line + self._rays * per_ray + (first + BORDER)
                place = arrays.clip(place, 0, plan.size + BORDER)
                left = arrays.to_index(place)
                share = arrays.to_float(place - left)[:, :, None]
                at = left + self._row_of_line
                rays[angle] = (flat[at] * (1 - share) + flat[at + 1] * share).sum(0) * abs(per_ray)
        return rays

    def back(self, rays: Array) -> Array:
        """Project (angles, columns, lanes) back to (n, n, lanes): the transpose of `forward`."""
        plan, arrays = self._plan, self._arrays
        images = arrays.zeros((plan.size, plan.size, rays.shape[2]))
        padded = self._bordered(rays)
        for angle in range(plan.angles):
            cosine, sine = plan.directions[angle].tolist()
            reach = max(abs(cosine), abs(sine))
            place = arrays.clip(self._x * cosine + self._y * sine + plan.cor, -1, plan.columns) + BORDER
            ray = arrays.to_index(place - reach + 1.0)
            beyond = (place - ray) / reach
            for step in (0, 1):
                weight = arrays.clip(1 - abs(beyond - step / reach), 0, 1) / reach
                images = images + arrays.to_float(weight)[:, :, None] * padded[angle][ray + step]
        return images

    def _bordered(self, values: Array) -> Array:
        zeros = self._arrays.zeros((values.shape[0], BORDER, values.shape[2]))
        return self._arrays.cat([zeros, values, zeros], 1)
