"""Temporal filters of the afferents: from what presses on the receptors to the membrane current.

The equations are solved by the explicit Euler scheme. All rows have the neurons side by side; a filter
works in place and carries its state from one call to the next.
"""

from dataclasses import dataclass
from typing import Protocol

import numba as nb
import numpy as np

from batchwork.tactile.kernels import checks
from batchwork.tactile.kernels.lanes import TINY, Rows

_ZERO = np.float32(0)


class Filter(Protocol):
    """What a population asks of its filter."""

    def state(self, first_drive: Rows) -> Rows:
        """Make the state before the first step from the drives of that step, (1, width)."""

    def run(self, drive: Rows, state: Rows, dt_ms: float) -> None:
        """Turn drives (steps, width) into currents in place, and move the state on."""


@dataclass(frozen=True, slots=True)
class SlowlyAdapting:
    """``tau_r x' = k2 D' + k1 D - x`` and ``tau_d y' = x - y``, y not below 0; y is the current.

    A unit step of the drive gives ``k1 + (k2 / tau_r - k1) exp(-t / tau_r)`` for x. A drive that is there
    from the start has no onset: D' is 0 at the first step.

    Raises
    ------
    ParameterError
        If a time constant is not positive.

    References
    ----------
    SensoryForge, which takes it from Parvizi-Fard, Amiri, Kumar, Iskarous and Thakor, Scientific Reports
    (2021), doi 10.1038/s41598-020-80132-4.
    """

    tau_r_ms: float = 5.0
    """Rise."""
    tau_d_ms: float = 30.0
    """Decay."""
    k1: float = 0.05
    """Gain of the sustained response."""
    k2: float = 3.0
    """Gain of the response to change, in ms."""

    def __post_init__(self) -> None:
        checks.positive("tau_r", self.tau_r_ms)
        checks.positive("tau_d", self.tau_d_ms)

    def state(self, first_drive: Rows) -> Rows:
        """Start at rest, with no onset."""
        return np.concatenate([first_drive, np.zeros_like(first_drive), np.zeros_like(first_drive)])

    def run(self, drive: Rows, state: Rows, dt_ms: float) -> None:
        """Filter in place."""
        factors = np.array([self.k1, self.k2, dt_ms / self.tau_r_ms, dt_ms / self.tau_d_ms, dt_ms], np.float32)
        _slowly_adapting(drive, state, factors)


@dataclass(frozen=True, slots=True)
class RapidlyAdapting:
    """``tau y' = k3 |D'| - y``; y is the current.

    A unit step of the drive gives ``k3 / tau exp(-t / tau)``. A drive that is there from the start counts
    as an onset: D' is D / dt at the first step.

    Raises
    ------
    ParameterError
        If the time constant is not positive.

    References
    ----------
    SensoryForge, which takes it from Parvizi-Fard, Amiri, Kumar, Iskarous and Thakor, Scientific Reports
    (2021), doi 10.1038/s41598-020-80132-4.
    """

    tau_ms: float = 30.0
    """Decay."""
    k3: float = 2.0
    """Gain of the response to change, in ms."""

    def __post_init__(self) -> None:
        checks.positive("tau", self.tau_ms)

    def state(self, first_drive: Rows) -> Rows:
        """Start at rest, before anything pressed."""
        return np.zeros((2, first_drive.shape[1]), np.float32)

    def run(self, drive: Rows, state: Rows, dt_ms: float) -> None:
        """Filter in place."""
        _rapidly_adapting(drive, state, np.array([self.k3, dt_ms / self.tau_ms, dt_ms], np.float32))


@dataclass(frozen=True, slots=True)
class Scaled:
    """The drive times a gain, without a filter."""

    gain: float = 0.005

    def state(self, first_drive: Rows) -> Rows:
        """Need no state."""
        return np.zeros((0, first_drive.shape[1]), np.float32)

    def run(self, drive: Rows, state: Rows, dt_ms: float) -> None:  # noqa: ARG002 - the filters share this signature
        """Scale in place."""
        drive *= np.float32(self.gain)


@nb.njit(nogil=True, cache=True)
def _slowly_adapting(drive: Rows, state: Rows, factors: Rows) -> None:
    k1, k2, rise, decay, dt = factors[0], factors[1], factors[2], factors[3], factors[4]
    before, x, y = state[0], state[1], state[2]
    for t in range(drive.shape[0]):
        row = drive[t]
        for n in range(row.size):
            slope = (row[n] - before[n]) / dt
            before[n] = row[n]
            xn = x[n] + rise * (k2 * slope + k1 * row[n] - x[n])
            yn = y[n] + decay * (xn - y[n])
            x[n] = xn if abs(xn) > TINY else _ZERO
            row[n] = y[n] = yn if yn > TINY else _ZERO


@nb.njit(nogil=True, cache=True)
def _rapidly_adapting(drive: Rows, state: Rows, factors: Rows) -> None:
    k3, decay, dt = factors[0], factors[1], factors[2]
    before, y = state[0], state[1]
    for t in range(drive.shape[0]):
        row = drive[t]
        for n in range(row.size):
            slope = (row[n] - before[n]) / dt
            before[n] = row[n]
            yn = y[n] + decay * (k3 * abs(slope) - y[n])
            row[n] = y[n] = yn if yn > TINY else _ZERO
