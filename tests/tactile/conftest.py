"""The model in plain numpy, one line for each equation, to compare the kernels with."""

from dataclasses import dataclass

import numpy as np
import pytest

F = np.float32


@dataclass(frozen=True, slots=True)
class Plain:
    """Section by section: drives (T, N) to currents, and currents to spikes (T, N), all in float32."""

    dt: float

    def slowly_adapting(self, drive):
        dt, rise, decay = F(self.dt), F(self.dt / 5), F(self.dt / 30)
        x = y = before = np.zeros(drive.shape[1], F)
        out = np.empty_like(drive)
        for t, d in enumerate(drive):
            slope = (d - before) / dt if t else np.zeros_like(d)
            x = x + rise * (F(3) * slope + F(0.05) * d - x)
            y = np.maximum(y + decay * (x - y), F(0))
            out[t], before = y, d
        return out

    def rapidly_adapting(self, drive):
        dt, decay = F(self.dt), F(self.dt / 30)
        y = before = np.zeros(drive.shape[1], F)
        out = np.empty_like(drive)
        for t, d in enumerate(drive):
            y = y + decay * (F(2) * np.abs((d - before) / dt) - y)
            out[t], before = y, d
        return out

    def scaled(self, drive):
        return F(0.005) * drive

    def izhikevich(self, current, a=0.02, b=0.2, c=-65, d=8):
        dt, a, b, c, d = F(self.dt), F(a), F(b), F(c), F(d)
        v = np.full(current.shape[1], -65, F)
        u = np.full(current.shape[1], b * F(-65), F)
        spikes = np.zeros(current.shape, bool)
        for t, i in enumerate(current):
            fired = v >= 30
            dv = F(0.04) * v**2 + F(5) * v + F(140) - u + i
            du = a * (b * v - u)
            v, u = np.where(fired, c, v + dt * dv), np.where(fired, u + d, u + dt * du)
            v = np.maximum(v, F(-120))
            spikes[t] = v >= 30
        return spikes

    def adex(self, current, b=0):
        membrane, adaptation = F(self.dt / 20), F(self.dt / 100)
        v, w = np.full(current.shape[1], -70, F), np.zeros(current.shape[1], F)
        spikes = np.zeros(current.shape, bool)
        for t, i in enumerate(current):
            fired = v >= 20
            rise = np.exp((np.minimum(v, F(20)) + F(50)) / F(2))
            dv = F(2) * rise - (v + F(70)) - w + i
            dw = F(2) * (v + F(70)) - w
            v, w = np.where(fired, F(-58), v + membrane * dv), np.where(fired, w + F(b), w + adaptation * dw)
            spikes[t] = v >= 20
        return spikes

    def mqif(self, current):
        membrane, recovery = F(self.dt / 10), F(self.dt / 100)
        v, u = np.full(current.shape[1], -60, F), np.zeros(current.shape[1], F)
        spikes = np.zeros(current.shape, bool)
        for t, i in enumerate(current):
            fired = v >= 30
            dv = F(0.04) * (v + F(60)) * (v + F(40)) - u + i
            du = F(0.2) * (v + F(60)) - u
            v, u = np.where(fired, F(-60), v + membrane * dv), np.where(fired, u + F(2), u + recovery * du)
            spikes[t] = v >= 30
        return spikes


@pytest.fixture(scope="session")
def plain() -> type[Plain]:
    """The plain model, to be made with a time step."""
    return Plain
