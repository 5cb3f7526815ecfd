"""From the text of a neuron's equations to symbols.

The text is read as Python's grammar has it and nothing of it is ever evaluated as Python: what is neither
arithmetic, a known name nor a known function is refused.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

import sympy

from batchwork.errors import ParameterError

CURRENT: Final = "I"
"""What the text calls the membrane current."""
FUNCTIONS: Final[Mapping[str, Any]] = {  # sympy ships no types
    "exp": sympy.exp,
    "log": sympy.log,
    "sqrt": sympy.sqrt,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tanh": sympy.tanh,
    "abs": sympy.Abs,
    "min": sympy.Min,
    "max": sympy.Max,
}
"""The functions that a text may use."""

Expression = Any
"""Of sympy, which ships no types."""

_NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)
_SLOPE = re.compile(rf"d({_NAME.pattern})\s*/\s*dt\s*=(?!=)(.+)", re.ASCII)
_RESET = re.compile(rf"({_NAME.pattern})\s*([-+*/]?)=(?!=)(.+)", re.ASCII)
_OF_MANY = {"min", "max"}
_GREATEST_POWER = 100
_OPERATORS: Final[Mapping[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}
_RELATIONS: Final[Mapping[type[ast.cmpop], str]] = {ast.GtE: ">=", ast.Gt: ">", ast.LtE: "<=", ast.Lt: "<"}


@dataclass(frozen=True, slots=True)
class Model:
    """Equations as symbols."""

    variables: tuple[str, ...]
    """In the order of the text."""
    slopes: tuple[Expression, ...]
    """Of each variable."""
    threshold: tuple[Expression, str, Expression]
    """Left side, relation and right side."""
    reset: tuple[Expression, ...]
    """Of each variable, in terms of what it was before."""


def read(text: str, threshold: str, reset: str, parameters: tuple[str, ...]) -> Model:
    """Read ``dv/dt = …`` lines, a comparison, and ``v = …`` or ``u += …`` lines, one after the other.

    Raises
    ------
    ParameterError
        If a line cannot be read, or has an unknown name; it tells which.
    """
    written = dict(_slopes(text))
    variables = tuple(written)
    if not variables:
        raise ParameterError("the equations need a line 'dv/dt = …'")
    names = (*variables, *parameters)
    for name in parameters:
        if not _NAME.fullmatch(name):
            raise ParameterError(f"parameter {name!r}: a name has letters, digits and _, and begins with a letter")
    if CURRENT in names or len(set(names)) < len(names):
        raise ParameterError(f"variables, parameters and the current {CURRENT} must have different names: {names}")
    slopes = tuple(_expression(line, (*names, CURRENT)) for line in written.values())
    return Model(variables, slopes, _threshold(threshold, names), _reset(reset, variables, names))


def _lines(text: str) -> Iterator[str]:
    """List what is neither empty nor a comment."""
    return (line for full in text.splitlines() if (line := full.partition("#")[0].strip()))


def _slopes(text: str) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for line in _lines(text):
        match = _SLOPE.fullmatch(line)
        if match is None:
            raise ParameterError(f"{line!r} is no equation; write 'dv/dt = …'")
        if match[1] in seen:
            raise ParameterError(f"{line!r}: there is an equation for {match[1]} already")
        seen.add(match[1])
        yield match[1], match[2].strip()


def _threshold(text: str, names: tuple[str, ...]) -> tuple[Expression, str, Expression]:
    match _parse(text):
        case ast.Compare(left=left, ops=[relation], comparators=[right]) if type(relation) in _RELATIONS:
            return _finite(left, text, names), _RELATIONS[type(relation)], _finite(right, text, names)
    raise ParameterError(f"the threshold {text!r} is no comparison; write 'v >= 30'")


def _reset(text: str, variables: tuple[str, ...], names: tuple[str, ...]) -> tuple[Expression, ...]:
    """Follow the lines one after the other; later ones see what earlier ones have set."""
    now = {name: sympy.Symbol(name, real=True) for name in variables}
    for line in _lines(text):
        target, value = _assignment(line)
        if target not in now:
            raise ParameterError(f"reset {line!r}: {target} is no variable of the equations")
        now[target] = _expression(value, names).subs(
            {sympy.Symbol(name, real=True): is_now for name, is_now in now.items()}, simultaneous=True
        )
    return tuple(now.values())


def _assignment(line: str) -> tuple[str, str]:
    """Split ``v = …``; ``u += …`` becomes ``u + (…)``."""
    match = _RESET.fullmatch(line)
    if match is None:
        raise ParameterError(f"reset {line!r} sets nothing; write 'v = …' or 'u += …'")
    name, operator, value = match.groups()
    return name, f"{name} {operator} ({value.strip()})" if operator else value.strip()


def _expression(text: str, names: tuple[str, ...]) -> Expression:
    return _finite(_parse(text), text, names)


def _finite(node: ast.expr, text: str, names: tuple[str, ...]) -> Expression:
    found = _symbols(node, text, names)
    if found.has(sympy.zoo, sympy.nan, sympy.oo, sympy.I):
        raise ParameterError(f"{text!r} is not a finite real number")
    return found


def _parse(text: str) -> ast.expr:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise ParameterError(f"{text!r} cannot be read: {error}") from None


def _symbols(node: ast.expr, text: str, names: tuple[str, ...]) -> Expression:
    """Turn a tree into symbols."""
    match node:
        case ast.Constant(value=bool()):
            pass
        case ast.Constant(value=int() as value):
            return sympy.Integer(value)
        case ast.Constant(value=float() as value):
            return sympy.Float(value)
        case ast.Name(id=name):
            return sympy.Symbol(_known(name, names, text), real=True)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_symbols(operand, text, names)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
            return _combined(operator, _symbols(left, text, names), _symbols(right, text, names), text)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            function = FUNCTIONS[_known(name, tuple(FUNCTIONS), text)]
            if (len(args) > 1) is not (name in _OF_MANY):
                raise ParameterError(f"{text!r}: {name} has the wrong number of arguments")
            return function(*(_symbols(arg, text, names) for arg in args))
    raise ParameterError(f"{ast.unparse(node)!r} in {text!r} is not arithmetic")


def _combined(operator: ast.operator, left: Expression, right: Expression, text: str) -> Expression:
    if isinstance(operator, ast.Pow) and right.is_number and not abs(right) <= _GREATEST_POWER:
        raise ParameterError(f"{text!r}: a power must not be above {_GREATEST_POWER}")
    return _OPERATORS[type(operator)](left, right)


def _known(name: str, names: tuple[str, ...], text: str) -> str:
    if name in names:
        return name
    close = get_close_matches(name, names, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(names)}"
    raise ParameterError(f"{name!r} in {text!r} is not known; {hint}")
