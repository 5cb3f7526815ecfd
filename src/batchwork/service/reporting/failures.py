"""Why tasks failed, grouped by class, with the end of their logs."""

import os
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from batchwork.engine.summary import Failure, failures

MAX_TOLD = 20
"""Failures of one class that are told one by one."""

_TAIL_LINES = 20
_TAIL_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class ToldFailure:
    """One failed task, with the last lines of its log."""

    key: str
    step: str
    message: str
    tail: str


@dataclass(frozen=True, slots=True)
class FailureClass:
    """The failures of one class; `count` of them, the first ones told."""

    kind: str
    count: int
    told: Sequence[ToldFailure]


def failure_classes(db: sqlite3.Connection) -> list[FailureClass]:
    """Group failures by class, the most frequent first; tasks blocked by others come last."""
    by_class: dict[str, list[Failure]] = defaultdict(list)
    for failure in failures(db):
        by_class[failure.kind].append(failure)
    ordered = sorted(by_class.items(), key=lambda pair: (pair[1][0].state == "blocked", -len(pair[1]), pair[0]))
    return [FailureClass(kind, len(found), [_told(f) for f in found[:MAX_TOLD]]) for kind, found in ordered]


def _told(failure: Failure) -> ToldFailure:
    return ToldFailure(failure.key, failure.step, failure.message, log_tail(Path(failure.log)) if failure.log else "")


def log_tail(path: Path) -> str:
    """Give the last lines of a log; nothing if it is gone."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(file.tell() - _TAIL_BYTES, 0))
            text = file.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-_TAIL_LINES:])
