"""Checks of numbers that users give."""

import math
from collections.abc import Sequence

from batchwork.errors import ParameterError


def positive(name: str, value: float) -> None:
    """Refuse what is not a number above zero.

    Raises
    ------
    ParameterError
        That names the parameter and its value.
    """
    if not (math.isfinite(value) and value > 0):
        raise ParameterError(f"{name} must be above 0, not {value}")


def not_negative(name: str, value: float) -> None:
    """Refuse what is not a number from zero on.

    Raises
    ------
    ParameterError
        That names the parameter and its value.
    """
    if not (math.isfinite(value) and value >= 0):
        raise ParameterError(f"{name} must be 0 or above, not {value}")


def finite(name: str, value: float) -> None:
    """Refuse infinities and what is no number.

    Raises
    ------
    ParameterError
        That names the parameter and its value.
    """
    if not math.isfinite(value):
        raise ParameterError(f"{name} must be a finite number, not {value}")


def vector(name: str, value: Sequence[float]) -> None:
    """Refuse what is not an x and a y.

    Raises
    ------
    ParameterError
        That names the parameter and its value.
    """
    if len(value) != 2:  # noqa: PLR2004 - x and y
        raise ParameterError(f"{name} must be [x, y], not {value}")
    for number in value:
        finite(name, number)
