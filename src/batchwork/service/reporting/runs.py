"""What ran: the batch's description, its runs, and the programs that ran it."""

import json
import platform
import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from batchwork.engine.definition import FILE_NAME, RunOptions
from batchwork.service.reporting import words

_REQUIREMENT = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)[^;]*(?:;.*extra\s*==\s*['\"](?P<extra>[\w-]+)['\"])?")


@dataclass(frozen=True, slots=True)
class RunFact:
    """One run of the batch.

    Attributes
    ----------
    started, ended : float
        Seconds since the epoch; `ended` is None for a run that is on, or never came to its end.
    outcome : str
    user, host, version : str
        Of whom, where, and of Batchwork.
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
    version: str
    options: str
    tasks: int


def runs(db: sqlite3.Connection) -> list[RunFact]:
    """List the runs, the first one first."""
    rows = db.execute(
        "SELECT id, started, ended, outcome, user, host, version, options FROM run ORDER BY id"
    ).fetchall()
    found = []
    for row, after in zip(rows, [*rows, None][1:], strict=True):
        until = after[1] if after else float("inf")
        tasks = db.execute("SELECT count(*) FROM attempt WHERE ended >= ? AND ended < ?", (row[1], until)).fetchone()[0]
        number, started, ended, outcome, user, host, made_by, options = row
        told = {"done": "finished", None: "not ended: it is on, or it crashed"}.get(outcome, outcome)
        found.append(RunFact(number, started, ended, told, user, host, made_by, _options(options), tasks))
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
    return "–"


def swept(plain: object) -> list[str]:
    """Name what a sweep varies; nothing for other items, whose keys say enough."""
    match plain:
        case {"sweep": dict(axes)}:
            return list(axes)
    return []


@dataclass(frozen=True, slots=True)
class Library:
    """A library that this package or one of its extras uses; `version` is None if it is not installed."""

    name: str
    extra: str
    version: str | None


def libraries() -> list[Library]:
    """List what this package needs and what is installed of it."""
    found: dict[str, Library] = {}
    for line in requires("batchwork") or ():
        match = _REQUIREMENT.match(line)
        if match and match["name"] != "batchwork" and match["extra"] != "all":
            found.setdefault(match["name"], Library(match["name"], match["extra"] or "", installed(match["name"])))
    return list(found.values())


def installed(name: str) -> str | None:
    """Give the version of an installed library."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def versions() -> Sequence[tuple[str, str]]:
    """Name the programs at work in this process, with their versions."""
    own = [("Batchwork", version("batchwork")), ("Python", platform.python_version()), ("System", platform.platform())]
    return own + [(library.name, library.version) for library in libraries() if library.version]
