"""What ran: the batch's description, its runs, and the programs that ran it."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from batchwork.engine.definition import FILE_NAME, RunOptions
from batchwork.service.reporting import words


@dataclass(frozen=True, slots=True)
class RunFact:
    """One run of the batch.

    Attributes
    ----------
    started, ended : float
        Seconds since the epoch; `ended` is None for a run that is on, or never came to its end.
    outcome : str
    user, host : str
        Of whom, and where.
    versions : mapping of str to str
        Programs and libraries → their versions.
    options : str
        What differs from the defaults.
    tasks : int
        How many it ran.
    """

    number: int
    started: float
    ended: float | None
    outcome: str
    user: str
    host: str
    versions: Mapping[str, str]
    options: str
    tasks: int


def runs(db: sqlite3.Connection) -> list[RunFact]:
    """List the runs, the first one first."""
    rows = db.execute(
        "SELECT id, started, ended, outcome, user, host, versions, options FROM run ORDER BY id"
    ).fetchall()
    found = []
    for row, after in zip(rows, [*rows, None][1:], strict=True):
        until = after[1] if after else float("inf")
        tasks = db.execute("SELECT count(*) FROM attempt WHERE ended >= ? AND ended < ?", (row[1], until)).fetchone()[0]
        number, started, ended, outcome, user, host, made_by, options = row
        told = {"done": "finished", None: "not ended: it is on, or it crashed"}.get(outcome, outcome)
        found.append(
            RunFact(number, started, ended, told, user, host, json.loads(made_by or "{}"), _options(options), tasks)
        )
    return found


def _options(text: str | None) -> str:
    given = json.loads(text or "{}")
    defaults = {f.name: f.default for f in fields(RunOptions)}
    changed = [f"{name}={words.value(v)}" for name, v in given.items() if v != defaults.get(name)]
    return ", ".join(changed) or "defaults"


def described(home: Path) -> Mapping[str, object]:
    """Give the stored description of the batch; empty if it was never stored."""
    path = home / FILE_NAME
    found: Mapping[str, object] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def items_in_words(plain: object) -> str:
    """Say where the items come from."""
    match plain:
        case {"files": list(patterns)}:
            return ", ".join(map(str, patterns))
        case {"items": list(rows)}:
            return f"a list of {len(rows)}"
        case {"table": path}:
            return f"the table {path}"
        case {"sweep": dict(axes)}:
            return "a sweep over " + ", ".join(f"{name} ({len(values)})" for name, values in axes.items())
        case {"found_by": _, "folder": folder}:
            return f"what is in {folder}"
    return "–"


def swept(plain: object) -> list[str]:
    """Name what a sweep varies; nothing for other items, whose keys say enough."""
    match plain:
        case {"sweep": dict(axes)}:
            return list(axes)
    return []
