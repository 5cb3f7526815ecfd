"""Slices of phantoms, with their true centres."""

from dataclasses import dataclass

import numpy as np
import pytest

from batchwork.tomo.kernels import phantoms
from batchwork.tomo.kernels.scorers import Slice


@dataclass(frozen=True, slots=True)
class Acquisition:
    """A way to scan a foam; the axis is a column index."""

    cor: float = 86.3
    columns: int = 160
    angles: int = 120
    span_deg: float = 180.0
    photons: float | None = 2e4
    radius_px: float = 68.0
    """Of the unit disc; the foam reaches to 0.85 of it."""
    rings: float = 0.0
    seed: int = 1

    @property
    def theta_rad(self):
        return np.deg2rad(np.linspace(0, self.span_deg, self.angles, endpoint=False))

    def sinogram(self):
        rng = np.random.default_rng(self.seed)
        body = phantoms.cut(phantoms.foam(rng, 40), 0.0)
        lines = phantoms.sinogram(body, self.theta_rad, self.columns, self.cor, unit_px=self.radius_px)
        lines *= 2 / lines.max()
        if self.photons is not None:
            lines = -np.log(np.maximum(rng.poisson(self.photons * np.exp(-lines)), 1) / self.photons)
        return (lines + self.rings * rng.standard_normal(self.columns)).astype(np.float32)

    def slice(self):
        return Slice(self.sinogram(), self.theta_rad)


@pytest.fixture(scope="session")
def noise():
    """Give a slice through nothing."""
    counts = np.random.default_rng(0).poisson(9000, (121, 160))
    return Slice(-np.log(counts / 20000).astype(np.float32), np.linspace(0, np.pi, 121, endpoint=False))


@pytest.fixture(scope="session")
def acquisition():
    """Give the class, for tests to choose from."""
    return Acquisition
