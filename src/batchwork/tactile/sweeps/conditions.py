"""Conditions such as ``amplitude > 20 and sigma < 0.5``: parsed, never run as Python."""

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self, TypeAlias

from batchwork.errors import ParameterError

Values: TypeAlias = Mapping[str, Any]
"""Numbers and words, by name."""
Term: TypeAlias = Callable[[Values], Any]
"""Part of a condition; what it gives is a number, a word or a truth."""

_LONGEST = 500
_COMPARE: Final[Mapping[type[ast.cmpop], Callable[[Any, Any], bool]]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip
_ARITHMETIC: Final[Mapping[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on the parameters of a stimulus.

    Attributes
    ----------
    text : str
    names : frozenset of str
        The parameters that it looks at.
    """

    text: str
    names: frozenset[str]
    _test: Term

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read comparisons of parameters, numbers and words, joined by and, or, not.

        Raises
        ------
        ParameterError
            If it is anything else.
        """
        if not isinstance(text, str) or len(text) > _LONGEST:
            raise ParameterError(f"write a comparison such as  amplitude > 20, not {text!r}")
        try:
            tree = ast.parse(text.strip(), mode="eval").body
            names: set[str] = set()
            test = _truth(tree, names)
        except (SyntaxError, RecursionError, MemoryError):
            raise ParameterError(f"'{text}' is no comparison such as  amplitude > 20") from None
        return cls(text, frozenset(names), test)

    def holds(self, values: Values) -> bool:
        """Say whether it is true for some values.

        Raises
        ------
        ParameterError
            If a word is compared with a number, or something divided by zero.
        """
        try:
            return bool(self._test(values))
        except TypeError:
            raise ParameterError(f"'{self.text}' compares a word with a number") from None
        except ZeroDivisionError:
            raise ParameterError(f"'{self.text}' divides by zero") from None


def _truth(node: ast.expr, names: set[str]) -> Term:
    match node:
        case ast.BoolOp(op=ast.And(), values=parts):
            both = [_truth(part, names) for part in parts]
            return lambda values: all(part(values) for part in both)
        case ast.BoolOp(values=parts):
            either = [_truth(part, names) for part in parts]
            return lambda values: any(part(values) for part in either)
        case ast.UnaryOp(op=ast.Not(), operand=part):
            negated = _truth(part, names)
            return lambda values: not negated(values)
        case ast.Compare(left=left, ops=ops, comparators=right) if all(type(op) in _COMPARE for op in ops):
            return _chain([_number(side, names) for side in (left, *right)], [_COMPARE[type(op)] for op in ops])
    raise ParameterError(f"'{ast.unparse(node)}' is no comparison such as  amplitude > 20")


def _chain(sides: list[Term], compare: list[Callable[[Any, Any], bool]]) -> Term:
    def holds(values: Values) -> bool:
        found = [side(values) for side in sides]
        return all(test(a, b) for test, a, b in zip(compare, found, found[1:], strict=False))

    return holds


def _number(node: ast.expr, names: set[str]) -> Term:
    match node:
        case ast.Name(id=name):
            names.add(name)
            return lambda values: values[name]
        case ast.Constant(value=bool()):
            pass
        case ast.Constant(value=int() | float() | str() as value):
            return lambda _: value
        case ast.UnaryOp(op=ast.USub(), operand=part):
            positive = _number(part, names)
            return lambda values: -positive(values)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            a, b, work = _number(left, names), _number(right, names), _ARITHMETIC[type(op)]
            return lambda values: work(a(values), b(values))
    raise ParameterError(f"'{ast.unparse(node)}' cannot stand in a condition; use parameters, numbers and words")
