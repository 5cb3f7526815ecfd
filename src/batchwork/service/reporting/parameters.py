"""The parameters of each step, as the tasks used them that count now."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from batchwork.engine.graph import StepShape
from batchwork.engine.workflow import AnyStep, Workflow
from batchwork.service.reporting import words


@dataclass(frozen=True, slots=True)
class ParameterFact:
    """One parameter; `values` has one entry for each variant of its step."""

    name: str
    values: Sequence[str]
    unit: str
    help: str


@dataclass(frozen=True, slots=True)
class Variant:
    """One set of parameters of a step, and how many tasks have their result from it."""

    version: str
    tasks: int
    params: Mapping[str, object]
    outputs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StepFact:
    """What is told of one step."""

    name: str
    over: str
    summary: str
    variants: Sequence[Variant]
    parameters: Sequence[ParameterFact]


def step_facts(db: sqlite3.Connection, shapes: Sequence[StepShape], workflow: Workflow | None) -> list[StepFact]:
    """Describe the steps; units and meanings come from the workflow where it can be loaded."""
    declared = {step.name: step for step in workflow.steps} if workflow else {}
    return [_fact(shape, _variants(db, shape.name), declared.get(shape.name)) for shape in shapes]


def _variants(db: sqlite3.Connection, step: str) -> list[Variant]:
    """Give the recipes that results of a step were made by; if there are none yet, those it has been given."""
    rows = db.execute(
        "SELECT version, detail, count(task.id) AS tasks FROM recipe LEFT JOIN task ON task.step = recipe.step "
        "AND json_extract(parts, '$.r') = digest AND result IS NOT NULL WHERE recipe.step = ? "
        "GROUP BY digest ORDER BY tasks DESC",
        (step,),
    ).fetchall()
    used = [row for row in rows if row[2]] or rows
    found = []
    for version, text, tasks in used:
        detail = json.loads(text)
        found.append(Variant(version, tasks, detail["params"], detail["outputs"]))
    return found


def _fact(shape: StepShape, variants: Sequence[Variant], declared: AnyStep | None) -> StepFact:
    meanings = {p.name: p for p in declared.parameters} if declared else {}
    names = dict.fromkeys([*meanings, *(name for variant in variants for name in variant.params)])
    rows = []
    for name in names:
        known = meanings.get(name)
        shown = [words.value(variant.params.get(name)) or "–" for variant in variants]
        rows.append(ParameterFact(name, shown, known.unit if known else "", known.help if known else ""))
    return StepFact(shape.name, shape.over, declared.summary if declared else "", variants, rows)
