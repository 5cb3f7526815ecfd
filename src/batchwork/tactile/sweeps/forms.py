"""What the value of a parameter looks like in YAML: one value, or a list that sweeps."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Literal, Protocol, TypeAlias, Union, get_args, get_origin

from batchwork.errors import ParameterError

Value: TypeAlias = object
"""A number, a text, or nested tuples of them."""

_PLANE = 2
_EXACT = 1 << 53
"""Up to here every whole number is a float of its own."""


class Form(Protocol):
    """How a parameter is written."""

    def read(self, value: object) -> Value:
        """Turn one value into a plain one, always of the same type.

        Raises
        ------
        ParameterError
            That says what is expected.
        """

    def is_one(self, value: object) -> bool:
        """Say whether a list is one value, not several."""


@dataclass(frozen=True, slots=True)
class Number:
    """A finite number; -0 is 0."""

    def read(self, value: object) -> float:
        """Give a float."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= sys.float_info.max:
            raise ParameterError(f"write a number, not {_shown(value)}")
        return float(value) + 0.0

    def is_one(self, value: object) -> bool:
        """A list of numbers is several."""
        return not isinstance(value, list)


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number."""

    def read(self, value: object) -> int:
        """Give an int."""
        if isinstance(value, bool) or not isinstance(value, int | float) or value % 1:  # infinity % 1 is no number
            raise ParameterError(f"write a whole number, not {_shown(value)}")
        if abs(value) > _EXACT:
            raise ParameterError(f"{_shown(value)} is too large")
        return int(value)

    def is_one(self, value: object) -> bool:
        """A list of numbers is several."""
        return not isinstance(value, list)


@dataclass(frozen=True, slots=True)
class Word:
    """One of some words."""

    words: tuple[str, ...]

    def read(self, value: object) -> str:
        """Give the word."""
        if not isinstance(value, str) or value not in self.words:
            raise ParameterError(f"write one of {', '.join(self.words)}, not {_shown(value)}")
        return value

    def is_one(self, value: object) -> bool:
        """A list of words is several."""
        return not isinstance(value, list)


@dataclass(frozen=True, slots=True)
class Vector:
    """``[x, y]``."""

    def read(self, value: object) -> tuple[float, ...]:
        """Give x and y."""
        if not isinstance(value, list | tuple) or len(value) != _PLANE:
            raise ParameterError(f"write [x, y], not {_shown(value)}")
        return tuple(Number().read(part) for part in value)

    def is_one(self, value: object) -> bool:
        """A list of lists is several."""
        return not isinstance(value, list) or not any(isinstance(part, list) for part in value)


@dataclass(frozen=True, slots=True)
class Path:
    """``[[x, y], [x, y], …]``."""

    def read(self, value: object) -> tuple[tuple[float, ...], ...]:
        """Give the points."""
        if not isinstance(value, list | tuple) or len(value) < _PLANE:
            raise ParameterError(f"write [[x, y], [x, y]] or more points, not {_shown(value)}")
        return tuple(Vector().read(point) for point in value)

    def is_one(self, value: object) -> bool:
        """A list of lists of points is several."""
        return not isinstance(value, list) or not any(Vector().is_one(p) is False for p in value)


@dataclass(frozen=True, slots=True)
class Nested:
    """A list of mappings, one value; `reader` knows what is in them."""

    reader: Callable[[object], Value]

    def read(self, value: object) -> Value:
        """Give what the reader makes of it."""
        return self.reader(value)

    def is_one(self, value: object) -> bool:  # noqa: ARG002 - whatever it is, it does not sweep
        """It is always one."""
        return True


def form_of(annotation: object) -> Form:
    """Find the form for a type annotation of a stimulus.

    Raises
    ------
    ParameterError
        If there is none.
    """
    if get_origin(annotation) in {Union, UnionType}:  # None stands for a default that is worked out
        (annotation,) = (part for part in get_args(annotation) if part is not type(None))
    if annotation is float:
        return Number()
    if annotation is int:
        return Whole()
    if get_origin(annotation) is Literal:
        return Word(get_args(annotation))
    if annotation == tuple[float, float]:
        return Vector()
    if get_origin(annotation) in {tuple, Sequence} and get_args(annotation)[0] == tuple[float, float]:
        return Path()
    raise ParameterError(f"a {annotation} cannot be written in a configuration file")


def _shown(value: object) -> str:
    return "nothing" if value is None else repr(value)
