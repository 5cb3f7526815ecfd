"""Which parameters are drawn along which axis."""

from collections.abc import Mapping
from dataclasses import dataclass

from batchwork.errors import ParameterError
from batchwork.io.naming import nearest
from batchwork.tactile.results.observations import Column, Observations


@dataclass(frozen=True, slots=True)
class Axes:
    """The parameters of a heat map; empty where nothing varies that could be drawn."""

    x: str = ""
    y: str = ""


def choose_axes(types: Mapping[str, Observations], x: str | None, y: str | None) -> dict[str, Axes]:
    """Choose the axes of each type of stimulus.

    Parameters
    ----------
    types : mapping of str to Observations
    x, y : str or None
        What the user wants, where a type has it; else the first two parameters that vary.

    Raises
    ------
    ParameterError
        If no type has such a parameter, or it is the same everywhere.
    """
    for option, name in (("--x", x), ("--y", y)):
        if name is not None:
            _check(types, option, name)
    if x is not None and x == y:
        raise ParameterError(f"--x and --y are both '{x}'; choose two parameters")
    return {name: _axes(observations.varying, x, y) for name, observations in types.items()}


def _axes(varying: Mapping[str, Column], x: str | None, y: str | None) -> Axes:
    across = _one_of(varying, x, beside=y)
    up = _one_of(varying, y, beside=across)
    return Axes(across, up) if across else Axes(up)


def _one_of(varying: Mapping[str, Column], wanted: str | None, *, beside: str | None) -> str:
    """Give the parameter that is wanted; else the first that says more than the one beside it."""
    if wanted is not None and wanted in varying:
        return wanted
    other = varying.get(beside) if beside else None
    return next((name for name, column in varying.items() if other is None or not column.goes_with(other)), "")


def _check(types: Mapping[str, Observations], option: str, name: str) -> None:
    varying = {known for observations in types.values() for known in observations.varying}
    if name in varying:
        return
    if any(name in observations.columns for observations in types.values()):
        told = f"these vary: {', '.join(sorted(varying))}" if varying else "nothing varies in this sweep"
        raise ParameterError(f"{option} {name}: is the same in all samples; {told}")
    known = {known for observations in types.values() for known in observations.columns}
    raise ParameterError(f"{option} {name}: no stimulus has this parameter; {nearest(name, varying or known)}")
