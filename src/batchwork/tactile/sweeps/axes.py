"""Reading the axes of one of a file's ``stimuli``: single values, lists, rules, designs, and what is zipped."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from batchwork.errors import ParameterError
from batchwork.io.naming import nearest
from batchwork.io.yaml_marks import Place
from batchwork.io.yaml_sections import Problems
from batchwork.tactile.kernels.clock import Clock
from batchwork.tactile.sweeps.designs import DESIGNS, box_side
from batchwork.tactile.sweeps.entry import Axis
from batchwork.tactile.sweeps.forms import Number, Value
from batchwork.tactile.sweeps.kinds import Kind
from batchwork.tactile.sweeps.spacing import between, count_of, seed_of, spaced

RESERVED: Final = frozenset({"type", "repetitions", "name", "seed", "zip", "when", "exclude", *DESIGNS})
"""Keys of an entry that are no parameters."""

Point = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class AxesReader:
    """Reads the axes of one entry, and tells its problems at their places.

    Attributes
    ----------
    problems : Problems
    path : tuple
        Where the entry stands.
    kind : Kind
    clock : Clock
    seed : int
        For what is drawn.
    """

    problems: Problems
    path: Place
    kind: Kind
    clock: Clock
    seed: int

    def read(self, given: Mapping[str, object]) -> tuple[Axis, ...]:
        """Read all axes, in the order of the file."""
        axes: list[Axis] = []
        for name, value in given.items():
            with self._told(name):
                if name in DESIGNS:
                    axes.append(self._design(name, value))
                elif name not in RESERVED:
                    self._check_name(name)
                    axes.append(Axis(name, name, self.kind.own(name), self._points(name, value)))
        for name in sorted(self.kind.rules.nested - given.keys()):
            self.problems.add(self.path, f"the key '{name}' is missing")
        self._check_twice(axes)
        self._check_idle(axes)
        return tuple(self._zipped(axes, given["zip"])) if "zip" in given else tuple(axes)

    @contextmanager
    def _told(self, *below: object, at_value: bool = True) -> Iterator[None]:
        """Tell an error at the place of a key."""
        try:
            yield
        except _UnknownName as error:
            self.problems.add((*self.path, *below), str(error))
        except ParameterError as error:
            self.problems.add((*self.path, *below), str(error), at_value=at_value)

    def _check_name(self, name: str) -> None:
        if name not in self.kind.names:
            raise _UnknownName(f"unknown key; {nearest(name, {*self.kind.names, *RESERVED})}")

    def _points(self, name: str, value: object) -> tuple[Point, ...]:
        form = self.kind.form(name)
        if isinstance(value, dict):
            if not isinstance(form, Number):
                raise ParameterError(f"write values; only numbers can be given by a rule, not {value!r}")
            seed = seed_of(self.seed, self.kind.name, name)
            return self._distinct(name, [self.kind.read(name, each, self.clock) for each in spaced(value, seed=seed)])
        if form.is_one(value):
            return (self.kind.read(name, value, self.clock),)
        assert isinstance(value, list)  # noqa: S101 - no other value is several
        if not value:
            raise ParameterError("an empty list gives no stimulus; write values, or leave the key out")
        read: list[Point] = []
        for i, each in enumerate(value):
            with self._told(name, i):
                read.append(self.kind.read(name, each, self.clock))
        return self._distinct(name, read) if len(read) == len(value) else tuple(read)

    def _distinct(self, name: str, points: list[Point]) -> tuple[Point, ...]:
        first: dict[str, int] = {}
        for i, point in enumerate(points):
            known = first.setdefault(json.dumps(point), i)
            if known != i:
                line = self.problems.document.spot((*self.path, name, known)).line
                told = f"this value stands in the list twice, as number {known + 1} in line {line} and here"
                self.problems.add((*self.path, name, i), told, at_value=True)
        return tuple(points)

    def _design(self, name: str, given: object) -> Axis:
        """Read ``{n: 64, amplitude: [10, 50], sigma: [0.2, 1.0]}``."""
        if not isinstance(given, dict) or len(given.keys() - {"n"}) < 1:
            raise ParameterError(f"write {name}: {{n: 64, sigma: [0.2, 1.0]}}, not {given!r}")
        count, sides = count_of(given.get("n")), {}
        for key, side in given.items():
            if key != "n":
                with self._told(name, key):
                    self._check_name(key)
                    sides[key] = box_side(side, self.kind.form(key))
        names = list(sides)
        points = DESIGNS[name](count, len(names), seed_of(self.seed, self.kind.name, name, names)) if names else []
        made = [self._placed(row, sides) for row in points]
        own = tuple(self.kind.own(key)[0] for key in names)
        return Axis(name, f"{name}({', '.join(names)})", own, made, is_design=True)

    def _placed(self, row: object, sides: Mapping[str, tuple[float, float]]) -> Point:
        """Bring a point of the unit cube into the box."""
        assert isinstance(row, list | tuple)  # noqa: S101 - designs give rows
        placed = (between(low, high, unit) for unit, (low, high) in zip(row, sides.values(), strict=True))
        return tuple(self.kind.read(name, value, self.clock)[0] for name, value in zip(sides, placed, strict=True))

    def _check_twice(self, axes: list[Axis]) -> None:
        first: dict[str, str] = {}
        for axis in axes:
            for name in axis.names:
                if name in first:
                    told = f"'{name}' is set by '{first[name]}' already; leave one of them out"
                    self.problems.add((*self.path, axis.key), told)
                first[name] = axis.key

    def _check_idle(self, axes: list[Axis]) -> None:
        """Refuse values that nothing would use."""
        rules = self.kind.rules
        selecting = [axis for axis in axes if axis.names == (rules.selector,)]
        words = [word for axis in selecting for (word,) in axis.points] or [self.kind.defaults.get(rules.selector)]
        for axis in axes:
            for name in axis.names:
                if name in rules.only and rules.only[name] not in words:
                    told = f"has no effect here; it belongs to {rules.selector}: {rules.only[name]}"
                    self.problems.add((*self.path, axis.key), told)

    def _zipped(self, axes: list[Axis], given: object) -> Iterator[Axis]:
        """Let axes that ``zip: [[a, b]]`` names vary together, in the place of the first of them."""
        groups = list(self._groups(given, {axis.key: axis for axis in axes if not axis.is_design}))
        for axis in axes:
            group = next((group for group in groups if axis in group), None)
            if group is None:
                yield axis
            elif axis is next(each for each in axes if each in group):
                yield self._joined(axis, group)

    def _joined(self, first: Axis, group: list[Axis]) -> Axis:
        names = tuple(name for axis in group for name in axis.names)
        points = tuple(sum(each, ()) for each in zip(*(axis.points for axis in group), strict=True))
        return replace(first, label=", ".join(axis.label for axis in group), names=names, points=points)

    def _groups(self, given: object, known: Mapping[str, Axis]) -> Iterator[list[Axis]]:
        if not isinstance(given, list) or not all(isinstance(group, list) for group in given):
            told = f"write lists of keys that vary together, such as [[amplitude, sigma]], not {given!r}"
            self.problems.add((*self.path, "zip"), told, at_value=True)
            return
        used: set[str] = set()
        for i, group in enumerate(given):
            with self._told("zip", i):
                yield self._group(group, known, used)

    def _group(self, group: list[object], known: Mapping[str, Axis], used: set[str]) -> list[Axis]:
        for name in group:
            if not isinstance(name, str) or name not in known:
                raise ParameterError(f"{name!r} has no values here; {nearest(str(name), known)}")
            if name in used:
                raise ParameterError(f"'{name}' is zipped twice")
            used.add(name)
        lengths = {str(name): len(known[str(name)].points) for name in group}
        if len(lengths) < 2 or len(set(lengths.values())) > 1:  # noqa: PLR2004 - two make a pair
            told = ", ".join(f"{name} has {count}" for name, count in lengths.items())
            raise ParameterError(f"keys that vary together need as many values each: {told}")
        return [known[str(name)] for name in group]


class _UnknownName(ParameterError):
    """A key that means nothing here; its own place is told, not its value's."""
