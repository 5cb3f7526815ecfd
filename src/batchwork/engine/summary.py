"""How a batch stands: counts by item, failures, the exit code."""

import json
import sqlite3
from dataclasses import dataclass, field
from typing import Self

from batchwork.engine.exits import DONE, FAILED, INTERRUPTED
from batchwork.engine.plans import Selection

RANKS = ("done", "skipped", "cancelled", "stale", "pending", "running", "blocked", "failed")
"""States of an item's tasks, the one that stands for the item last."""

_RANK = "CASE state " + " ".join(f"WHEN '{state}' THEN {rank}" for rank, state in enumerate(RANKS)) + " END"


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed or blocked task."""

    key: str
    step: str
    state: str
    kind: str
    message: str
    log: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """How a run ended.

    Attributes
    ----------
    counts : dict of str to int
        Item status → how many items, those that occur.
    exit_code : int
        See `batchwork.engine.exits`.
    outcome : str
        "done", "failed", "stopped" or "interrupted".
    failures : list of Failure
    ran : int
        Tasks that were run.
    """

    counts: dict[str, int]
    exit_code: int
    outcome: str
    failures: list[Failure] = field(default_factory=list)
    ran: int = 0

    @classmethod
    def of(cls, db: sqlite3.Connection, selection: Selection | None, outcome: str, ran: int = 0) -> Self:
        """Sum up a run; one that is "done", but for failed or blocked tasks that it took in, has "failed"."""
        found = failures(db, selection)
        ended = "failed" if outcome == "done" and found else outcome
        code = {"done": DONE, "interrupted": INTERRUPTED}.get(ended, FAILED)
        return cls(count_items(db), code, ended, found, ran)


def blocked_error(reason: str | None) -> dict[str, str]:
    """Give class and message of what holds a task back; a doubt names its own class first."""
    kind, colon, message = (reason or "").partition(": ")
    if colon and kind.isidentifier():
        return {"class": kind, "message": message}
    return {"class": "Blocked", "message": reason or ""}


def count_items(db: sqlite3.Connection) -> dict[str, int]:
    """Count the listed items by status."""
    found = db.execute(
        f"SELECT rank, count(*) FROM (SELECT coalesce(max({_RANK}), {RANKS.index('pending')}) AS rank FROM item "  # noqa: S608
        "LEFT JOIN task ON task.item = item.id WHERE listed = 1 GROUP BY item.id) GROUP BY rank ORDER BY rank"
    )
    return {RANKS[rank]: count for rank, count in found}


def failures(db: sqlite3.Connection, selection: Selection | None = None) -> list[Failure]:
    """List failed and blocked tasks that a selection takes in, in order of their items."""
    rows = db.execute(
        "SELECT coalesce(item.key, grp), step, state, error, reason, log FROM task "
        "LEFT JOIN item ON item.id = task.item WHERE state IN ('failed', 'blocked') "
        "AND coalesce(listed, 1) = 1 ORDER BY item.sort, task.id"
    )
    found = []
    for key, step, state, error, reason, log in rows:
        if selection is not None and not (selection.takes_step(step) and selection.takes_item(key)):
            continue
        told = json.loads(error) if error and state == "failed" else blocked_error(reason)
        found.append(Failure(key, step, state, told["class"], told["message"], log))
    return found
