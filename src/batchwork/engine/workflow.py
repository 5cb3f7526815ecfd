"""Workflows: named graphs of steps, checked and bound when they are declared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from batchwork.engine.steps import Step
from batchwork.errors import DeclarationError
from batchwork.io.naming import nearest

AnyStep: TypeAlias = Step[..., Any]
"""A step of any signature; `Any` because steps return what they like."""

BindingKind: TypeAlias = Literal["source", "sources", "output", "results", "step", "value", "guide", "attribute"]


@dataclass(frozen=True, slots=True)
class Binding:
    """Where one argument of a step comes from.

    Attributes
    ----------
    argument : str
    kind : str
    ref : str
        The earlier step, the value or the attribute.
    many : bool
        A list over the members of a group.
    optional : bool
        Whether None is accepted.
    part : str
        The output of that step which is meant; "" is all of them.
    """

    argument: str
    kind: BindingKind
    ref: str
    many: bool = False
    optional: bool = False
    part: str = ""


@dataclass(frozen=True)
class Workflow:
    """A named graph of steps.

    Parameters
    ----------
    name : str
        Names the ledger of a batch; letters, digits, ``-`` and ``_``.
    steps : sequence of Step
        In an order in which each comes after those it takes outputs from.
    columns : sequence of str
        Values and attributes that tables show; by default all values.
    weigh : str
        ``module:function`` or ``file.py:function`` that takes an item's path and gives how much data it
        holds, in bytes, or None. Members of a series that hold much less than the others are skipped.
        Without it nobody is.
    complete : str
        A function named likewise that says False of a file which is not complete yet, for `watch`.
    worst : str
        A value, a number: reports list failed items first, then those where it is largest.

    Raises
    ------
    DeclarationError
        If an argument of a step can be bound to nothing, or names collide.
    """

    name: str
    steps: Sequence[AnyStep]
    columns: Sequence[str] = ()
    weigh: str = ""
    complete: str = ""
    worst: str = ""
    bindings: Mapping[str, tuple[Binding, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.name.replace("-", "").replace("_", "").isalnum():
            raise DeclarationError(f"workflow name '{self.name}': use letters, digits, - and _")
        if not self.steps:
            raise DeclarationError(f"workflow '{self.name}' has no steps")
        object.__setattr__(self, "steps", tuple(self.steps))
        names = [step.name for step in self.steps]
        for name in names:
            if names.count(name) > 1:
                raise DeclarationError(f"workflow '{self.name}' has two steps named '{name}'")
        if self.worst and self.worst not in self.values:
            raise DeclarationError(f"workflow '{self.name}': worst= names '{self.worst}', which is no value of a step")
        object.__setattr__(self, "bindings", {step.name: self._bind(step) for step in self.steps})

    def __getitem__(self, name: str) -> AnyStep:
        """Give a step by its name.

        Raises
        ------
        DeclarationError
            If there is none of that name.
        """
        for step in self.steps:
            if step.name == name:
                return step
        raise DeclarationError(
            f"workflow '{self.name}' has no step '{name}'; {nearest(name, [s.name for s in self.steps])}"
        )

    @property
    def values(self) -> tuple[str, ...]:
        """Names of the item values that steps write, read or are guided by, in order of appearance."""
        return tuple(dict.fromkeys(name for s in self.steps for name in (*s.writes, *s.reads, *s.guides)))

    @property
    def usual_steps(self) -> tuple[str, ...] | None:
        """Name the steps that run where none are named; None is all."""
        usual = tuple(step.name for step in self.steps if not step.on_request)
        return None if len(usual) == len(self.steps) else usual

    def inputs_of(self, name: str) -> tuple[str, ...]:
        """Name the steps whose outputs a step takes."""
        return tuple(dict.fromkeys(b.ref for b in self.bindings[name] if b.kind == "step"))

    def needed_by(self, name: str, values: Mapping[str, object]) -> tuple[str, ...]:
        """Name the steps without whose success a step cannot run for an item that has these values.

        They are its inputs, and the writers of values that it reads and the item does not have.
        """
        needed = frozenset(b.ref for b in self.bindings[name] if b.kind == "value" and not b.optional)
        return tuple(dict.fromkeys((*self.inputs_of(name), *self.writers_of_missing(name, values, needed))))

    def writers_of_missing(
        self, name: str, values: Mapping[str, object], among: frozenset[str] | None = None
    ) -> tuple[str, ...]:
        """Name the earlier steps that write values which a step reads and these do not have."""
        read = [b.ref for b in self.bindings[name] if b.kind == "value" and (among is None or b.ref in among)]
        missing = {ref for ref in read if values.get(ref) is None}
        if not missing:
            return ()
        waits = self.waits_for(name)
        return tuple(step.name for step in self.steps if step.name in waits and missing & set(step.writes))

    def waits_for(self, name: str) -> tuple[str, ...]:
        """Name the steps that must be over before a step runs: its inputs, and the writers of values it reads."""
        step, found = self[name], dict.fromkeys(self.inputs_of(name))
        for earlier in self.steps:
            if earlier.name == name:
                break
            if set(earlier.writes) & set(step.reads):
                found[earlier.name] = None
        return tuple(found)

    def takes_items(self, name: str) -> bool:
        """Say whether the members of a group step are items.

        Of one that takes only finer groups they are those; one that takes only what others have made of a whole
        group has none.
        """
        bindings = self.bindings[name]
        many = [b for b in bindings if b.many]
        if many:
            return any(b.kind != "step" or not self[b.ref].is_group for b in many)
        return all(b.kind != "step" for b in bindings) or any(b.kind == "results" for b in bindings)

    def strata(self) -> list[list[AnyStep]]:
        """Split the steps into layers of item steps and of group steps, in an order that can be run."""
        layers: list[list[AnyStep]] = []
        for step in self.steps:
            if not layers or layers[-1][0].is_group != step.is_group or step.is_group:
                layers.append([])
            layers[-1].append(step)
        return layers

    def _bind(self, step: AnyStep) -> tuple[Binding, ...]:
        earlier = {s.name: s for s in self.steps[: self.steps.index(step)]}
        return tuple(self._bind_one(step, name, optional, earlier) for name, optional in step.arguments.items())

    def _bind_one(self, step: AnyStep, name: str, optional: bool, earlier: Mapping[str, AnyStep]) -> Binding:  # noqa: FBT001
        if name in step.takes or name in earlier:
            return self._bind_step(step, name, earlier)
        if name in step.reads:
            return Binding(name, "value", name, many=step.is_group, optional=optional)
        if name in step.guides:
            return Binding(name, "guide", name, optional=True)
        if name in {"output", "results"}:
            return Binding(name, "output" if name == "output" else "results", "")
        if name == ("sources" if step.is_group else "source"):
            return Binding(name, "sources" if step.is_group else "source", "", many=step.is_group, optional=optional)
        if name in {"source", "sources"}:
            right = "sources" if step.is_group else "source"
            raise DeclarationError(f"step '{step.name}' over '{step.over}': its argument is '{right}', not '{name}'")
        if any(s.name == name for s in self.steps):
            raise DeclarationError(f"step '{step.name}' takes '{name}', which does not come before it")
        if step.is_group and name not in {"group", "key", step.over}:
            known = ["sources", "output", "results", "group", "key", step.over, *step.reads, *earlier]
            raise DeclarationError(f"step '{step.name}': argument '{name}' is bound to nothing; {nearest(name, known)}")
        return Binding(name, "attribute", name, optional=optional)

    def _bind_step(self, step: AnyStep, name: str, earlier: Mapping[str, AnyStep]) -> Binding:
        taken = step.takes.get(name, name)
        ref, _, part = (taken, "", "") if taken in earlier else taken.partition(".")
        if ref not in earlier:
            raise DeclarationError(
                f"step '{step.name}' takes '{ref}', which is no step before it; {nearest(ref, earlier)}"
            )
        if part and part not in earlier[ref].outputs:
            raise DeclarationError(
                f"step '{step.name}' takes '{taken}', which is no output; {nearest(part, earlier[ref].outputs)}"
            )
        if not earlier[ref].outputs:
            raise DeclarationError(f"step '{step.name}' takes '{ref}', which declares no outputs")
        rank = {"item": 0, "batch": 2}
        mine, theirs = rank.get(step.over, 1), rank.get(earlier[ref].over, 1)
        if mine == theirs == 1 and step.over != earlier[ref].over:
            raise DeclarationError(
                f"step '{step.name}' over '{step.over}' cannot take '{ref}', which runs over '{earlier[ref].over}'"
            )
        return Binding(name, "step", ref, many=theirs < mine, part=part)
