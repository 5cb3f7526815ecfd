"""Gaussian blobs that move over the skin."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from batchwork.errors import ParameterError
from batchwork.tactile.kernels import checks
from batchwork.tactile.kernels.clock import Clock
from batchwork.tactile.kernels.grid import Grid
from batchwork.tactile.kernels.stimuli.base import bell, register
from batchwork.tactile.kernels.terms import Factored, Floats

Motion = Literal["linear", "circular", "waypoints"]


@register("moving")
@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """A blob that goes evenly along a line, a circle or straight pieces, from its beginning to its end.

    It begins at the first step and ends at the last.

    Raises
    ------
    ParameterError
        If a number cannot be used, or the motion is unknown.
    """

    motion: Motion = "linear"
    amplitude: float = 30.0
    sigma: float = 1.0
    """mm."""
    start: tuple[float, float] = (-2.0, 0.0)
    """x and y in mm; of a line."""
    end: tuple[float, float] = (2.0, 0.0)
    """x and y in mm; of a line."""
    center: tuple[float, float] = (0.0, 0.0)
    """x and y in mm; of a circle."""
    radius: float = 2.0
    """mm; of a circle."""
    start_angle: float = 0.0
    """rad from the x axis towards the y axis; of a circle."""
    end_angle: float = 2 * np.pi
    """rad; of a circle."""
    waypoints: tuple[tuple[float, float], ...] = ((-2.0, 0.0), (2.0, 0.0))
    """x and y in mm of the corners of a path."""

    def __post_init__(self) -> None:
        if self.motion not in get_args(Motion):
            raise ParameterError(f"motion must be one of {', '.join(get_args(Motion))}, not {self.motion!r}")
        checks.positive("sigma", self.sigma)
        checks.not_negative("radius", self.radius)
        for name in ("amplitude", "start_angle", "end_angle"):
            checks.finite(name, getattr(self, name))
        for name in ("start", "end", "center"):
            checks.vector(name, getattr(self, name))
        if len(self.waypoints) < 2:  # noqa: PLR2004 - a beginning and an end
            raise ParameterError("waypoints must be two points or more")
        for point in self.waypoints:
            checks.vector("waypoints", point)

    def terms(self, grid: Grid, clock: Clock) -> tuple[Factored]:
        """Give the one term."""
        x, y = self._path(clock.steps)
        along_x = self.amplitude * bell(grid.x_mm - x[:, None], self.sigma)
        return (Factored(along_x, bell(grid.y_mm - y[:, None], self.sigma)),)

    def _path(self, steps: int) -> tuple[Floats, Floats]:
        """Find x and y of the middle at each step, (steps,) each."""
        if self.motion == "linear":
            (x0, y0), (x1, y1) = self.start, self.end
            return np.linspace(x0, x1, steps), np.linspace(y0, y1, steps)
        if self.motion == "waypoints":
            return self._corners(steps)
        angle = np.linspace(self.start_angle, self.end_angle, steps)
        return self.center[0] + self.radius * np.cos(angle), self.center[1] + self.radius * np.sin(angle)

    def _corners(self, steps: int) -> tuple[Floats, Floats]:
        """Go along the waypoints at one speed."""
        x, y = np.array(self.waypoints, float).T
        passed = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
        now = np.linspace(0, passed[-1], steps)
        return np.interp(now, passed, x), np.interp(now, passed, y)
