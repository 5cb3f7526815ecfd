"""The report of a batch: one page that holds everything it shows and loads nothing."""

import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path

from batchwork.engine.definition import load_definition
from batchwork.engine.graph import Graph
from batchwork.engine.ledger.ledger import Ledger, home_of, open_reader
from batchwork.engine.summary import RANKS, count_items
from batchwork.engine.workflow import Workflow
from batchwork.errors import ConfigError, MissingExtraError, ReadOnlyBatchError
from batchwork.io.atomic import write_text
from batchwork.io.pages import template
from batchwork.service.reporting import failures, items, parameters, pictures, runs, timings, words

FILE_NAME = "report.html"

_STATES = tuple(reversed(RANKS))


def write_report(out: Path, workflow: str | None = None, file: Path | None = None) -> Path:
    """Write the report of a batch, and give its path.

    Parameters
    ----------
    out : Path
        The batch's folder.
    workflow : str or None
        Which one, where the folder has several.
    file : Path or None
        Where to write; None is ``report.html`` in the batch's folder.

    Raises
    ------
    NotABatchError
        If the folder holds no batch.
    ReadOnlyBatchError
        If the page cannot be written where it should stand.
    """
    home = home_of(out.absolute(), workflow)
    with open_reader(home) as ledger:
        page = render(ledger)
    target = (file or out / FILE_NAME).absolute()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_text(target, page)
    except OSError as error:
        raise ReadOnlyBatchError(
            f"{target}: the report cannot be written here ({error.strerror}); choose another place with --out FILE.html"
        ) from None
    return target


def render(ledger: Ledger) -> str:
    """Make the page."""
    filters = {"duration": words.duration, "size": words.size, "when": words.when, "value": words.value}
    return template("batchwork.service", "report.html.j2", filters).render(_facts(ledger))


def _facts(ledger: Ledger) -> Mapping[str, object]:
    """Gather what the page shows."""
    db, out = ledger.db, ledger.home.parent.parent
    graph, plain, done_runs = Graph.load(ledger), runs.described(ledger.home), runs.runs(ledger.db)
    loaded, problem = _workflow(ledger.home)
    names = [shape.name for shape in graph.steps]
    counts = count_items(db)
    columns = list(dict.fromkeys([*runs.swept(plain.get("items")), *graph.columns]))
    return {
        "title": f"{ledger.home.name}: {out.name}",
        "workflow": ledger.home.name,
        "out": str(out),
        "reference": plain.get("reference") or "",
        "source": runs.items_in_words(plain.get("items")),
        "made": time.time(),
        "runs": done_runs,
        "versions": done_runs[-1].versions if done_runs else {},
        "counts": [(state, counts[state]) for state in _STATES if state in counts],
        "item_count": sum(counts.values()),
        "tasks": _task_counts(db),
        "steps": parameters.step_facts(db, graph.steps, loaded),
        "problem": problem,
        "timings": timings.step_timings(db, names),
        "timeline": timings.timeline(db, done_runs, names),
        "step_names": names,
        "item_steps": [shape.name for shape in graph.steps if shape.over == "item"],
        "columns": columns,
        "failures": failures.failure_classes(db),
        "items": items.item_lines(db, graph, columns),
        "groups": items.group_lines(db),
        "edits": items.edit_lines(db),
        "gallery": pictures.gallery(db, out),
    }


def _task_counts(db: sqlite3.Connection) -> dict[str, int]:
    return dict(db.execute("SELECT state, count(*) FROM task GROUP BY state").fetchall())


def _workflow(home: Path) -> tuple[Workflow | None, str]:
    """Load the workflow for the meanings of its parameters; else say why not."""
    try:
        return load_definition(home).workflow, ""
    except (ConfigError, MissingExtraError) as error:
        return None, str(error)
