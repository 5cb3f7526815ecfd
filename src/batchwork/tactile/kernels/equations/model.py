"""A neuron model made of text."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Final, Self, get_args

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.tactile.kernels import checks
from batchwork.tactile.kernels.equations.emitting import Constants, Solver, source
from batchwork.tactile.kernels.equations.reading import read
from batchwork.tactile.kernels.exponential import exp
from batchwork.tactile.kernels.lanes import TINY, Rows
from batchwork.tactile.kernels.neurons import MQIF, AdEx, Izhikevich, Spikes, with_room

Loop = Callable[[Rows, Rows, NDArray[np.float32], np.float32, int, int], Spikes]
"""Currents, state, parameters, time step, neurons and first step to spikes."""

_TEXTS: Final[Mapping[type, tuple[str, str, str]]] = {
    Izhikevich: ("dv/dt = 0.04*v**2 + 5*v + 140 - u + I\ndu/dt = a*(b*v - u)", "v >= peak", "v = c\nu += d"),
    AdEx: (
        """dv/dt = (delta_t*exp((v - v_t)/delta_t) - (v - e_l) - w + r*I) / tau_m_ms
           dw/dt = (a*(v - e_l) - w) / tau_w_ms""",
        "v >= peak",
        "v = v_r\nw += b",
    ),
    MQIF: (
        "dv/dt = (a*(v - v_r)*(v - v_t) - u + I) / tau_m_ms\ndu/dt = (b*(v - v_r) - u) / tau_u_ms",
        "v >= peak",
        "v = v_reset\nu += d",
    ),
}


@dataclass(frozen=True, slots=True)
class Equations:
    """A neuron that obeys ``dv/dt = …`` for each of its variables.

    ``I`` is the membrane current, time is in ms. The text has numbers, variables, parameters, ``+ - * / **``
    and the functions exp, log, sqrt, sin, cos, tanh, abs, min and max; ``#`` begins a comment. When the
    threshold is reached there is a spike, and the next step is spent on the reset. Texts are compiled when
    they are first run, once in each process; other values of parameters do not compile anything.

    Examples
    --------
    A leaky integrator::

        Equations(
            "dv/dt = (v_rest - v + r*I) / tau",
            threshold="v >= -50",
            reset="v = v_rest",
            parameters={"v_rest": -65, "r": 10, "tau": 20},
            initial={"v": -65},
        )

    Raises
    ------
    ParameterError
        If the text cannot be read, has an unknown name, or a number cannot be used.
    """

    text: str
    """One line for each variable."""
    threshold: str
    """A comparison, as ``v >= 30``."""
    reset: str
    """Lines ``v = …`` or ``u += …``, followed one after the other."""
    parameters: Mapping[str, float]
    """Values of the names that are no variables."""
    initial: Mapping[str, float]
    """Variables at the start; 0 where not given."""
    solver: Solver = "euler"

    def __post_init__(self) -> None:
        if self.solver not in get_args(Solver):
            raise ParameterError(f"solver must be one of {', '.join(get_args(Solver))}, not {self.solver!r}")
        for name, value in (*self.parameters.items(), *self.initial.items()):
            checks.finite(name, value)
        _source(self.text, self.threshold, self.reset, tuple(self.parameters), self.solver)
        for name in self.initial:
            if name not in self.variables:
                raise ParameterError(f"initial {name}: there is no equation for it, only for {self.variables}")

    @classmethod
    def of(cls, neuron: Izhikevich | AdEx | MQIF, solver: Solver = "euler") -> Self:
        """Write out a built-in model, for instance for another solver.

        The voltage of Izhikevich's neuron then has no lower limit.
        """
        text, threshold, reset = _TEXTS[type(neuron)]
        values = {f.name: getattr(neuron, f.name) for f in fields(neuron)}
        start = neuron.state(1)[:, 0]
        made = cls(text, threshold, reset, values, {}, solver)
        return replace(made, initial=dict(zip(made.variables, map(float, start), strict=True)))

    @property
    def variables(self) -> tuple[str, ...]:
        """In the order of the text."""
        return _read(self.text, self.threshold, self.reset, tuple(self.parameters)).variables

    def state(self, width: int) -> Rows:
        """Start as told."""
        start = np.array([self.initial.get(name, 0.0) for name in self.variables], np.float32)
        return np.repeat(start[:, None], width, axis=1)

    def run(self, current: Rows, state: Rows, dt_ms: float, neurons: int, start: int) -> Spikes:
        """Integrate."""
        loop = _compiled(self.text, self.threshold, self.reset, tuple(self.parameters), self.solver)
        values = np.array([*self.parameters.values()], np.float32)
        return loop(current, state, values, np.float32(dt_ms), neurons, start).copy()


_read = lru_cache(maxsize=256)(read)


@lru_cache(maxsize=256)
def _source(
    text: str, threshold: str, reset: str, parameters: tuple[str, ...], solver: Solver
) -> tuple[str, dict[str, np.float32]]:
    """Write a text as a loop, and give the numbers that it names."""
    constants = Constants()
    return source(_read(text, threshold, reset, parameters), parameters, solver, constants), constants.values


@lru_cache(maxsize=64)
def _compiled(text: str, threshold: str, reset: str, parameters: tuple[str, ...], solver: Solver) -> Loop:
    """Compile a text."""
    written, constants = _source(text, threshold, reset, parameters, solver)
    names = {**_HELPERS, **constants}
    exec(written, names)  # noqa: S102 - the source is emitted from checked symbols, never copied from the text
    for helper in ("slopes", "reached"):
        names[helper] = nb.njit(inline="always")(names[helper])
    return nb.njit(nogil=True)(names["loop"])


@nb.njit(inline="always")
def _record(at_peak: NDArray[np.bool_], neurons: int, step: int, spikes: Spikes, count: int) -> int:
    """Note who is at the peak; there must be room."""
    for n in range(neurons):
        if at_peak[n]:
            spikes[count, 0] = step
            spikes[count, 1] = n
            count += 1
    return count


@nb.njit(inline="always")
def _square(x: np.float32) -> np.float32:
    return x * x


_HELPERS: Final = {
    "np": np,
    "exp": exp,
    **{name: getattr(math, name) for name in ("log", "sqrt", "sin", "cos", "tanh", "pow")},
    "square": _square,
    "record": _record,
    "with_room": with_room,
    "_tiny": TINY,
    "_zero": np.float32(0),
    "_half": np.float32(0.5),
    "_two": np.float32(2),
    "_sixth": np.float32(1 / 6),
}
