"""The time steps of a simulation."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.tactile.kernels import checks

_ROUNDING = 1e-9
"""In steps: 0.3 ms at 0.1 ms are 3 steps, although the quotient falls short of it in binary."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Equal time steps from 0 on."""

    steps: int
    """How many, T."""
    dt_ms: float
    """Length of one."""

    @classmethod
    def of(cls, duration_ms: float, dt_ms: float) -> Self:
        """Divide a duration into whole steps; what is left beyond them is dropped.

        Raises
        ------
        ParameterError
            If a number is not positive, or the duration is shorter than a step.
        """
        checks.positive("duration_ms", duration_ms)
        checks.positive("dt_ms", dt_ms)
        if duration_ms < dt_ms * (1 - _ROUNDING):
            raise ParameterError(f"dt_ms ({dt_ms}) must not be above duration_ms ({duration_ms})")
        return cls(steps_in(duration_ms, dt_ms), dt_ms)

    @property
    def duration_ms(self) -> float:
        """Length of all steps."""
        return self.steps * self.dt_ms

    @property
    def times_ms(self) -> NDArray[np.float64]:
        """When the steps begin, (T,)."""
        return np.arange(self.steps, dtype=np.float64) * self.dt_ms

    @property
    def progress(self) -> NDArray[np.float64]:
        """From 0 at the first step evenly to 1 at the last, (T,)."""
        return np.asarray(np.linspace(0, 1, self.steps), np.float64)

    def step_at(self, time_ms: float) -> int:
        """Give the step in which a time lies."""
        return steps_in(time_ms, self.dt_ms)


def steps_in(duration_ms: float, dt_ms: float) -> int:
    """Count the whole steps in a duration."""
    return int(duration_ms / dt_ms + _ROUNDING)
