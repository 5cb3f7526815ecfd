"""Gaussian blobs that stay where they are: pressed on from the start, at a step, by a ramp or a trapezoid."""

from dataclasses import dataclass

import numpy as np

from batchwork.errors import ParameterError
from batchwork.tactile.kernels import checks
from batchwork.tactile.kernels.clock import Clock, steps_in
from batchwork.tactile.kernels.grid import Grid
from batchwork.tactile.kernels.stimuli.base import bell, register
from batchwork.tactile.kernels.terms import Floats, Separable


@dataclass(frozen=True, slots=True, kw_only=True)
class _Blob:
    """``exp(-r² / 2 sigma²)`` around a centre."""

    sigma: float = 1.0
    """mm."""
    center_x: float = 0.0
    """mm."""
    center_y: float = 0.0
    """mm."""

    def __post_init__(self) -> None:
        checks.positive("sigma", self.sigma)
        checks.finite("center_x", self.center_x)
        checks.finite("center_y", self.center_y)

    def times(self, profile: Floats, grid: Grid) -> tuple[Separable]:
        """Press with amplitudes over time."""
        x, y = bell(grid.x_mm - self.center_x, self.sigma), bell(grid.y_mm - self.center_y, self.sigma)
        return (Separable(x[:, None] * y, profile),)


@register("gaussian")
@dataclass(frozen=True, slots=True, kw_only=True)
class Gaussian(_Blob):
    """A blob that is there from the start, ``q = 1``.

    Raises
    ------
    ParameterError
        If a number cannot be used.
    """

    amplitude: float = 30.0

    def terms(self, grid: Grid, clock: Clock) -> tuple[Separable]:
        """Give the one term."""
        checks.finite("amplitude", self.amplitude)
        return self.times(np.full(clock.steps, self.amplitude), grid)


@register("step")
@dataclass(frozen=True, slots=True, kw_only=True)
class Step(_Blob):
    """A blob that appears, ``q = 1`` from the step of `step_time` on.

    Raises
    ------
    ParameterError
        If a number cannot be used; when it is applied, if it would appear after the end.
    """

    amplitude: float = 30.0
    step_time: float | None = None
    """ms; the middle of the duration when it is not given."""

    def terms(self, grid: Grid, clock: Clock) -> tuple[Separable]:
        """Give the one term."""
        checks.finite("amplitude", self.amplitude)
        time = clock.duration_ms / 2 if self.step_time is None else self.step_time
        checks.not_negative("step_time", time)
        if clock.step_at(time) >= clock.steps:
            raise ParameterError(f"step_time ({time} ms) must lie before the end ({clock.duration_ms} ms)")
        profile = np.zeros(clock.steps)
        profile[clock.step_at(time) :] = self.amplitude
        return self.times(profile, grid)


@register("ramp")
@dataclass(frozen=True, slots=True, kw_only=True)
class Ramp(_Blob):
    """A blob whose amplitude goes evenly from `initial`, at the first step, to `final`, at the last.

    Raises
    ------
    ParameterError
        If a number cannot be used.
    """

    initial: float = 0.0
    final: float = 30.0

    def terms(self, grid: Grid, clock: Clock) -> tuple[Separable]:
        """Give the one term."""
        checks.finite("initial", self.initial)
        checks.finite("final", self.final)
        return self.times(self.initial + (self.final - self.initial) * clock.progress, grid)


@register("trapezoid")
@dataclass(frozen=True, slots=True, kw_only=True)
class Trapezoid(_Blob):
    """A blob that rises evenly, stays and falls evenly; what does not fit into the duration is cut off.

    Raises
    ------
    ParameterError
        If a number cannot be used.
    """

    amplitude: float = 30.0
    t_pre: float = 25.0
    """ms before the rise."""
    t_ramp: float = 10.0
    """ms of the rise, and of the fall."""
    t_plateau: float = 800.0
    """ms between them."""

    def terms(self, grid: Grid, clock: Clock) -> tuple[Separable]:
        """Give the one term."""
        checks.finite("amplitude", self.amplitude)
        return self.times(self.amplitude * self._profile(clock), grid)

    def _profile(self, clock: Clock) -> Floats:
        for name in ("t_pre", "t_ramp", "t_plateau"):
            checks.not_negative(name, getattr(self, name))
        pre, ramp, plateau = (steps_in(t, clock.dt_ms) for t in (self.t_pre, self.t_ramp, self.t_plateau))
        rise = np.linspace(0, 1, ramp)
        whole = np.concatenate([np.zeros(pre), rise, np.ones(plateau), rise[::-1]])[: clock.steps]
        return np.concatenate([whole, np.zeros(clock.steps - len(whole))])
