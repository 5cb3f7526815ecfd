"""Taking over after a crash, and looking ahead at the disk."""

import json
import os
import platform
import signal
import time
from contextlib import suppress
from dataclasses import dataclass

from batchwork.engine.definition import Definition
from batchwork.engine.ledger.ledger import FOLDER, Ledger
from batchwork.io.atomic import discard, leftovers
from batchwork.io.filesystems import free_bytes

_SAME_START_SECONDS = 2.0


def take_over(ledger: Ledger) -> None:
    """Put in order what a run that crashed has left: its children, its open tasks."""
    for pid, created, host in ledger.db.execute("SELECT pid, created, host FROM child").fetchall():
        if host == platform.node():
            _end_orphan(pid, created)
    with ledger.transaction():
        ledger.db.execute("DELETE FROM child")
        ledger.db.execute("UPDATE run SET ended = ?, outcome = 'crashed' WHERE ended IS NULL", (time.time(),))
        ledger.db.execute("UPDATE task SET state = 'pending', ready = 0 WHERE state = 'running'")
        ledger.add_event("take over", {})


def _end_orphan(pid: int, created: float) -> None:
    """End a child's process group, if the process of that number is still that child."""
    import psutil

    with suppress(psutil.Error, ProcessLookupError, PermissionError):
        if abs(psutil.Process(pid).create_time() - created) < _SAME_START_SECONDS:
            os.killpg(pid, signal.SIGKILL)


def sweep_leftovers(ledger: Ledger, definition: Definition) -> int:
    """Remove partial outputs of attempts that a crash cut off, and give how many there were."""
    templates = [t for step in definition.workflow.steps for t in definition.outputs_of(step.name).values()]
    recorded = ledger.db.execute("SELECT 1 FROM task WHERE outputs LIKE '%/%' LIMIT 1").fetchone()
    has_folders = recorded is not None or any("/" in template.strip("/") for template in templates)
    owner, count = ledger.owner, 0
    for folder, below, _ in os.walk(definition.out):
        below[:] = [name for name in below if name != FOLDER] if has_folders else []
        for path in leftovers(folder, owner):
            discard(path)
            count += 1
    return count


@dataclass(frozen=True, slots=True)
class DiskForecast:
    """How much the pending tasks will write.

    Attributes
    ----------
    known_bytes : float
        Judged by tasks of the same steps that are done.
    guessed_bytes : float
        Of steps that have never run: as much as their items' files.
    free_bytes : int
    """

    known_bytes: float
    guessed_bytes: float
    free_bytes: int

    def shortage(self) -> str | None:
        """Say that the disk will not do, if that is known."""
        return self._told(self.known_bytes, "are needed") if self.known_bytes > self.free_bytes else None

    def warning(self) -> str | None:
        """Say that the disk may not do."""
        need = self.known_bytes + self.guessed_bytes
        return self._told(need, "may be needed, if outputs are as large as inputs") if need > self.free_bytes else None

    def _told(self, need: float, how: str) -> str:
        return f"about {need / 1e9:.2f} GB {how}, {self.free_bytes / 1e9:.2f} GB are free"


def forecast_disk(ledger: Ledger, definition: Definition) -> DiskForecast:
    """Look ahead at what the pending tasks will write."""
    known = guessed = 0.0
    (mean_source,) = ledger.db.execute("SELECT coalesce(avg(size), 0) FROM item WHERE listed = 1").fetchone()
    pending = "SELECT step, count(*) FROM task WHERE state = 'pending' GROUP BY step"
    for step, count in ledger.db.execute(pending).fetchall():
        sizes = [
            sum(found[1] for found in json.loads(outputs).values())
            for (outputs,) in ledger.db.execute(
                "SELECT outputs FROM task WHERE step = ? AND outputs IS NOT NULL LIMIT 200", (step,)
            )
        ]
        if sizes:
            known += count * sum(sizes) / len(sizes)
        elif definition.workflow[step].outputs:
            guessed += count * mean_source
    return DiskForecast(known, guessed, free_bytes(definition.out))
