"""Neuron models: from membrane currents to spikes.

The equations are solved by the explicit Euler scheme. A neuron whose voltage has reached its peak spends
the next step on the reset. A spike belongs to the step after which the voltage is at or above the peak.
"""

from dataclasses import dataclass
from typing import Final, Protocol, Self

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.tactile.kernels import checks
from batchwork.tactile.kernels.exponential import exp
from batchwork.tactile.kernels.lanes import TINY, Rows

Spikes = NDArray[np.int32]
"""(spikes, 2): step and neuron of each, in this order."""
Vector = NDArray[np.float32]

_QUADRATIC, _LINEAR, _CONSTANT = np.float32(0.04), np.float32(5), np.float32(140)
_FLOOR_MV, _ZERO = np.float32(-120), np.float32(0)
_ROOM = 256


class Neuron(Protocol):
    """What a population asks of its neuron model."""

    def state(self, width: int) -> Rows:
        """Make the state before the first step, (variables, width)."""

    def run(self, current: Rows, state: Rows, dt_ms: float, neurons: int, start: int) -> Spikes:
        """Move the state through currents (steps, width) of the steps from `start` on, and give the spikes
        of the first `neurons` columns.
        """  # noqa: D205 - what it does needs two lines


@dataclass(frozen=True, slots=True)
class Izhikevich:
    """``v' = 0.04 v² + 5 v + 140 - u + I`` and ``u' = a (b v - u)``; reset: v to c, u by d. v in mV, t in ms.

    The recovery u starts at ``b v0``. The voltage is kept from falling below -120 mV.

    References
    ----------
    Izhikevich, IEEE Trans. Neural Networks 14 (2003) 1569; the presets are those of its figure 2.
    """

    a: float = 0.02
    """Rate of recovery, 1/ms."""
    b: float = 0.2
    """Sensitivity of recovery to the voltage."""
    c: float = -65.0
    """Voltage after a spike."""
    d: float = 8.0
    """Recovery added by a spike."""
    v0: float = -65.0
    """Voltage at the start."""
    peak: float = 30.0
    """Voltage at which a spike is cut off."""

    @classmethod
    def preset(cls, name: str) -> Self:
        """Make one of the known types, see `IZHIKEVICH_PRESETS`.

        Raises
        ------
        ParameterError
            If there is none of this name.
        """
        if name.upper() not in IZHIKEVICH_PRESETS:
            raise ParameterError(f"no Izhikevich neuron {name!r}; there are {', '.join(IZHIKEVICH_PRESETS)}")
        a, b, c, d = IZHIKEVICH_PRESETS[name.upper()]
        return cls(a, b, c, d)

    def state(self, width: int) -> Rows:
        """Start at v0."""
        return _rows(width, self.v0, self.b * self.v0)

    def run(self, current: Rows, state: Rows, dt_ms: float, neurons: int, start: int) -> Spikes:
        """Integrate."""
        constants = _vector(self.a, self.b, self.c, self.d, self.peak, dt_ms)
        return _compact(_izhikevich(current, state, constants, neurons, start))


IZHIKEVICH_PRESETS: Final = {
    "RS": (0.02, 0.2, -65.0, 8.0),
    "IB": (0.02, 0.2, -55.0, 4.0),
    "CH": (0.02, 0.2, -50.0, 2.0),
    "FS": (0.1, 0.2, -65.0, 2.0),
    "LTS": (0.02, 0.25, -65.0, 2.0),
    "TC": (0.02, 0.25, -65.0, 0.05),
    "RZ": (0.1, 0.26, -65.0, 2.0),
}
"""a, b, c and d: regular spiking, intrinsically bursting, chattering, fast spiking, low-threshold spiking,
thalamo-cortical, resonator."""


@dataclass(frozen=True, slots=True)
class AdEx:
    """Adaptive exponential integrate-and-fire.

    ``tau_m v' = -(v - e_l) + delta_t exp((v - v_t) / delta_t) - w + r I`` and
    ``tau_w w' = a (v - e_l) - w``; reset: v to v_r, w by b. It starts at e_l and without adaptation.

    Raises
    ------
    ParameterError
        If a time constant or delta_t is not positive.

    References
    ----------
    Brette and Gerstner, J. Neurophysiology 94 (2005) 3637.
    """

    e_l: float = -70.0
    """Resting voltage, mV."""
    v_t: float = -50.0
    """Threshold, mV."""
    delta_t: float = 2.0
    """Sharpness of the onset, mV."""
    tau_m_ms: float = 20.0
    """Of the membrane."""
    tau_w_ms: float = 100.0
    """Of the adaptation."""
    a: float = 2.0
    """Adaptation to the voltage."""
    b: float = 0.0
    """Adaptation to each spike."""
    v_r: float = -58.0
    """Voltage after a spike, mV."""
    peak: float = 20.0
    """Voltage at which a spike is cut off, mV."""
    r: float = 1.0
    """Resistance of the membrane."""

    def __post_init__(self) -> None:
        for name in ("tau_m_ms", "tau_w_ms", "delta_t"):
            checks.positive(name, getattr(self, name))

    def state(self, width: int) -> Rows:
        """Start at rest."""
        return _rows(width, self.e_l, 0.0)

    def run(self, current: Rows, state: Rows, dt_ms: float, neurons: int, start: int) -> Spikes:
        """Integrate."""
        shape = (self.e_l, self.v_t, self.delta_t, self.r, self.a, self.b, self.v_r, self.peak)
        constants = _vector(*shape, dt_ms / self.tau_m_ms, dt_ms / self.tau_w_ms)
        return _compact(_adex(current, state, constants, neurons, start))


@dataclass(frozen=True, slots=True)
class MQIF:
    """Quadratic integrate-and-fire with recovery.

    ``tau_m v' = a (v - v_r) (v - v_t) - u + I`` and ``tau_u u' = b (v - v_r) - u``; reset: v to v_reset, u
    by d. It starts at v_r and without recovery.

    Raises
    ------
    ParameterError
        If a time constant is not positive.

    References
    ----------
    Izhikevich, Dynamical Systems in Neuroscience, MIT Press (2007), chapter 8, for the form of the equations.
    """

    a: float = 0.04
    """Curvature, 1/mV."""
    b: float = 0.2
    """Sensitivity of recovery to the voltage."""
    v_r: float = -60.0
    """Resting voltage, mV."""
    v_t: float = -40.0
    """Threshold, mV."""
    v_reset: float = -60.0
    """Voltage after a spike, mV."""
    peak: float = 30.0
    """Voltage at which a spike is cut off, mV."""
    d: float = 2.0
    """Recovery added by a spike."""
    tau_m_ms: float = 10.0
    """Of the membrane."""
    tau_u_ms: float = 100.0
    """Of the recovery."""

    def __post_init__(self) -> None:
        for name in ("tau_m_ms", "tau_u_ms"):
            checks.positive(name, getattr(self, name))

    def state(self, width: int) -> Rows:
        """Start at rest."""
        return _rows(width, self.v_r, 0.0)

    def run(self, current: Rows, state: Rows, dt_ms: float, neurons: int, start: int) -> Spikes:
        """Integrate."""
        shape = (self.a, self.b, self.v_r, self.v_t, self.v_reset, self.peak, self.d)
        constants = _vector(*shape, dt_ms / self.tau_m_ms, dt_ms / self.tau_u_ms)
        return _compact(_mqif(current, state, constants, neurons, start))


def _vector(*numbers: float) -> Vector:
    return np.array(numbers, np.float32)


def _rows(width: int, *values: float) -> Rows:
    return np.repeat(_vector(*values)[:, None], width, axis=1)


def _compact(spikes: Spikes) -> Spikes:
    """Let go of the room that was not needed."""
    return spikes.copy()


@nb.njit(inline="always")
def with_room(spikes: Spikes, count: int, more: int) -> Spikes:
    """Make room for more spikes after the first `count`."""
    if count + more <= len(spikes):
        return spikes
    grown = np.empty((2 * len(spikes) + more, 2), np.int32)
    grown[:count] = spikes[:count]
    return grown


@nb.njit(inline="always")
def _record(v: Vector, peak: np.float32, neurons: int, step: int, spikes: Spikes, count: int) -> int:
    """Note who is at the peak; there must be room."""
    for n in range(neurons):
        if v[n] >= peak:
            spikes[count, 0] = step
            spikes[count, 1] = n
            count += 1
    return count


@nb.njit(nogil=True, cache=True)
def _izhikevich(current: Rows, state: Rows, constants: Vector, neurons: int, start: int) -> Spikes:
    a, b, c, d, peak, dt = constants[0], constants[1], constants[2], constants[3], constants[4], constants[5]
    v, u = state[0], state[1]
    spikes, count = np.empty((_ROOM, 2), np.int32), 0
    for t in range(current.shape[0]):
        row, firing = current[t], 0
        for n in range(row.size):
            vn, un, reset = v[n], u[n], v[n] >= peak
            dv = _QUADRATIC * (vn * vn) + _LINEAR * vn + _CONSTANT - un + row[n]
            du = a * (b * vn - un)
            vn = max(c if reset else vn + dt * dv, _FLOOR_MV)
            v[n], u[n] = vn, (un + d if reset else un + dt * du)
            firing += vn >= peak
        if firing:
            spikes = with_room(spikes, count, firing)
            count = _record(v, peak, neurons, start + t, spikes, count)
    return spikes[:count]


@nb.njit(nogil=True, cache=True)
def _adex(current: Rows, state: Rows, constants: Vector, neurons: int, start: int) -> Spikes:
    e_l, v_t, delta_t, r = constants[0], constants[1], constants[2], constants[3]
    a, b, v_r, peak, membrane, adaptation = (
        constants[4], constants[5], constants[6], constants[7], constants[8], constants[9],
    )  # fmt: skip
    v, w = state[0], state[1]
    spikes, count = np.empty((_ROOM, 2), np.int32), 0
    for t in range(current.shape[0]):
        row, firing = current[t], 0
        for n in range(row.size):
            vn, wn, reset = v[n], w[n], v[n] >= peak
            dv = delta_t * exp((vn - v_t) / delta_t) - (vn - e_l) - wn + r * row[n]
            dw = a * (vn - e_l) - wn
            vn = v_r if reset else vn + membrane * dv
            wn = wn + b if reset else wn + adaptation * dw
            v[n], w[n] = vn, (wn if abs(wn) > TINY else _ZERO)
            firing += vn >= peak
        if firing:
            spikes = with_room(spikes, count, firing)
            count = _record(v, peak, neurons, start + t, spikes, count)
    return spikes[:count]


@nb.njit(nogil=True, cache=True)
def _mqif(current: Rows, state: Rows, constants: Vector, neurons: int, start: int) -> Spikes:
    a, b, v_r, v_t = constants[0], constants[1], constants[2], constants[3]
    v_reset, peak, d, membrane, recovery = constants[4], constants[5], constants[6], constants[7], constants[8]
    v, u = state[0], state[1]
    spikes, count = np.empty((_ROOM, 2), np.int32), 0
    for t in range(current.shape[0]):
        row, firing = current[t], 0
        for n in range(row.size):
            vn, un, reset = v[n], u[n], v[n] >= peak
            dv = a * (vn - v_r) * (vn - v_t) - un + row[n]
            du = b * (vn - v_r) - un
            vn = v_reset if reset else vn + membrane * dv
            un = un + d if reset else un + recovery * du
            v[n], u[n] = vn, (un if abs(un) > TINY else _ZERO)
            firing += vn >= peak
        if firing:
            spikes = with_room(spikes, count, firing)
            count = _record(v, peak, neurons, start + t, spikes, count)
    return spikes[:count]
