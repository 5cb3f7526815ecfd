"""The shape of a workflow as the ledger keeps it, so that edits need not load user code."""

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from batchwork.engine import item_parameters
from batchwork.engine.ledger import rows
from batchwork.engine.ledger.ledger import Ledger
from batchwork.engine.ledger.rows import ItemRow, TaskRow
from batchwork.engine.ledger.values import current_values
from batchwork.engine.parameters import type_hints
from batchwork.engine.signatures import aside_of, signature_of
from batchwork.engine.weighing import SKIP, parse_skip
from batchwork.engine.workflow import AnyStep, Workflow
from batchwork.errors import ParameterError
from batchwork.io.naming import nearest

_META = "graph"
_SETTLED = frozenset({"done", "skipped", "stale"})
BATCH_KEY = "*"
"""The key of the one group of steps over the batch."""
_NUMBERS = {float, int, float | None, int | None}


@dataclass(frozen=True, slots=True)
class StepShape:
    """What edits have to know of a step."""

    name: str
    over: str
    reads: Sequence[str]
    inputs: Sequence[str]
    params: Sequence[str] = ()
    aside: Sequence[str] = ()
    """Parameters on which no result depends by itself."""
    words: Mapping[str, str] = field(default_factory=dict)
    """What tables show for its states."""


@dataclass(frozen=True, slots=True)
class Graph:
    """Steps in order, values with their kinds ("number" or "any"), columns of tables, and what reports sort by."""

    steps: Sequence[StepShape]
    values: Mapping[str, str]
    columns: Sequence[str]
    worst: str = ""

    @classmethod
    def of(cls, workflow: Workflow) -> "Graph":
        """Read it off a workflow."""
        steps = [
            StepShape(
                s.name,
                s.over,
                s.reads,
                workflow.inputs_of(s.name),
                [p.name for p in s.parameters],
                [*aside_of(s)],
                s.words,
            )
            for s in workflow.steps
        ]
        return cls(
            steps,
            {name: _kind(workflow.steps, name) for name in workflow.values},
            workflow.columns or workflow.values,
            workflow.worst,
        )

    def save(self, ledger: Ledger) -> None:
        """Store it."""
        ledger.set_meta(_META, json.dumps(asdict(self)))

    @classmethod
    def load(cls, ledger: Ledger) -> "Graph":
        """Give what was stored last."""
        plain = json.loads(ledger.meta(_META) or '{"steps": [], "values": {}, "columns": []}')
        return cls(
            [StepShape(**step) for step in plain["steps"]], plain["values"], plain["columns"], plain.get("worst", "")
        )

    def check_value(self, name: str, value: object) -> object:
        """See that a value can be entered.

        Raises
        ------
        ParameterError
            If no step knows its name, or it has to be a number and is none.
        """
        if name == SKIP:
            return parse_skip(value)
        parameter = item_parameters.split(name)
        if parameter is not None:
            self._check_parameter(*parameter)
            return value
        if name not in self.values:
            raise ParameterError(f"no step reads or writes a value '{name}'; {nearest(name, self.values)}")
        if value is None or self.values[name] != "number":
            return value
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ParameterError(f"value '{name}' is a number, not {value!r}")
        return value

    def _check_parameter(self, step: str, name: str) -> None:
        shapes = {shape.name: shape for shape in self.steps if shape.over == "item"}
        if step not in shapes:
            raise ParameterError(f"no step '{step}' has parameters of items; {nearest(step, shapes)}")
        if name not in shapes[step].params:
            raise ParameterError(f"step '{step}' has no parameter '{name}'; {nearest(name, shapes[step].params)}")


def _kind(steps: Sequence[AnyStep], name: str) -> str:
    hints = [type_hints(step.function).get(name) for step in steps if name in step.reads]
    return "number" if hints and all(hint in _NUMBERS for hint in hints) else "any"


def restate(ledger: Ledger, item: ItemRow, names: Collection[str]) -> None:
    """Mark what an edit of some of an item's values has made stale, and what it has mended.

    This looks at the ledger alone; the next planning has the last word.
    """
    graph = Graph.load(ledger)
    own = rows.tasks_of_item(ledger.db, item.id)
    values = current_values(ledger.db, item.id)
    stale: set[str] = set()
    for step in graph.steps:
        row = own.get(step.name)
        if row is not None and row.state == "blocked" and step.over == "item" and set(names) & set(step.reads):
            ledger.begin()
            ledger.db.execute("UPDATE task SET state = 'pending', ready = 0, reason = NULL WHERE id = ?", (row.id,))
        if step.over != "item" or row is None or row.parts is None or row.state not in _SETTLED:
            continue
        if _differs(row, step, values, own, stale):
            stale.add(step.name)
        state = "stale" if step.name in stale else row.result or row.state
        if state != row.state:
            ledger.begin()
            ledger.db.execute("UPDATE task SET state = ? WHERE id = ?", (state, row.id))
    _restate_groups(ledger, graph, item, stale, names)


def _restate_groups(ledger: Ledger, graph: Graph, item: ItemRow, stale: set[str], names: Collection[str]) -> None:
    """Do the same for the groups that the item is in."""
    attrs = {**json.loads(item.attrs), "batch": BATCH_KEY}
    for step in graph.steps:
        row = None if step.over == "item" else rows.task_by_group(ledger.db, step.name, str(attrs.get(step.over)))
        if row is None or row.parts is None or row.state not in _SETTLED:
            continue
        if stale & set(step.inputs) or set(names) & set(step.reads):
            stale.add(step.name)
        mended = row.state == "stale" and not step.reads and not _has_stale_member(ledger, step, row.grp or BATCH_KEY)
        state = "stale" if step.name in stale else row.result if mended else row.state
        ledger.begin()
        ledger.db.execute("UPDATE task SET state = ? WHERE id = ?", (state, row.id))


def _has_stale_member(ledger: Ledger, step: StepShape, group: str) -> bool:
    """Say whether a group's step takes the output of a stale task of any of its members."""
    marks = ", ".join("?" * len(step.inputs))
    found = ledger.db.execute(
        f"SELECT 1 FROM task LEFT JOIN item ON item.id = task.item WHERE step IN ({marks}) AND state = 'stale' "  # noqa: S608
        "AND (? = 'batch' OR coalesce(grp, json_extract(item.attrs, ?)) = ?) LIMIT 1",
        (*step.inputs, step.over, f'$."{step.over}"', group),
    )
    return found.fetchone() is not None


def _differs(
    row: TaskRow, step: StepShape, values: Mapping[str, object], tasks: Mapping[str, TaskRow], stale: set[str]
) -> bool:
    parts = json.loads(row.parts or "{}")
    if any(values.get(name) != used for name, used in parts.get("v", {}).items()):
        return True
    own = item_parameters.of_step(step.name, values)
    if {name: value for name, value in own.items() if name not in step.aside} != parts.get("p", {}):
        return True
    for name in step.inputs:
        above = tasks.get(name)
        if name in stale or (above is not None and parts.get("u", {}).get(name) != signature_of(above)):
            return True
    return False
