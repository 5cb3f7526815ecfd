"""From a pending row of the ledger to a task that a child can run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import Literal

from batchwork.engine import item_parameters
from batchwork.engine.backends.base import StepSpec, TaskSpec
from batchwork.engine.definition import Definition
from batchwork.engine.graph import BATCH_KEY
from batchwork.engine.groups import GroupBook, group_value
from batchwork.engine.ledger import rows
from batchwork.engine.ledger.ledger import Ledger
from batchwork.engine.ledger.rows import ItemRow, TaskRow
from batchwork.engine.ledger.values import current_values, entered_value
from batchwork.engine.loading import step_ref
from batchwork.engine.machine import cores
from batchwork.engine.parameters import resolve
from batchwork.engine.paths import Layout
from batchwork.engine.signatures import MemberHash, StepNeeds, signature_of
from batchwork.engine.workflow import AnyStep
from batchwork.errors import MissingValue
from batchwork.io.atomic import partial_path

_LOG_NAME_BYTES = 200


@dataclass(frozen=True, slots=True)
class Prepared:
    """A task ready to be submitted, and what is needed to record its end.

    Attributes
    ----------
    spec : TaskSpec
    row : TaskRow
    item : ItemRow or None
        None for a group's task.
    parts : str
        What its signature is made of.
    finals : mapping of str to str
        Output name → path relative to the batch's folder.
    left_out : sequence of (str, str)
        Members of the group that do not take part.
    has_members : bool
        Whether a group has any that do.
    """

    spec: TaskSpec
    row: TaskRow
    item: ItemRow | None
    parts: str
    finals: Mapping[str, str]
    left_out: Sequence[tuple[str, str]] = ()
    has_members: bool = True


@dataclass(slots=True)
class _Members:
    """What a group's step takes of its members, in their order."""

    hash: MemberHash = field(default_factory=MemberHash)
    sources: list[str | None] = field(default_factory=list)
    values: list[Mapping[str, object]] = field(default_factory=list)
    tasks: dict[str, list[TaskRow]] = field(default_factory=dict)
    left_out: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Preparer:
    """Prepares the tasks of one run."""

    ledger: Ledger
    definition: Definition
    run: int
    book: GroupBook
    needs: dict[str, StepNeeds] = field(init=False)
    layout: Layout = field(init=False)
    _owner: str = field(init=False)

    def __post_init__(self) -> None:
        self.needs = self.definition.needs()
        self.layout = Layout(self.definition)
        self._owner = self.ledger.owner

    def step_specs(self) -> dict[str, StepSpec]:
        """Describe the workflow's steps for the children."""
        return {step.name: self._step_spec(step) for step in self.definition.workflow.steps}

    def _step_spec(self, step: AnyStep) -> StepSpec:
        ref = step_ref(step)
        kinds = {b.argument: b.kind for b in self.definition.workflow.bindings[step.name]}
        params = self.definition.resolved(step.name)
        threads = _threads(step.resources.cpus, self.definition.options.workers)
        guests = self.layout.guests[step.name]
        return StepSpec(step.name, ref.module, ref.attribute, params, kinds, step.writes, threads, guests)

    def item_task(self, row: TaskRow, item: ItemRow) -> Prepared:
        """Prepare a step's task for an item.

        Raises
        ------
        MissingValue
            If a value that the step needs is not set.
        ParameterError
            If a parameter of the item's own does not fit.
        """
        step = self.definition.workflow[row.step]
        needs = self.needs[row.step]
        attrs = {**json.loads(item.attrs), "key": item.key} if self.layout.needs_attrs else {"key": item.key}
        known = needs.values or item_parameters.any_in(self.ledger)
        values = needs.with_stand_ins(current_values(self.ledger.db, item.id)) if known else {}
        own = item_parameters.of_step(step.name, values)
        self._check_values(needs, values, item.key)
        inputs = self._inputs_of_item(step, item, attrs)
        args = self._item_arguments(step, item, attrs, values, inputs)
        signatures = {name: signature_of(task) for name, task in inputs.items()}
        parts = needs.item_parts(item.token, attrs, values, signatures, own)
        finals = self.layout.of_item(step, item.key, attrs, is_file=item.source is not None)
        spec = self._spec(row, step, item.key, args, finals, item.source)
        if own:
            spec = replace(spec, params=self._with_own(step, own))
        return Prepared(spec, row, item, parts, finals)

    def _item_arguments(
        self,
        step: AnyStep,
        item: ItemRow,
        attrs: Mapping[str, object],
        values: Mapping[str, object],
        inputs: Mapping[str, TaskRow],
    ) -> dict[str, object]:
        """Give what a step is called with for an item, but for its output and its parameters."""
        args: dict[str, object] = {}
        for binding in self.definition.workflow.bindings[step.name]:
            match binding.kind:
                case "source":
                    args[binding.argument] = item.source
                case "results":
                    args[binding.argument] = str(self.definition.out)
                case "step":
                    args[binding.argument] = self._paths(inputs[binding.ref], binding.part)
                case "value":
                    args[binding.argument] = values.get(binding.ref)
                case "guide":
                    args[binding.argument] = entered_value(self.ledger.db, item.id, binding.ref)
                case "attribute":
                    args[binding.argument] = attrs.get(binding.ref)
        return args

    def _with_own(self, step: AnyStep, own: Mapping[str, object]) -> dict[str, object]:
        """Put an item's own parameters in the place of the batch's."""
        resolved = resolve(step.name, step.parameters, {**self.definition.params.get(step.name, {}), **own})
        item_parameters.check_outputs(self.definition, step.name, resolved)
        return resolved

    def bare(self, row: TaskRow, item: ItemRow) -> Prepared:
        """Describe a task that cannot be run, so that its failure can be recorded."""
        return Prepared(self._spec(row, self.definition.workflow[row.step], item.key, {}, {}, None), row, item, "", {})

    def _check_values(self, needs: StepNeeds, values: Mapping[str, object], key: str) -> None:
        for binding in needs.values:
            if not binding.optional and values.get(binding.ref) is None:
                raise MissingValue(
                    f"'{key}' has no value '{binding.ref}'; enter one: "
                    f"batchwork set {self.definition.out} {key} {binding.ref}=…"
                )

    def _inputs_of_item(self, step: AnyStep, item: ItemRow, attrs: Mapping[str, object]) -> dict[str, TaskRow]:
        names = self.definition.workflow.inputs_of(step.name)
        if not names:
            return {}
        own = rows.tasks_of_item(self.ledger.db, item.id)
        found: dict[str, TaskRow] = {}
        for name in names:
            above = self.definition.workflow[name]
            if above.is_group:
                found[name] = self._group_row(name, group_value(above, attrs, item.key))
            else:
                found[name] = own[name]
        return found

    def _group_row(self, step: str, group: str) -> TaskRow:
        row = rows.task_by_group(self.ledger.db, step, group)
        if row is None:
            raise KeyError((step, group))
        return row

    def _paths(self, row: TaskRow, part: str) -> object:
        """Give a task's outputs as absolute paths: one, or by name."""
        paths = {name: f"{self.definition.out}/{found[0]}" for name, found in json.loads(row.outputs or "{}").items()}
        return paths.get(part, paths)

    def group_task(self, row: TaskRow) -> Prepared:
        """Prepare a step's task for a group, over those of its members that are done."""
        step = self.definition.workflow[row.step]
        key = row.grp or BATCH_KEY
        members = self._members(step, key)
        above = self._above(step, key)
        args = self._group_arguments(step, key, members, above)
        signatures = {name: signature_of(task) for name, task in above.items()}
        parts = self.needs[step.name].group_parts(key, members.hash.hexdigest(), members.hash.count, signatures)
        finals = self.layout.of_group(step, key)
        spec = self._spec(row, step, key, args, finals, None)
        return Prepared(spec, row, None, parts, finals, members.left_out, members.hash.count > 0)

    def _above(self, step: AnyStep, key: str) -> dict[str, TaskRow]:
        """Find the tasks of the group steps that a group's step takes whole."""
        workflow = self.definition.workflow
        whole = [b.ref for b in workflow.bindings[step.name] if b.kind == "step" and not b.many]
        return {name: self._group_row(name, BATCH_KEY if workflow[name].over == "batch" else key) for name in whole}

    def _group_arguments(
        self, step: AnyStep, key: str, members: _Members, above: Mapping[str, TaskRow]
    ) -> dict[str, object]:
        """Give what a step is called with for a group, but for its output and its parameters."""
        args: dict[str, object] = {}
        for binding in self.definition.workflow.bindings[step.name]:
            match binding.kind:
                case "sources":
                    args[binding.argument] = members.sources
                case "results":
                    args[binding.argument] = str(self.definition.out)
                case "step" if binding.many:
                    found = members.tasks.get(binding.ref, [])
                    args[binding.argument] = [self._paths(task, binding.part) for task in found]
                case "step":
                    args[binding.argument] = self._paths(above[binding.ref], binding.part)
                case "value":
                    args[binding.argument] = [values.get(binding.ref) for values in members.values]
                case "attribute":
                    args[binding.argument] = key
        return args

    def _members(self, step: AnyStep, key: str) -> _Members:
        found = _Members()
        group = self.book.find(step.name, key)
        bindings = [b for b in self.definition.workflow.bindings[step.name] if b.kind == "step" and b.many]
        inputs = list(dict.fromkeys(b.ref for b in bindings if not self.definition.workflow[b.ref].is_group))
        if group is not None and len(group.ids) and self.definition.workflow.takes_items(step.name):
            self._add_items(found, step, list(group.ids), inputs)
        for name in dict.fromkeys(b.ref for b in bindings):
            if self.definition.workflow[name].is_group:
                self._add_groups(found, name)
        return found

    def _add_items(self, found: _Members, step: AnyStep, ids: list[int], inputs: list[str]) -> None:
        items = rows.items_by_id(self.ledger.db, ids)
        tasks = {name: rows.member_tasks(self.ledger.db, name, ids) for name in inputs}
        bindings = self.definition.workflow.bindings[step.name]
        with_token = any(b.kind == "sources" for b in bindings)
        reads = [b.ref for b in bindings if b.kind == "value"]
        for number in ids:
            item = items[number]
            mine = [tasks[name].get(number) for name in inputs]
            out = next(
                (t.state if t else "has not run" for t in mine if t is None or t.state not in {"done", "stale"}),
                None,
            )
            if out is not None or not item.listed:
                found.left_out.append((item.key, out or "removed"))
                continue
            values = current_values(self.ledger.db, number) if reads else {}
            read = {name: values.get(name) for name in reads}
            signatures = [signature_of(t) for t in mine if t]
            found.hash.add(item.key, item.token if with_token else None, read, signatures)
            found.sources.append(item.source)
            found.values.append(read)
            for name, task in zip(inputs, mine, strict=True):
                if task is not None:
                    found.tasks.setdefault(name, []).append(task)

    def _add_groups(self, found: _Members, step: str) -> None:
        for below in self.book.groups_of(step):
            task = rows.task_by_group(self.ledger.db, step, below.key)
            if task is None or task.state not in {"done", "stale"}:
                found.left_out.append((below.key, task.state if task else "has not run"))
                continue
            found.hash.add(f"{step}/{below.key}", None, {}, [signature_of(task)])
            found.tasks.setdefault(step, []).append(task)

    def _spec(
        self,
        row: TaskRow,
        step: AnyStep,
        key: str,
        args: Mapping[str, object],
        finals: Mapping[str, str],
        source: str | None,
    ) -> TaskSpec:
        number = row.attempt + 1
        attempt = f"{self.run}.{row.id}.{number}"
        partials = {}
        for name, path in finals.items():
            directory = "/" if self.layout.templates[step.name][name].endswith("/") else ""
            partials[name] = partial_path(f"{self.definition.out}/{path}", self._owner, attempt) + directory
        options = self.definition.options
        return TaskSpec(
            id=row.id,
            step=step.name,
            key=key,
            args=args,
            outputs=partials,
            source=source if self.needs[step.name].uses_source else None,
            log=str(log_path(self.ledger.home, step.name, key, number)),
            timeout=step.timeout or options.timeout,
            no_progress=step.no_progress or options.no_progress,
            memory=step.resources.memory_bytes,
        )


def _threads(asked: int | Literal["all", "share"], workers: int | None) -> int:
    """Say how many threads a task may use."""
    part = max(1, cores() // (workers or cores()))
    if isinstance(asked, int):
        return max(asked, part)
    return cores() if asked == "all" or workers is None else part


def log_path(home: Path, step: str, key: str, attempt: int) -> Path:
    """Name the log of one attempt; odd or long keys are shortened to what a file system takes."""
    parts = [_safe(part) for part in f"{step}/{key.replace('*', 'batch')}".split("/")]
    return home.joinpath("logs", *parts[:-1], f"{parts[-1]}.{attempt}.log")


def _safe(part: str) -> str:
    if part in {"", ".", ".."} or len(part.encode()) > _LOG_NAME_BYTES:
        return blake2b(part.encode(), digest_size=8).hexdigest()
    return part
