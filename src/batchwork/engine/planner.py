"""The planner: what is not up to date, and why.

It sees the ledger, the stat of files and the workflow, and nothing else. It writes its
verdicts into the ledger it is given, which for a dry run is a copy in memory. Items are
judged in their natural order, a page at a time; a group once all its members are.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from batchwork.engine import item_parameters
from batchwork.engine.definition import Definition
from batchwork.engine.groups import GroupBook, group_value
from batchwork.engine.judging import Judge, Verdict
from batchwork.engine.ledger import rows
from batchwork.engine.ledger.ledger import Ledger
from batchwork.engine.ledger.rows import ItemRow, TaskRow
from batchwork.engine.ledger.values import doubts_of_items, values_of_items
from batchwork.engine.paths import Layout
from batchwork.engine.plans import Plan, PlannedTask, Selection
from batchwork.engine.weighing import left_out
from batchwork.engine.workflow import AnyStep


@dataclass(slots=True)
class _Page:
    """Some items with all that is recorded of them."""

    items: list[ItemRow]
    tasks: Mapping[int, Mapping[str, TaskRow]]
    values: Mapping[int, Mapping[str, object]]
    doubts: Mapping[int, Mapping[str, str]]


@dataclass(slots=True)
class Planner:
    """One planning of one batch.

    Attributes
    ----------
    ledger : Ledger
        Written to: tasks become pending, blocked, skipped or stale.
    definition : Definition
    selection : Selection
    collect : bool
        Whether the plan lists every task, or only counts.
    """

    ledger: Ledger
    definition: Definition
    selection: Selection
    collect: bool = True
    plan: Plan = field(default_factory=Plan)
    book: GroupBook = field(init=False)
    _judge: Judge = field(init=False)
    _layout: Layout = field(init=False)
    _left_out: dict[int, str] = field(default_factory=dict)
    _kept: dict[int, dict[str, Verdict]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._layout = Layout(self.definition)
        self._judge = Judge(self.ledger, self.definition, self.selection, self._layout)
        self.book = GroupBook(self.definition.workflow)

    def make(self) -> Plan:
        """Judge every task of every item and group."""
        self.plan.warnings.extend(self._judge.save_recipes())
        rows.forget_ready(self.ledger.db)
        self._left_out = left_out(self.ledger, self.definition)
        strata = self.definition.workflow.strata()
        if strata[0][0].is_group:
            self._judge_items([], keep=False, first=True)
        several = sum(not layer[0].is_group for layer in strata) > 1
        for number, layer in enumerate(strata):
            if layer[0].is_group:
                self._judge_groups(layer[0])
            else:
                self._judge_items(layer, keep=several, first=number == 0)
        self._warn_of_strangers()
        return self.plan

    def _warn_of_strangers(self) -> None:
        """Name the globs of the selection that no item or group matches."""
        steps = [step.name for step in self.definition.workflow.steps if step.is_group]
        groups = {group.key for name in steps for group in self.book.groups_of(name)}
        for glob in self.selection.items or ():
            if not rows.any_item_like(self.ledger.db, glob) and not any(fnmatchcase(key, glob) for key in groups):
                self.plan.warnings.append(f"no item matches '{glob}'")

    def _pages(self) -> Iterable[_Page]:
        with_values = any(step.reads for step in self.definition.workflow.steps) or item_parameters.any_in(self.ledger)
        for items in rows.item_pages(self.ledger.db):
            tasks = rows.tasks_between(self.ledger.db, items[0], items[-1])
            ids = [item.id for item in items]
            values = values_of_items(self.ledger.db, min(ids), max(ids)) if with_values else {}
            doubts = doubts_of_items(self.ledger.db, min(ids), max(ids)) if with_values else {}
            yield _Page(items, tasks, values, doubts)

    def _judge_items(self, layer: list[AnyStep], *, keep: bool, first: bool) -> None:
        groups = self.book.steps_over_items(layer, first=first)
        for page in self._pages():
            changes: list[tuple[object, ...]] = []
            for item in page.items:
                if not item.listed:
                    continue
                values = page.values.get(item.id, {})
                verdicts = self._judge_item(layer, item, page, changes)
                if keep:
                    self._kept.setdefault(item.id, {}).update(verdicts)
                    verdicts = self._kept[item.id]
                for step in groups:
                    selected = self.selection.takes_item(item.key)
                    self.book.add_member(step, item, values, verdicts, selected=selected)
            if changes:
                self.ledger.begin()
                rows.plan_item_tasks(self.ledger.db, changes)

    def _judge_item(
        self,
        layer: list[AnyStep],
        item: ItemRow,
        page: _Page,
        changes: list[tuple[object, ...]],
    ) -> dict[str, Verdict]:
        verdicts = dict(self._kept.get(item.id, {}))
        tasks, values = page.tasks.get(item.id, {}), page.values.get(item.id, {})
        doubts = page.doubts.get(item.id, {})
        selected = self.selection.takes_item(item.key)
        attrs = json.loads(item.attrs) if self._layout.needs_attrs else {}
        for step in layer:
            for name in self.definition.workflow.inputs_of(step.name):
                above = self.definition.workflow[name]
                if above.is_group:
                    verdicts[name] = self.book.verdict(name, group_value(above, json.loads(item.attrs), item.key))
            row = tasks.get(step.name)
            if item.id in self._left_out:
                verdict = Verdict("skip", "", self._left_out[item.id], "skipped", fresh=True)
            else:
                verdict = self._judge.item(step, item, attrs, values, verdicts, row, doubts=doubts, selected=selected)
            verdicts[step.name] = verdict
            if self._note(step.name, item.key, verdict, row):
                changes.append((step.name, item.id, *verdict.ledger_state()))
        return verdicts

    def _judge_groups(self, step: AnyStep) -> None:
        recorded = {key: row for key, row in rows.group_tasks(self.ledger.db).items() if key[0] == step.name}
        changes: list[tuple[object, ...]] = []
        for group in self.book.groups(step):
            row = recorded.get((step.name, group.key))
            selected = self.selection.items is None or group.selected or self.selection.takes_item(group.key)
            verdict = self._judge.group(step, group, self.book.inputs(step, group), row, selected=selected)
            self.book.settle(step, group, verdict)
            if self._note(step.name, group.key, verdict, row):
                changes.append((step.name, group.key, *verdict.ledger_state()))
        left = {key for _, key in recorded} - {group.key for group in self.book.groups_of(step.name)}
        held = [key for key in left if recorded[step.name, key].state in {"pending", "failed", "blocked"}]
        changes += [(step.name, key, "stale", 0, "no member is left") for key in held]
        if changes:
            self.ledger.begin()
            rows.plan_group_tasks(self.ledger.db, changes)

    def stands(self, row: TaskRow) -> bool:
        """Say whether the outputs of a task are still as they were recorded."""
        return self._judge.outputs_changed(row) is None

    def _note(self, step: str, key: str, verdict: Verdict, row: TaskRow | None) -> bool:
        """Count a verdict into the plan; say whether the ledger has to be told."""
        if verdict.status == "run":
            self.plan.count += 1
            if self.collect:
                self.plan.tasks.append(PlannedTask(key, step, verdict.reason))
        elif verdict.status in {"ok", "skip"} and verdict.fresh:
            self.plan.up_to_date += 1
        state, ready, reason = verdict.ledger_state()
        if row is None:
            return state != ""
        return state != "" and (row.state, row.ready, row.reason) != (state, ready, reason)
