"""The square lattice of mechanoreceptors in the skin."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.tactile.kernels import checks

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Grid:
    """Receptors at ``x_i = x0 + (i - (size - 1) / 2) · spacing``, and the same for y.

    Arrays over the receptors are (size, size) with x first; receptor r has the indices
    ``divmod(r, size)``. A lattice of even size has no receptor at its centre.

    Raises
    ------
    ParameterError
        If there is no receptor, or a number cannot be used.
    """

    size: int = 80
    """Receptors along each side."""
    spacing_mm: float = 0.15
    """Distance of neighbours."""
    centre_mm: tuple[float, float] = (0.0, 0.0)
    """x and y of the middle."""

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ParameterError(f"grid_size must be 1 or above, not {self.size}")
        checks.positive("spacing", self.spacing_mm)
        for name, value in zip(("center[0]", "center[1]"), self.centre_mm, strict=True):
            checks.finite(name, value)

    @property
    def receptors(self) -> int:
        """How many in all."""
        return self.size * self.size

    @property
    def x_mm(self) -> Floats:
        """Places along x, (size,)."""
        return self._along(self.centre_mm[0])

    @property
    def y_mm(self) -> Floats:
        """Places along y, (size,)."""
        return self._along(self.centre_mm[1])

    @property
    def half_extent_mm(self) -> float:
        """From the middle to the outermost receptors."""
        return (self.size - 1) / 2 * self.spacing_mm

    def _along(self, centre: float) -> Floats:
        return centre + (np.arange(self.size, dtype=np.float64) - (self.size - 1) / 2) * self.spacing_mm
