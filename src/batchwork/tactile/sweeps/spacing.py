"""Values that are given by a rule: evenly spaced, by a step, by a factor, or drawn.

They are the same on every platform, and those that a list could name are equal to the list's: 0.1 to 0.5 in
steps of 0.1 gives 0.3, not 0.30000000000000004.
"""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal, localcontext
from fractions import Fraction
from hashlib import blake2b
from random import Random
from typing import Final

from batchwork.errors import ParameterError
from batchwork.io.naming import nearest
from batchwork.tactile.sweeps.forms import Number, Whole

MOST_VALUES: Final = 1_000_000
"""Of one parameter."""

_DIGITS = 40
_BOTH_ENDS = 2


def spaced(rule: Mapping[str, object], *, seed: str) -> tuple[float, ...]:
    """Work out ``{range: …}``, ``{linspace: …}``, ``{logspace: …}`` or ``{uniform: …, n: …}``.

    Parameters
    ----------
    rule : mapping
        As it stands in the file.
    seed : str
        What the draws of ``uniform`` depend on; a greater n goes on with the same ones.

    Raises
    ------
    ParameterError
        If it is none of these, or its numbers do not fit.
    """
    name = next((key for key in rule if key in _RULES), None)
    if name is None:
        first = next(iter(rule), "")
        raise ParameterError(f"unknown rule '{first}'; {nearest(str(first), _RULES)}")
    known = {name, "n"} if name == "uniform" else {name}
    for key in rule:
        if key not in known:
            raise ParameterError(f"unknown key '{key}' beside '{name}'; {nearest(str(key), known - {name})}")
    if name == "uniform":
        low, high = _numbers(rule[name], name, "lowest, highest")
        return uniform(low, high, count_of(rule.get("n")), seed=seed)
    made, parts = _RULES[name]
    return made(*_numbers(rule[name], name, parts))


def uniform(low: float, high: float, count: int, *, seed: str) -> tuple[float, ...]:
    """Draw numbers from an interval.

    Raises
    ------
    ParameterError
        If the interval is empty.
    """
    check_interval(low, high)
    return tuple(between(low, high, part) for part in draws(count, seed))


def between(low: float, high: float, part: float) -> float:
    """Go some part of the way from one number to another, both as they are written; rounded once."""
    first = _exact(low)
    return float(first + (_exact(high) - first) * Fraction(part))


def draws(count: int, seed: str) -> list[float]:
    """Draw numbers from [0, 1), the first ones the same for any count, on any platform and version."""
    random = Random(int.from_bytes(blake2b(seed.encode(), digest_size=8).digest()))  # noqa: S311 - a design, no secret
    return [random.random() for _ in range(count)]


def seed_of(*parts: object) -> str:
    """Join what draws depend on."""
    return json.dumps(parts)


def check_interval(low: float, high: float) -> None:
    """Refuse an interval without an inside.

    Raises
    ------
    ParameterError
        That shows it.
    """
    if not low < high:
        raise ParameterError(f"the lowest value ({low:g}) must be below the highest ({high:g})")


def count_of(given: object, name: str = "n") -> int:
    """Read how many values there are to be.

    Raises
    ------
    ParameterError
        If it is no whole number from 1 on.
    """
    count = Whole().read(given) if given is not None else 0
    if not 1 <= count <= MOST_VALUES:
        raise ParameterError(f"{name}: say how many, from 1 to {MOST_VALUES}")
    return count


def _numbers(given: object, name: str, parts: str) -> list[float]:
    wanted = parts.count(",") + 1
    if not isinstance(given, list) or len(given) != wanted:
        raise ParameterError(f"write {name}: [{parts}], not {given!r}")
    return [Number().read(each) for each in given]


def _range(start: float, stop: float, step: float) -> tuple[float, ...]:
    first, last, stride = _exact(start), _exact(stop), _exact(step)
    if stride == 0 or (last - first) / stride < 0:
        raise ParameterError(f"range: steps of {step:g} do not lead from {start:g} to {stop:g}")
    count = int((last - first) / stride) + 1
    if count > MOST_VALUES:
        raise ParameterError(f"range: {count} values are too many; up to {MOST_VALUES} are possible")
    return tuple(float(first + i * stride) for i in range(count))


def _linspace(start: float, stop: float, count: float) -> tuple[float, ...]:
    steps = _intervals("linspace", start, stop, count)
    first, last = _exact(start), _exact(stop)
    return tuple(float(first + (last - first) * i / steps) for i in range(steps + 1))


def _logspace(start: float, stop: float, count: float) -> tuple[float, ...]:
    steps = _intervals("logspace", start, stop, count)
    if start <= 0 or stop <= 0:
        raise ParameterError("logspace: both ends must be above 0; they are the values, not their exponents")
    with localcontext() as context:
        context.prec = _DIGITS  # decimal arithmetic is the same on every platform, the C library's pow is not
        first, factor = Decimal(repr(start)), Decimal(repr(stop)) / Decimal(repr(start))
        return tuple(float(first * factor ** (Decimal(i) / steps)) for i in range(steps + 1))


def _intervals(name: str, start: float, stop: float, count: float) -> int:
    if count_of(count, name) < _BOTH_ENDS or start == stop:
        raise ParameterError(f"{name}: two different ends and a count from 2 on are needed")
    return int(count) - 1


def _exact(value: float) -> Fraction:
    """Take a number as it is written."""
    return Fraction(repr(value))


_RULES: Final[Mapping[str, tuple[Callable[..., tuple[float, ...]], str]]] = {
    "range": (_range, "first, last, step"),
    "linspace": (_linspace, "first, last, count"),
    "logspace": (_logspace, "first, last, count"),
    "uniform": (uniform, "lowest, highest"),
}
