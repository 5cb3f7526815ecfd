"""Reading what narrows a sweep: ``when`` a parameter has an effect, and which combinations to ``exclude``."""

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from batchwork.errors import ParameterError
from batchwork.io.naming import nearest
from batchwork.io.yaml_marks import Place
from batchwork.io.yaml_sections import Problems
from batchwork.tactile.kernels.clock import Clock
from batchwork.tactile.sweeps.conditions import Condition
from batchwork.tactile.sweeps.entry import Axis, Gate
from batchwork.tactile.sweeps.forms import Value
from batchwork.tactile.sweeps.kinds import Kind


def read_gates(
    given: object, problems: Problems, path: Place, kind: Kind, axes: Sequence[Axis]
) -> tuple[tuple[int, Gate], ...]:
    """Read ``when: {step_time: "amplitude > 20"}``, and add what the type itself makes conditional.

    Returns
    -------
    tuple of (int, Gate)
        For `Entry`: each axis after those that its gate looks at.
    """
    where = (*path, "when")
    if not isinstance(given, dict | None):
        problems.add(where, f'write  PARAMETER: "CONDITION", not {given!r}', at_value=True)
        return ()
    written = dict(_written(given or {}, problems, where, kind, axes))
    own = {i: (gate, frozenset({kind.rules.selector})) for i, gate in _by_selector(kind, axes, problems, path)}
    gates = {**own, **{i: (condition.holds, condition.names) for i, condition in written.items()}}
    for i in own.keys() & written.keys():
        gates[i] = (_both(own[i][0], written[i].holds), written[i].names | {kind.rules.selector})
    try:
        order = list(
            TopologicalSorter({i: _places(names, axes, kind) for i, (_, names) in gates.items()}).static_order()
        )
    except CycleError:
        problems.add(where, "these conditions depend on one another in a circle")
        return ()
    return tuple((i, gates[i][0]) for i in order if i in gates)


def _both(one: Gate, other: Gate) -> Gate:
    return lambda values: one(values) and other(values)


def _places(names: frozenset[str], axes: Sequence[Axis], kind: Kind) -> set[int]:
    own = {each for name in names for each in kind.own(name)}
    return {i for i, axis in enumerate(axes) if own & set(axis.names)}


def _by_selector(kind: Kind, axes: Sequence[Axis], problems: Problems, path: Place) -> Iterator[tuple[int, Gate]]:
    """Find the axes that have an effect only for some of the words that are swept."""
    words = next((axis.points for axis in axes if axis.names == (kind.rules.selector,)), ())
    for i, axis in enumerate(axes if len(words) > 1 else ()):
        bound = [name for name in axis.names if name in kind.rules.only]
        if bound and len(axis.names) > 1:
            problems.add(path, f"{axis.label} cannot vary together: write one entry for each {kind.rules.selector}")
        elif bound:
            yield i, _uses(kind, bound[0])


def _uses(kind: Kind, name: str) -> Gate:
    return lambda values: kind.uses(name, values)


def _written(
    given: Mapping[str, object], problems: Problems, where: Place, kind: Kind, axes: Sequence[Axis]
) -> Iterator[tuple[int, Condition]]:
    labels = {axis.key: i for i, axis in enumerate(axes) if axis.label == axis.key}
    set_here = {name for axis in axes for name in axis.names}
    for name, text in given.items():
        if name not in labels:
            told = f"a condition belongs to a key that has values of its own here; {nearest(str(name), labels)}"
            problems.add((*where, name), told)
            continue
        try:
            condition = Condition.parse(text)
            for used in sorted(condition.names):
                _check_used(used, name, kind, {*set_here, *kind.defaults})
        except ParameterError as error:
            problems.add((*where, name), str(error), at_value=True)
            continue
        yield labels[name], condition


def _check_used(used: str, name: str, kind: Kind, seen: set[str]) -> None:
    known = {each for each in kind.names if len(kind.own(each)) == 1 and kind.own(each)[0] in seen} - {name}
    if used not in known:
        raise ParameterError(f"'{used}' has no value to look at here; {nearest(used, known)}")


def read_exclude(
    given: object, problems: Problems, path: Place, kind: Kind, clock: Clock
) -> tuple[Mapping[str, Value], ...]:
    """Read ``exclude: [{amplitude: 50, sigma: 0.3}]``."""
    where = (*path, "exclude")
    if given is None:
        return ()
    if not isinstance(given, list) or not all(isinstance(each, dict) and each for each in given):
        told = f"write a list such as [{{amplitude: 50, sigma: 0.3}}], not {given!r}"
        problems.add(where, told, at_value=True)
        return ()
    return tuple(_excluded(each, problems, (*where, i), kind, clock) for i, each in enumerate(given))


def _excluded(
    given: Mapping[str, object], problems: Problems, where: Place, kind: Kind, clock: Clock
) -> Mapping[str, Value]:
    values: dict[str, Value] = {}
    for name, value in given.items():
        if name not in kind.names:
            problems.add((*where, name), f"unknown key; {nearest(str(name), kind.names)}")
            continue
        try:
            values.update(zip(kind.own(name), kind.read(name, value, clock), strict=True))
        except ParameterError as error:
            problems.add((*where, name), str(error), at_value=True)
    return values
