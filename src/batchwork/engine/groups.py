"""Groups while a plan is made: their members, what is left out, what they wait for."""

import json
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from batchwork.engine.graph import BATCH_KEY
from batchwork.engine.judging import Verdict
from batchwork.engine.ledger.rows import ItemRow
from batchwork.engine.signatures import MemberHash
from batchwork.engine.workflow import AnyStep, Workflow
from batchwork.errors import DeclarationError
from batchwork.io.naming import natural_key, nearest


def group_value(step: AnyStep, attrs: Mapping[str, object], item: str) -> str:
    """Give the key of the group that an item belongs to for a step.

    Raises
    ------
    DeclarationError
        If the item has no such attribute.
    """
    if step.over == "batch":
        return BATCH_KEY
    if step.over not in attrs:
        raise DeclarationError(
            f"step '{step.name}' runs over '{step.over}', which item '{item}' does not have; "
            f"{nearest(step.over, attrs)}"
        )
    return str(attrs[step.over])


@dataclass(slots=True)
class Group:
    """One group of one step.

    Attributes
    ----------
    key : str
    ids : array of int
        Items of the group in natural order, those left out included.
    members : MemberHash
        Of those that take part.
    open : int
        Tasks of members that the step still waits for.
    left_out : list of (str, str)
        Members that do not take part, and why.
    unrun : str
        A member that no run has taken on yet; the group waits for it.
    selected : bool
        Whether the run's selection takes one of its members.
    """

    key: str
    ids: "array[int]" = field(default_factory=lambda: array("q"))
    members: MemberHash = field(default_factory=MemberHash)
    open: int = 0
    left_out: list[tuple[str, str]] = field(default_factory=list)
    unrun: str = ""
    selected: bool = False

    def leave_out(self, key: str, verdict: Verdict) -> None:
        """Note a member that does not take part."""
        if verdict.status == "bad" and not verdict.state:
            self.unrun = self.unrun or key
        else:
            self.left_out.append((key, "skipped" if verdict.status == "skip" else verdict.reason))


@dataclass(slots=True)
class GroupBook:
    """All groups of all group steps of one plan."""

    workflow: Workflow
    _groups: dict[str, dict[str, Group]] = field(default_factory=dict)
    _verdicts: dict[tuple[str, str], Verdict] = field(default_factory=dict)

    def steps_over_items(self, layer: list[AnyStep], *, first: bool) -> list[AnyStep]:
        """Name the group steps whose members are complete once a layer of item steps is judged."""
        names = {step.name for step in layer}
        names_in_order = [step.name for step in self.workflow.steps]
        last = {}
        for step in self.workflow.steps:
            if step.is_group:
                waits = [n for n in self.workflow.waits_for(step.name) if not self.workflow[n].is_group]
                last[step.name] = max(waits, key=names_in_order.index) if waits else None
        return [self.workflow[name] for name, at in last.items() if (at in names if at else first)]

    def add_member(
        self,
        step: AnyStep,
        item: ItemRow,
        values: Mapping[str, object],
        verdicts: Mapping[str, Verdict],
        *,
        selected: bool,
    ) -> None:
        """Count an item into its group of a step."""
        key = group_value(step, json.loads(item.attrs), item.key)
        groups = self._groups.setdefault(step.name, {})
        group = groups.get(key) or groups.setdefault(key, Group(key))
        group.ids.append(item.id)
        group.selected |= selected
        if not self.workflow.takes_items(step.name):
            return
        bindings = self.workflow.bindings[step.name]
        inputs = [verdicts[name] for name in self.workflow.inputs_of(step.name) if not self.workflow[name].is_group]
        waits = [name for name in self.workflow.waits_for(step.name) if not self.workflow[name].is_group]
        group.open += sum(verdicts[name].status == "run" for name in waits)
        out = next((v for v in inputs if v.status in {"skip", "bad"}), None)
        if out is not None:
            group.leave_out(item.key, out)
            return
        token = item.token if any(b.kind == "sources" for b in bindings) else None
        read = {b.ref: values.get(b.ref) for b in bindings if b.kind == "value"}
        group.members.add(item.key, token, read, [v.signature for v in inputs])

    def groups(self, step: AnyStep) -> Iterator[Group]:
        """Give the groups of a step in natural order, finer groups below them counted in."""
        groups = self._groups.setdefault(step.name, {})
        finer = (b.ref for b in self.workflow.bindings[step.name] if b.many and b.kind == "step")
        for name in (name for name in dict.fromkeys(finer) if self.workflow[name].is_group):
            batch = groups.setdefault(BATCH_KEY, Group(BATCH_KEY))
            for below in self.groups_of(name):
                self._add_group(batch, name, below)
        for key in sorted(groups, key=natural_key):
            yield groups[key]

    def groups_of(self, step: str) -> list[Group]:
        """Give the groups of a step that has been judged."""
        groups = self._groups.get(step, {})
        return [groups[key] for key in sorted(groups, key=natural_key)]

    def _add_group(self, batch: Group, step: str, below: Group) -> None:
        verdict = self._verdicts[step, below.key]
        batch.selected |= below.selected
        batch.open += verdict.status == "run"
        if verdict.status in {"skip", "bad"}:
            batch.leave_out(below.key, verdict)
        else:
            batch.members.add(f"{step}/{below.key}", None, {}, [verdict.signature])

    def inputs(self, step: AnyStep, group: Group) -> dict[str, Verdict]:
        """Give the verdicts of the group steps that a step takes whole: of the same group, or the batch."""
        found = {}
        for binding in self.workflow.bindings[step.name]:
            if binding.kind == "step" and not binding.many:
                above = self.workflow[binding.ref]
                found[binding.ref] = self._verdicts[binding.ref, BATCH_KEY if above.over == "batch" else group.key]
        return found

    def settle(self, step: AnyStep, group: Group, verdict: Verdict) -> None:
        """Note what was judged of a group."""
        self._verdicts[step.name, group.key] = verdict

    def verdict(self, step: str, group: str) -> Verdict:
        """Give what was judged of a group."""
        return self._verdicts[step, group]

    def find(self, step: str, group: str) -> Group | None:
        """Give a group of a step."""
        return self._groups.get(step, {}).get(group)
