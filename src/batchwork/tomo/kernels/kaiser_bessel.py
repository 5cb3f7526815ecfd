"""The Kaiser-Bessel kernel that puts samples of a spectrum onto a regular grid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class KaiserBessel:
    """Kernel I0(beta sqrt(1 - (2 d / width)²)) / I0(beta) for distances below width / 2.

    References
    ----------
    Beatty, Nishimura and Pauly, IEEE Trans. Med. Imaging 24 (2005) 799, for beta.
    """

    width: int
    """Full width in grid cells; each sample reaches this many cells in each direction."""
    oversampling: float
    """Grid size over image size, > 1."""

    @property
    def beta(self) -> float:
        """Shape for the least aliasing at this width and oversampling."""
        ratio = self.width / self.oversampling
        return float(np.pi * np.sqrt((ratio * (self.oversampling - 0.5)) ** 2 - 0.8))

    def __call__(self, distance: ArrayLike) -> NDArray[np.float64]:
        """Evaluate the kernel at distances in grid cells."""
        inside = 1 - (2 * np.asarray(distance, np.float64) / self.width) ** 2
        values = np.i0(self.beta * np.sqrt(np.maximum(inside, 0))) / np.i0(self.beta)
        return np.where(inside > 0, values, 0.0)

    def taps(self, steps: int) -> NDArray[np.float32]:
        """Weights of the `width` cells that a sample reaches.

        Returns
        -------
        (steps + 1, width) float32
            Row q holds the weights for a sample that lies width / 2 - q / steps cells beyond the first
            cell it reaches. The last row closes the interval, for interpolation.
        """
        offset = np.arange(steps + 1)[:, None] / steps
        return self(offset + np.arange(self.width) - self.width / 2).astype(np.float32)

    def transform(self, x: ArrayLike) -> NDArray[np.float64]:
        """Fourier transform of the kernel at frequencies `x` in cycles per grid cell, below 1/2."""
        root = np.sqrt((self.beta**2 - (np.pi * self.width * np.asarray(x, np.float64)) ** 2).astype(complex))
        return np.asarray((self.width * np.sinh(root) / root).real / np.i0(self.beta), np.float64)
