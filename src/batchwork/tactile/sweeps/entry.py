"""One of a file's ``stimuli``: axes whose combinations are worked out when they are asked for."""

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, TypeAlias

from batchwork.errors import ParameterError
from batchwork.tactile.kernels.clock import Clock
from batchwork.tactile.sweeps.forms import Value
from batchwork.tactile.sweeps.kinds import Kind
from batchwork.tactile.sweeps.rules import Parameters
from batchwork.tactile.sweeps.sample import Sample

MOST_CONDITIONAL = 10_000_000
"""Combinations that conditions can choose from."""

Gate: TypeAlias = Callable[[Mapping[str, Any]], bool]
"""Says, of the other values, whether an axis has an effect."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One or more parameters that vary together.

    Attributes
    ----------
    key : str
        That it stands under in the file.
    label : str
        What a dry run calls it.
    names : tuple of str
        The parameters.
    points : sequence of tuple
        A value for each of `names`.
    is_design : bool
        Whether a design has made the points.
    """

    key: str
    label: str
    names: tuple[str, ...]
    points: Sequence[tuple[Value, ...]]
    is_design: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A type of stimulus and the axes that it is swept over.

    An axis whose gate is shut has no effect: its parameters have their defaults, and its values make no
    further combinations.

    Attributes
    ----------
    kind : Kind
    clock : Clock
        Of the simulation.
    axes : tuple of Axis
        The first runs slowest. A single value is an axis of one point.
    repetitions : int
        How often each combination is simulated, running fastest.
    gates : tuple of (int, Gate)
        Axes that can be without effect, each after those that its gate looks at.
    exclude : tuple of mapping
        Combinations that are left out: those that have all the values of one of them.
    name : str
        What the user calls it.
    """

    kind: Kind
    clock: Clock
    axes: tuple[Axis, ...]
    repetitions: int = 1
    gates: tuple[tuple[int, Gate], ...] = ()
    exclude: tuple[Mapping[str, Value], ...] = ()
    name: str = ""
    _chosen: "array[int] | None" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        chosen = self._choose() if self.gates or self.exclude else None
        object.__setattr__(self, "_chosen", chosen)

    @property
    def product(self) -> int:
        """Count all combinations of the axes."""
        return prod(len(axis.points) for axis in self.axes)

    @property
    def combinations(self) -> int:
        """Count the combinations that are simulated."""
        return self.product if self._chosen is None else len(self._chosen)

    def __len__(self) -> int:
        return self.combinations * self.repetitions

    def parameters(self, combination: int) -> Parameters:
        """Work out one combination, all defaults filled in."""
        flat = combination if self._chosen is None else self._chosen[combination]
        found = self._parameters(flat)
        assert found is not None  # noqa: S101 - only those that are something are chosen
        return found

    def samples(self, start: int, position: int, number: int) -> Iterator[Sample]:
        """Give the samples from one on, each combination worked out once.

        Parameters
        ----------
        start : int
            The first of them, counted within the entry.
        position : int
            Place of the entry's first sample in the sweep.
        number : int
            Place of the entry in the file.
        """
        first, skipped = divmod(start, self.repetitions)
        for combination in range(first, self.combinations):
            parameters = self.parameters(combination)
            described = self.kind.describe(parameters)
            for repetition in range(skipped, self.repetitions):
                index = position + combination * self.repetitions + repetition
                yield Sample(index, number, self.kind.name, parameters, described, repetition)
            skipped = 0

    def left_out(self, combination: Parameters) -> Iterator[int]:
        """Say which of `exclude` match a combination."""
        for i, values in enumerate(self.exclude):
            if all(name in combination and combination[name] == value for name, value in values.items()):
                yield i

    def _choose(self) -> "array[int]":
        if self.product > MOST_CONDITIONAL:
            raise ParameterError(f"conditions can choose from {MOST_CONDITIONAL} combinations, not {self.product}")
        return array("Q", (flat for flat in range(self.product) if self._parameters(flat) is not None))

    def _parameters(self, flat: int) -> Parameters | None:
        """Resolve one of all combinations; None if it is excluded, or repeats another for want of effect."""
        values, places = self._values(flat)
        for i, gate in self.gates:
            if not gate(self._visible(values)):
                if places[i]:
                    return None
                for name in self.axes[i].names:
                    del values[name]
        found = self.kind.resolve(values, self.clock)
        return None if next(self.left_out(found), None) is not None else found

    def _values(self, flat: int) -> tuple[Parameters, list[int]]:
        places = [0] * len(self.axes)
        for i in range(len(self.axes) - 1, -1, -1):
            flat, places[i] = divmod(flat, len(self.axes[i].points))
        values: Parameters = {}
        for axis, place in zip(self.axes, places, strict=True):
            values.update(zip(axis.names, axis.points[place], strict=True))
        return values, places

    def _visible(self, values: Parameters) -> Parameters:
        """Give what a gate can look at, under all names."""
        seen = {**self.kind.defaults, **values}
        return {**seen, **{name: seen[own] for name, own in self.kind.rules.stands_for.items() if own in seen}}
