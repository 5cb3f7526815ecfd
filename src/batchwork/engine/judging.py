"""The judgement of one task: up to date, to be run, skipped, or held back, and why."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from batchwork.engine import item_parameters
from batchwork.engine.definition import Definition
from batchwork.engine.ledger.ledger import Ledger
from batchwork.engine.ledger.rows import OPEN_STATES, ItemRow, TaskRow
from batchwork.engine.paths import Layout
from batchwork.engine.plans import ASKED_AGAIN, INTERRUPTED, NOT_YET, Selection
from batchwork.engine.signatures import Recipe, StepNeeds, difference, signature, signature_of
from batchwork.engine.workflow import AnyStep
from batchwork.errors import DeclarationError
from batchwork.io.fingerprints import content_hash, fingerprint
from batchwork.io.naming import nearest

if TYPE_CHECKING:
    from batchwork.engine.groups import Group

MAX_DEATHS = 3
"""A task that has killed its process this often is set aside until it is retried by hand."""

Status = Literal["ok", "run", "skip", "bad"]


class Verdict(NamedTuple):
    """What was judged of one task.

    Attributes
    ----------
    status : str
        ``ok``: its outputs can be used; ``run``: it is to be run; ``skip``: it and what
        follows is left out; ``bad``: it failed or cannot run.
    signature : str
        Of the task as it is, or will be once it has run.
    reason : str
    state : str
        What the ledger should say; "" leaves it as it is.
    ready : bool
        Of a task to be run: it waits for nothing.
    fresh : bool
        Whether it is up to date.
    """

    status: Status
    signature: str
    reason: str = ""
    state: str = ""
    ready: bool = False
    fresh: bool = False

    def ledger_state(self) -> tuple[str, int, str | None]:
        """Give state, readiness and reason for the ledger."""
        return self.state, int(self.ready), self.reason or None


@dataclass(slots=True)
class Judge:
    """Compares tasks with what the ledger and the disk hold."""

    ledger: Ledger
    definition: Definition
    selection: Selection
    layout: Layout
    needs: dict[str, StepNeeds] = field(init=False)
    recipes: dict[str, Recipe] = field(init=False)
    _waits_for: dict[str, tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        self.needs = self.definition.needs()
        own = self.definition.recipes().values()
        self.recipes = {recipe.digest: recipe for recipe in own}
        for row in self.ledger.db.execute("SELECT digest, step, version, detail, code FROM recipe"):
            self.recipes.setdefault(row[0], Recipe(*row))
        steps = self.definition.workflow.steps
        self._waits_for = {step.name: self.definition.workflow.waits_for(step.name) for step in steps}

    def save_recipes(self) -> list[str]:
        """Store the recipes that tasks of this plan may name; warn of code that changed under the same version."""
        known = dict(self.ledger.db.execute("SELECT digest, code FROM recipe"))
        warnings, new = [], []
        for recipe in self.definition.recipes().values():
            before = known.get(recipe.digest)
            if before == recipe.code:
                continue
            if before is not None and not self.selection.force and _same_python(before, recipe.code):
                warnings.append(
                    f"the code of step '{recipe.step}' has changed since it made its results, its version "
                    f"'{recipe.version}' has not: give it another version, or use --force, to run it again"
                )
                continue
            new.append((recipe.digest, recipe.step, recipe.version, recipe.detail, recipe.code))
        if new:
            self.ledger.begin()
            self.ledger.db.executemany("INSERT OR REPLACE INTO recipe VALUES (?, ?, ?, ?, ?)", new)
        return warnings

    def item(
        self,
        step: AnyStep,
        item: ItemRow,
        attrs: Mapping[str, object],
        values: Mapping[str, object],
        earlier: Mapping[str, Verdict],
        row: TaskRow | None,
        *,
        doubts: Mapping[str, str],
        selected: bool,
    ) -> Verdict:
        """Judge the task of a step for an item.

        `earlier` has the verdicts of the steps before it, `doubts` why results wait for a person's decision.
        """
        needs = self.needs[step.name]
        needed, values = self._needed(step, needs, values, earlier)
        held = self._held_back({name: earlier[name] for name in needed}, row) or self._doubted(step, doubts, earlier)
        if held:
            return held
        waits = [name for name in self._waits_for[step.name] if earlier[name].status == "run"]
        if needs.attributes:
            attrs = {**attrs, "key": item.key}
            self._check_attributes(step, needs, attrs, item.key)
        inputs = {name: earlier[name].signature for name in needs.inputs}
        parts = needs.item_parts(item.token, attrs, values, inputs, item_parameters.of_step(step.name, values))
        verdict = self._judge(step, parts, row, item.source or "its list", selected=selected, waits=waits)
        if verdict.status == "run":
            if needs.uses_source and not item.present:
                return Verdict("bad", verdict.signature, f"its file has vanished: {item.source}", "blocked")
            paths = self.layout.of_item(step, item.key, attrs, is_file=item.source is not None)
            self.layout.claim(paths, step.name, item.key)
        elif row is not None and row.outputs and verdict.status == "ok":
            known = self.layout.templates[step.name]
            self.layout.claim({n: o[0] for n, o in json.loads(row.outputs).items() if n in known}, step.name, item.key)
        return verdict

    def _needed(
        self, step: AnyStep, needs: StepNeeds, own: Mapping[str, object], earlier: Mapping[str, Verdict]
    ) -> tuple[tuple[str, ...], Mapping[str, object]]:
        """Name the steps whose failure holds a task back, and give the values that count.

        A parameter does not stand in for a value whose step was asked for and has failed.
        """
        if not needs.values:
            return needs.inputs, own
        workflow, values = self.definition.workflow, needs.with_stand_ins(own)
        writers = workflow.writers_of_missing(step.name, own)
        failed = [n for n in writers if earlier[n].state in {"failed", "blocked"} and self.selection.takes_step(n)]
        return (*workflow.needed_by(step.name, values), *failed), values

    def _doubted(self, step: AnyStep, doubts: Mapping[str, str], earlier: Mapping[str, Verdict]) -> Verdict | None:
        """Hold a task back that reads a doubtful result, unless that is about to be worked out anew."""
        waits = self._waits_for[step.name]
        for name in step.reads:
            anew = any(earlier[w].status == "run" for w in waits if name in self.definition.workflow[w].writes)
            if name in doubts and not anew:
                return Verdict("bad", "", doubts[name], "blocked")
        return None

    def group(
        self,
        step: AnyStep,
        group: "Group",
        above: Mapping[str, Verdict],
        row: TaskRow | None,
        *,
        selected: bool,
    ) -> Verdict:
        """Judge the task of a step for a group; `above` has the group steps that it takes whole."""
        held = self._held_back(above, row) or self._lacks_members(step, group)
        if held:
            return held
        inputs = {name: verdict.signature for name, verdict in above.items()}
        parts = self.needs[step.name].group_parts(group.key, group.members.hexdigest(), group.members.count, inputs)
        waits = [name for name, verdict in above.items() if verdict.status == "run"]
        if group.open > 0:
            waits += [name for name in self._waits_for[step.name] if name not in above]
        verdict = self._judge(step, parts, row, "members", selected=selected, waits=waits)
        if verdict.status == "run":
            self.layout.claim(self.layout.of_group(step, group.key), step.name, group.key)
        return verdict

    def _lacks_members(self, step: AnyStep, group: "Group") -> Verdict | None:
        if group.unrun:
            return Verdict("bad", "", f"member '{group.unrun}' has not run yet")
        closed = closed_by_members(step, group.left_out, has_members=bool(group.members.count))
        if closed is None or (closed[0] == "blocked" and group.open > 0):
            return None
        state, reason = closed
        return (
            Verdict("bad", "", reason, state) if state == "blocked" else Verdict("skip", "", reason, state, fresh=True)
        )

    @staticmethod
    def _held_back(inputs: Mapping[str, Verdict], row: TaskRow | None) -> Verdict | None:
        """A task whose input failed is blocked; one whose input was skipped is skipped."""
        for name, verdict in inputs.items():
            if verdict.status == "bad":
                return Verdict("bad", verdict.signature, f"step '{name}': {verdict.reason}", _held_state(verdict, row))
            if verdict.status == "skip":
                return Verdict("skip", verdict.signature, f"step '{name}' was skipped", "skipped", fresh=True)
        return None

    def _judge(
        self, step: AnyStep, parts: str, row: TaskRow | None, files: str, *, selected: bool, waits: Sequence[str]
    ) -> Verdict:
        same = row is not None and row.parts == parts and row.state != "failed"
        now = signature(parts)
        reason = NOT_YET
        taken = selected and self.selection.takes_step(step.name)
        forced = row is not None and taken and self._is_forced(row)
        if row is not None and same:
            changed = self.outputs_changed(row)
            if changed is None and not forced:
                return self._fresh(row)
            reason = changed or ASKED_AGAIN
        elif row is not None:
            could_stand = waits and row.result == "done" and not row.error
            reason = ASKED_AGAIN if forced and could_stand else self._why(row, parts, files, waits)
        if not (taken and self._is_wanted(row, now, waits=bool(waits))):
            return self._unselected(row)
        if row is not None and self._is_set_aside(row, now) and not self.selection.failed_only:
            return Verdict("bad", now, "set aside: it has killed its process too often; 'retry' tries again", "failed")
        return Verdict("run", now, reason, "pending", ready=not waits)

    def _is_forced(self, row: TaskRow) -> bool:
        return self.selection.force or (row.state in OPEN_STATES and row.reason == ASKED_AGAIN)

    @staticmethod
    def _fresh(row: TaskRow) -> Verdict:
        now = signature_of(row)
        if row.result == "skipped":
            return Verdict("skip", now, row.reason or "", "" if row.state == "skipped" else "skipped", fresh=True)
        return Verdict("ok", now, "", "" if row.state == "done" else "done", fresh=True)

    def _is_wanted(self, row: TaskRow | None, now: str, *, waits: bool) -> bool:
        if self.selection.goes_on and row is not None and row.state in OPEN_STATES:
            return True
        if self.selection.leave_failed and row is not None and row.state == "failed":
            return not (row.error and json.loads(row.error).get("sig") == now)
        if not self.selection.failed_only or waits:
            return True
        if row is None or row.state != "failed" or not row.error:
            return False
        return self.selection.error_class in {None, json.loads(row.error)["class"]}

    @staticmethod
    def _is_set_aside(row: TaskRow, now: str) -> bool:
        return bool(
            row.deaths >= MAX_DEATHS and row.state == "failed" and row.error and json.loads(row.error).get("sig") == now
        )

    @staticmethod
    def _unselected(row: TaskRow | None) -> Verdict:
        """What is not taken on may still be of use, as it was when it ran."""
        if row is not None and row.parts is not None and row.state in {"done", "stale", "pending"}:
            return Verdict("ok", signature_of(row), "", "stale")
        if row is not None and row.state == "failed":
            return Verdict("bad", "", "failed", "failed")
        return Verdict("bad", "", NOT_YET)

    def _why(self, row: TaskRow, parts: str, files: str, waits: Sequence[str]) -> str:
        if row.state == "failed" and row.error:
            return f"failed before: {json.loads(row.error)['class']}"
        if row.parts is None:
            return INTERRUPTED if row.attempt and row.state in {"pending", "running"} else NOT_YET
        return difference(row.parts, parts, self.recipes, _short(files), waits) if row.parts != parts else INTERRUPTED

    def outputs_changed(self, row: TaskRow) -> str | None:
        """Say which recorded output is no longer as it was; None if all are."""
        if not row.outputs:
            return None
        guests = self.layout.guests.get(row.step, {})
        for name, (path, *recorded, digest) in json.loads(row.outputs).items():
            full = f"{self.definition.out}/{path}"
            found = fingerprint(full, guests.get(name, ()))
            if found is None:
                return f"output {path} is missing"
            if found != tuple(recorded):
                same_size = digest is not None and found.size == recorded[0]
                if not (same_size and content_hash(full) == digest):
                    return f"output {path} was changed"
        return None

    @staticmethod
    def _check_attributes(step: AnyStep, needs: StepNeeds, attrs: Mapping[str, object], item: str) -> None:
        for binding in needs.attributes:
            if binding.ref not in attrs and not binding.optional:
                raise DeclarationError(
                    f"step '{step.name}': argument '{binding.ref}' is no step, no value in reads=, and no attribute "
                    f"of item '{item}'; {nearest(binding.ref, attrs)}"
                )


def closed_by_members(
    step: AnyStep, left_out: Sequence[tuple[str, str]], *, has_members: bool
) -> tuple[str, str] | None:
    """Say how a group ends that cannot run for lack of members: its state and why; None if it can.

    Parameters
    ----------
    step : Step
    left_out : sequence of (str, str)
        Members that do not take part, and why.
    has_members : bool
        Whether others do.
    """
    failed = [key for key, why in left_out if why != "skipped"]
    if failed and (step.missing == "block" or not has_members):
        return "blocked", f"member '{failed[0]}' failed"
    if left_out and not failed and not has_members:
        return "skipped", "all members were skipped"
    return None


def _same_python(one: str, other: str) -> bool:
    return one.partition(":")[0] == other.partition(":")[0]


def _held_state(above: Verdict, row: TaskRow | None) -> str:
    """What to record of a task whose input is bad: nothing, if the input has only not been run yet."""
    if row is not None and row.state in {"done", "stale"}:
        return "stale"
    return "blocked" if above.state in {"blocked", "failed"} else ""


def _short(files: str) -> str:
    return f"input {Path(files).name}" if "/" in files else f"input {files}"
