"""From symbols to the source of a loop over neurons.

All numbers are named constants in float32, so that nothing is promoted to double precision.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
import sympy

from batchwork.errors import ParameterError
from batchwork.tactile.kernels.equations.reading import CURRENT, Expression, Model

Solver = Literal["euler", "rk2", "rk4"]
"""Explicit Euler; Heun's method; the classical Runge-Kutta method. The current stays the same within a step."""

_NAMES: Final[Mapping[str, str]] = {"Abs": "abs", "Min": "min", "Max": "max"}
_STAGES: Final[Mapping[Solver, tuple[str, ...]]] = {"euler": (), "rk2": ("dt",), "rk4": ("half", "half", "dt")}
"""How far from the beginning of the step the slopes after the first are taken."""
_MEANS: Final[Mapping[Solver, str]] = {
    "euler": "{0}",
    "rk2": "({0} + {1}) * _half",
    "rk4": "({0} + {3} + ({1} + {2}) * _two) * _sixth",
}


@dataclass(slots=True)
class Constants:
    """The numbers of a source, by name."""

    values: dict[str, np.float32] = field(default_factory=dict)

    def name_of(self, value: float) -> str:
        """Name a number.

        Raises
        ------
        ParameterError
            If it is too large.
        """
        if not abs(value) <= float(np.finfo(np.float32).max):
            raise ParameterError(f"{value} is too large a number for equations")
        number = np.float32(value)
        name = f"k{number.tobytes().hex()}"
        self.values[name] = number
        return name


def emit(expression: Expression, constants: Constants) -> str:
    """Write an expression as Python.

    Raises
    ------
    ParameterError
        If there is no way to write it.
    """
    if expression.is_number:
        return constants.name_of(float(expression))
    match expression:
        case sympy.Symbol():
            return f"u_{expression.name}"
        case sympy.Add():
            return "(" + " + ".join(emit(arg, constants) for arg in expression.args) + ")"
        case sympy.Mul():
            return _product(expression, constants)
        case sympy.Pow():
            return _power(expression, constants)
    if isinstance(expression, sympy.Function | sympy.Min | sympy.Max):
        name = _NAMES.get(expression.func.__name__, expression.func.__name__)
        arguments = [emit(arg, constants) for arg in expression.args]
        return _nested(name, arguments) if name in {"min", "max"} else f"{name}({', '.join(arguments)})"
    raise ParameterError(f"{expression} cannot be compiled")


def _nested(name: str, arguments: list[str]) -> str:
    """Compare two at a time."""
    first, *rest = arguments
    return f"{name}({first}, {_nested(name, rest)})" if rest else first


def _product(expression: Expression, constants: Constants) -> str:
    below = [arg for arg in expression.args if isinstance(arg, sympy.Pow) and arg.exp.could_extract_minus_sign()]
    above = [emit(arg, constants) for arg in expression.args if arg not in below]
    product = " * ".join(above) or constants.name_of(1)
    if not below:
        return f"({product})"
    return f"(({product}) / ({' * '.join(emit(1 / arg, constants) for arg in below)}))"


def _power(expression: Expression, constants: Constants) -> str:
    base, exponent = expression.args
    if base == sympy.E:
        return f"exp({emit(exponent, constants)})"
    if exponent.is_Integer and exponent > 0:
        return _multiplied(emit(base, constants), int(exponent))
    if exponent == sympy.Rational(1, 2):
        return f"sqrt({emit(base, constants)})"
    if exponent.could_extract_minus_sign():
        return f"({constants.name_of(1)} / {emit(1 / expression, constants)})"
    return f"pow({emit(base, constants)}, {emit(exponent, constants)})"


def _multiplied(base: str, times: int) -> str:
    """Write a whole power as products."""
    if times == 1:
        return base
    if times % 2:
        return f"({_multiplied(base, times - 1)} * {base})"
    return f"square({_multiplied(base, times // 2)})"


def source(model: Model, parameters: tuple[str, ...], solver: Solver, constants: Constants) -> str:
    """Write the functions ``slopes``, ``reached`` and ``loop``; the last takes and gives what those in `neurons` do."""
    given = ", ".join(_named("u", parameters))
    parts = (
        _slopes(model, given, constants),
        _reached(model, given, constants),
        _loop(model, solver, given, constants),
    )
    return "\n".join(line for part in parts for line in part) + "\n"


def _named(prefix: str, names: Iterable[str]) -> list[str]:
    return [f"{prefix}_{name}" for name in names]


def _slopes(model: Model, given: str, constants: Constants) -> list[str]:
    shared, slopes = sympy.cse(model.slopes, symbols=(sympy.Symbol(f"_shared{i}") for i in range(1 << 16)))
    return [
        f"def slopes({', '.join(_named('u', model.variables))}, u_{CURRENT}, {given}):",
        *(f"    u_{symbol.name} = {emit(value, constants)}" for symbol, value in shared),
        f"    return ({', '.join(emit(slope, constants) for slope in slopes)},)",
    ]


def _reached(model: Model, given: str, constants: Constants) -> list[str]:
    left, relation, right = model.threshold
    return [
        f"def reached({', '.join(_named('u', model.variables))}, {given}):",
        f"    return {emit(left, constants)} {relation} {emit(right, constants)}",
    ]


def _loop(model: Model, solver: Solver, given: str, constants: Constants) -> list[str]:
    variables = model.variables
    resets = zip(variables, (emit(value, constants) for value in model.reset), strict=True)
    every = ", ".join(_named("u", variables))
    return [
        "def loop(current, state, constants, dt, neurons, start):",
        "    half = dt * _half",
        *(f"    {name} = constants[{i}]" for i, name in enumerate(filter(None, given.split(", ")))),
        *(f"    all_{name} = state[{i}]" for i, name in enumerate(variables)),
        "    at_peak = np.zeros(current.shape[1], np.bool_)",
        "    spikes, count = np.empty((256, 2), np.int32), 0",
        "    for t in range(current.shape[0]):",
        "        row, firing = current[t], 0",
        "        for n in range(row.size):",
        f"            u_{CURRENT} = row[n]",
        *(f"            u_{name} = all_{name}[n]" for name in variables),
        *_step(variables, solver, given),
        f"            reset = reached({every}, {given})",
        *(f"            new_{name} = {value} if reset else new_{name}" for name, value in resets),
        *(f"            u_{name} = new_{name} if abs(new_{name}) > _tiny else _zero" for name in variables),
        *(f"            all_{name}[n] = u_{name}" for name in variables),
        f"            peak = reached({every}, {given})",
        "            at_peak[n] = peak",
        "            firing += peak",
        "        if firing:",
        "            spikes = with_room(spikes, count, firing)",
        "            count = record(at_peak, neurons, start + t, spikes, count)",
        "    return spikes[:count]",
    ]


def _step(variables: tuple[str, ...], solver: Solver, given: str) -> list[str]:
    """Write one step; one in which a later slope would be taken beyond the threshold is an Euler step."""
    lines, early = [_stage(0, variables, _named("u", variables), given)], []
    for i, length in enumerate(_STAGES[solver], 1):
        places = _named(f"p{i}", variables)
        lines += [f"            p{i}_{name} = u_{name} + {length} * d{i - 1}_{name}" for name in variables]
        lines.append(_stage(i, variables, places, given))
        early.append(f"reached({', '.join(places)}, {given})")
    if early:
        lines.append(f"            early = {' | '.join(early)}")
    for name in variables:
        mean = _MEANS[solver].format(*(f"d{i}_{name}" for i in range(4)))
        choice = f"(d0_{name} if early else {mean})" if early else mean
        lines.append(f"            new_{name} = u_{name} + dt * {choice}")
    return lines


def _stage(number: int, variables: tuple[str, ...], places: list[str], given: str) -> str:
    slopes = "".join(f"d{number}_{name}, " for name in variables)
    return f"            {slopes}= slopes({', '.join(places)}, u_{CURRENT}, {given})"
