"""What a stimulus is, and the table of the known ones."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields
from difflib import get_close_matches
from typing import Any, Protocol, TypeVar

import numpy as np

from batchwork.errors import ParameterError
from batchwork.tactile.kernels.clock import Clock
from batchwork.tactile.kernels.grid import Grid
from batchwork.tactile.kernels.terms import Floats, Frames, Term

_FRAME_BYTES = 1 << 24


class Stimulus(Protocol):
    """What presses on the skin."""

    def terms(self, grid: Grid, clock: Clock) -> tuple[Term, ...]:
        """Write it as a sum of terms."""


S = TypeVar("S", bound=Stimulus)
_KNOWN: dict[str, type[Stimulus]] = {}


def register(name: str) -> Callable[[type[S]], type[S]]:
    """Make a dataclass known as a type of stimulus; its fields are the parameters.

    Examples
    --------
    A stimulus of one's own is a dataclass with `terms`::

        @register("edge")
        @dataclass(frozen=True, slots=True)
        class Edge:
            amplitude: float = 30.0
            position: float = 0.0

            def terms(self, grid, clock):
                pattern = np.broadcast_to(self.amplitude * (grid.x_mm > self.position)[:, None], (grid.size,) * 2)
                return (Separable(pattern, np.ones(clock.steps)),)

    Raises
    ------
    ParameterError
        If the name is taken.
    """

    def enter(kind: type[S]) -> type[S]:
        if name in _KNOWN:
            raise ParameterError(f"there is a stimulus {name!r} already")
        _KNOWN[name] = kind
        return kind

    return enter


def kinds() -> dict[str, type[Stimulus]]:
    """List the known types of stimuli."""
    return dict(_KNOWN)


def kind_of(name: str) -> type[Stimulus]:
    """Find a type of stimulus.

    Raises
    ------
    ParameterError
        If there is none of this name; it tells the nearest.
    """
    if name not in _KNOWN:
        raise ParameterError(f"no stimulus of type {name!r}; {_nearest(name, _KNOWN)}")
    return _KNOWN[name]


def make(name: str, parameters: Mapping[str, Any]) -> Stimulus:  # values of several types, as YAML has them
    """Make a stimulus from the name of its type and its parameters; those that are missing have defaults.

    Raises
    ------
    ParameterError
        If a name is unknown or a value does not fit.
    """
    kind = kind_of(name)
    known = defaults(name)
    for key in parameters:
        if key not in known:
            raise ParameterError(f"{name}: no parameter {key!r}; {_nearest(key, known)}")
    return kind(**parameters)


def defaults(name: str) -> dict[str, Any]:  # values of several types
    """List the parameters of a type of stimulus with their defaults.

    Raises
    ------
    ParameterError
        If there is no such type.
    """
    found = fields(kind_of(name))  # type: ignore[arg-type]  # `register` takes dataclasses
    return {f.name: f.default_factory() if f.default_factory is not MISSING else f.default for f in found}


def frames(stimulus: Stimulus, grid: Grid, clock: Clock) -> Frames:
    """Show a stimulus, (steps, size, size) with x before y."""
    film = np.empty((clock.steps, grid.size, grid.size), np.float32)
    for start, part in iterate_frames(stimulus, grid, clock):
        film[start : start + len(part)] = part
    return film


def iterate_frames(stimulus: Stimulus, grid: Grid, clock: Clock) -> Iterator[tuple[int, Frames]]:
    """Show a stimulus some steps at a time: the first of them, and their frames."""
    terms = stimulus.terms(grid, clock)
    stride = max(_FRAME_BYTES // (4 * grid.receptors), 1)
    for start in range(0, clock.steps, stride):
        steps = slice(start, min(start + stride, clock.steps))
        part = np.zeros((steps.stop - start, grid.size, grid.size), np.float32)
        for term in terms:
            part += term.frames(steps)
        yield start, part


def bell(distance: Floats, sigma: float) -> Floats:
    """Gaussian of height 1, ``exp(-d² / 2 sigma²)``."""
    return np.exp(-(distance**2) / (2 * sigma**2))


def _nearest(name: str, known: Mapping[str, object]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"
