"""Patterns with structure, there from the start: Gabor patches, gratings and repeated blobs."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from batchwork.errors import ParameterError
from batchwork.tactile.kernels import checks
from batchwork.tactile.kernels.clock import Clock
from batchwork.tactile.kernels.grid import Grid
from batchwork.tactile.kernels.stimuli.base import bell, register
from batchwork.tactile.kernels.terms import Floats, Separable

Pattern = Literal["gabor", "grating"]


@register("texture")
@dataclass(frozen=True, slots=True, kw_only=True)
class Texture:
    """A Gabor patch or a grating.

    A Gabor patch is ``exp(-r² / 2 sigma²) cos(2 pi x' / wavelength + phase)`` with
    ``x' = dx cos(orientation) + dy sin(orientation)``. A grating is a row of ridges,
    ``Σ exp(-(s - o_k)² / 2 width²)`` with ``s = dx sin(orientation) + dy cos(orientation)`` and offsets
    o_k that lie `spacing` apart around 0, scaled to a greatest value of 1 on the grid.

    Raises
    ------
    ParameterError
        If a number cannot be used, or the pattern is unknown.
    """

    pattern: Pattern = "gabor"
    amplitude: float = 30.0
    center_x: float = 0.0
    """mm."""
    center_y: float = 0.0
    """mm."""
    orientation: float = 0.0
    """rad."""
    sigma: float = 2.0
    """mm; of a Gabor patch."""
    wavelength: float = 2.0
    """mm; of a Gabor patch."""
    phase: float = 0.0
    """rad; of a Gabor patch."""
    count: int = 5
    """Ridges of a grating."""
    spacing: float = 2.0
    """mm between the ridges of a grating."""
    width: float = 0.05
    """mm; sigma of a grating's ridges."""

    def __post_init__(self) -> None:
        if self.pattern not in get_args(Pattern):
            raise ParameterError(f"pattern must be one of {', '.join(get_args(Pattern))}, not {self.pattern!r}")
        for name in ("amplitude", "center_x", "center_y", "orientation", "phase"):
            checks.finite(name, getattr(self, name))
        for name in ("sigma", "wavelength", "count", "spacing", "width"):
            checks.positive(name, getattr(self, name))

    def terms(self, grid: Grid, clock: Clock) -> tuple[Separable]:
        """Give the one term."""
        dx, dy = grid.x_mm[:, None] - self.center_x, grid.y_mm[None, :] - self.center_y
        pattern = self._gabor(dx, dy) if self.pattern == "gabor" else self._grating(dx, dy)
        return (Separable(pattern, np.full(clock.steps, self.amplitude)),)

    def _gabor(self, dx: Floats, dy: Floats) -> Floats:
        along = dx * math.cos(self.orientation) + dy * math.sin(self.orientation)
        wave = np.cos(2 * np.pi * along / self.wavelength + self.phase)
        return bell(dx, self.sigma) * bell(dy, self.sigma) * wave

    def _grating(self, dx: Floats, dy: Floats) -> Floats:
        across = dx * math.sin(self.orientation) + dy * math.cos(self.orientation)
        offsets = centred(self.count, self.spacing)
        ridges = bell(across[..., None] - offsets, self.width).sum(axis=-1)
        return np.asarray(ridges / ridges.max() if ridges.any() else ridges)


@register("repeated_pattern")
@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatedPattern:
    """Copies of a blob on a lattice around a centre, summed.

    Raises
    ------
    ParameterError
        If a number cannot be used.
    """

    amplitude: float = 30.0
    sigma: float = 1.0
    """mm; of each blob."""
    center_x: float = 0.0
    """mm."""
    center_y: float = 0.0
    """mm."""
    copies_x: int = 3
    copies_y: int = 2
    spacing: float = 0.5
    """mm between neighbours."""

    def __post_init__(self) -> None:
        for name in ("amplitude", "center_x", "center_y"):
            checks.finite(name, getattr(self, name))
        for name in ("sigma", "copies_x", "copies_y", "spacing"):
            checks.positive(name, getattr(self, name))

    def terms(self, grid: Grid, clock: Clock) -> tuple[Separable]:
        """Give the one term: a lattice of blobs is a product of two rows of them."""
        x = self._row(grid.x_mm - self.center_x, self.copies_x)
        y = self._row(grid.y_mm - self.center_y, self.copies_y)
        return (Separable(x[:, None] * y, np.full(clock.steps, self.amplitude)),)

    def _row(self, place: Floats, copies: int) -> Floats:
        return np.asarray(bell(place[:, None] - centred(copies, self.spacing), self.sigma).sum(axis=-1), np.float64)


def centred(count: int, spacing: float) -> Floats:
    """Place marks at equal distances around 0, (count,)."""
    return (np.arange(count, dtype=np.float64) - (count - 1) / 2) * spacing
