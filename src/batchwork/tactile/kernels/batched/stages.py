"""Filters and neurons that take one time step of many samples at once."""

from collections.abc import Callable
from typing import Final

import numpy as np
import torch
from torch import Tensor

from batchwork.errors import ParameterError
from batchwork.tactile.kernels.filters import Filter, RapidlyAdapting, Scaled, SlowlyAdapting
from batchwork.tactile.kernels.lanes import TINY
from batchwork.tactile.kernels.neurons import MQIF, AdEx, Izhikevich, Neuron

Stage = Callable[[Tensor], Tensor]
"""Takes the values of one step, (samples, neurons), and keeps the state between steps."""

_FLOOR_MV: Final = -120.0
_LOG2_E, _LN2_HIGH, _LN2_LOW = (float(np.float32(x)) for x in (1.44269504088896341, 0.693359375, -2.12194440e-4))
_TERMS: Final = tuple(
    float(np.float32(x))
    for x in (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.5)
)


def can_run(neuron: Neuron) -> bool:
    """Say whether there is a form of a neuron model for many samples at once."""
    return isinstance(neuron, Izhikevich | AdEx | MQIF)


def filter_stage(kind: Filter, first: Tensor, dt_ms: float) -> Stage:
    """Make the filter of drives, given those of the first step.

    Raises
    ------
    ParameterError
        If there is none for this kind.
    """
    match kind:
        case SlowlyAdapting():
            return _slowly_adapting(kind, first, dt_ms)
        case RapidlyAdapting():
            return _rapidly_adapting(kind, first, dt_ms)
        case Scaled():
            return lambda drive: drive * _single(kind.gain)
    raise ParameterError(f"{type(kind).__name__} has no form for many samples at once")


def _slowly_adapting(kind: SlowlyAdapting, first: Tensor, dt_ms: float) -> Stage:
    k1, k2, rise, decay, dt = map(_single, (kind.k1, kind.k2, dt_ms / kind.tau_r_ms, dt_ms / kind.tau_d_ms, dt_ms))
    before, x, y = first.clone(), torch.zeros_like(first), torch.zeros_like(first)

    def step(drive: Tensor) -> Tensor:
        nonlocal before, x, y
        slope = (drive - before) / dt
        before = drive.clone()
        rising = x + rise * (k2 * slope + k1 * drive - x)
        falling = y + decay * (rising - y)
        x = _flushed(rising)
        y = torch.where(falling > float(TINY), falling, 0.0)
        return y

    return step


def _rapidly_adapting(kind: RapidlyAdapting, first: Tensor, dt_ms: float) -> Stage:
    k3, decay, dt = map(_single, (kind.k3, dt_ms / kind.tau_ms, dt_ms))
    before, y = torch.zeros_like(first), torch.zeros_like(first)

    def step(drive: Tensor) -> Tensor:
        nonlocal before, y
        slope = (drive - before) / dt
        before = drive.clone()
        falling = y + decay * (k3 * slope.abs() - y)
        y = torch.where(falling > float(TINY), falling, 0.0)
        return y

    return step


def neuron_stage(kind: Neuron, like: Tensor, dt_ms: float) -> Stage:
    """Make the neurons; they take currents and tell which have fired.

    Raises
    ------
    ParameterError
        If there are none of this kind.
    """
    match kind:
        case Izhikevich():
            return _izhikevich(kind, like, dt_ms)
        case AdEx():
            return _adex(kind, like, dt_ms)
        case MQIF():
            return _mqif(kind, like, dt_ms)
    raise ParameterError(f"{type(kind).__name__} has no form for many samples at once; run with --device cpu")


def _izhikevich(kind: Izhikevich, like: Tensor, dt_ms: float) -> Stage:
    a, b, c, d, peak, dt = map(_single, (kind.a, kind.b, kind.c, kind.d, kind.peak, dt_ms))
    v, u = torch.full_like(like, kind.v0), torch.full_like(like, kind.b * kind.v0)
    square = _single(0.04)

    def step(current: Tensor) -> Tensor:
        nonlocal v, u
        reset = v >= peak
        dv = square * (v * v) + 5 * v + 140 - u + current
        du = a * (b * v - u)
        u = torch.where(reset, u + d, u + dt * du)
        v = torch.where(reset, c, v + dt * dv).clamp(min=_FLOOR_MV)
        return v >= peak

    return step


def _adex(kind: AdEx, like: Tensor, dt_ms: float) -> Stage:
    e_l, v_t, delta_t, r, a, b, v_r, peak, membrane, adaptation = map(
        _single,
        (kind.e_l, kind.v_t, kind.delta_t, kind.r, kind.a, kind.b, kind.v_r, kind.peak,
         dt_ms / kind.tau_m_ms, dt_ms / kind.tau_w_ms),
    )  # fmt: skip
    v, w = torch.full_like(like, kind.e_l), torch.zeros_like(like)

    def step(current: Tensor) -> Tensor:
        nonlocal v, w
        reset = v >= peak
        dv = delta_t * _exp((v - v_t) / delta_t) - (v - e_l) - w + r * current
        dw = a * (v - e_l) - w
        v = torch.where(reset, v_r, v + membrane * dv)
        w = _flushed(torch.where(reset, w + b, w + adaptation * dw))
        return v >= peak

    return step


def _mqif(kind: MQIF, like: Tensor, dt_ms: float) -> Stage:
    a, b, v_r, v_t, v_reset, peak, d, membrane, recovery = map(
        _single,
        (kind.a, kind.b, kind.v_r, kind.v_t, kind.v_reset, kind.peak, kind.d,
         dt_ms / kind.tau_m_ms, dt_ms / kind.tau_u_ms),
    )  # fmt: skip
    v, u = torch.full_like(like, kind.v_r), torch.zeros_like(like)

    def step(current: Tensor) -> Tensor:
        nonlocal v, u
        reset = v >= peak
        dv = a * (v - v_r) * (v - v_t) - u + current
        du = b * (v - v_r) - u
        v = torch.where(reset, v_reset, v + membrane * dv)
        u = _flushed(torch.where(reset, u + d, u + recovery * du))
        return v >= peak

    return step


def _exp(x: Tensor) -> Tensor:
    """Raise e to a power as `batchwork.tactile.kernels.exponential` does."""
    x = x.clamp(-87.0, 88.0)
    power = torch.floor(x * _LOG2_E + 0.5)
    f = x - power * _LN2_HIGH - power * _LN2_LOW
    p = torch.full_like(f, _TERMS[0])
    for term in _TERMS[1:]:
        p = p * f + term
    scale = ((power.to(torch.int32) + 127) << 23).view(torch.float32)
    return (p * (f * f) + f + 1) * scale


def _flushed(values: Tensor) -> Tensor:
    return torch.where(values.abs() > float(TINY), values, 0.0)


def _single(number: float) -> float:
    """Round to float32, as the compiled kernels have it."""
    return float(np.float32(number))
