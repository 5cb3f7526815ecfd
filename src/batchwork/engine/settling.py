"""Recording how tasks ended: outputs into their places, rows into the ledger."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from batchwork.engine.backends.base import Ended, Finished
from batchwork.engine.ledger import values as value_rows
from batchwork.engine.ledger.ledger import Ledger
from batchwork.engine.ledger.values import NewValue
from batchwork.engine.preparing import Prepared
from batchwork.engine.signatures import same_outputs, signature, signature_of
from batchwork.errors import ChildDied, DiskFull, MemoryLimit, NoProgress, PublishError, TaskError, TaskTimeout
from batchwork.io.atomic import discard, publish

_CLASSES: Mapping[str, type[TaskError]] = {
    "died": ChildDied,
    "disk": DiskFull,
    "timeout": TaskTimeout,
    "no_progress": NoProgress,
    "memory": MemoryLimit,
}


@dataclass(frozen=True, slots=True)
class Settled:
    """How a task ended, as everybody is told.

    Attributes
    ----------
    state : str
        "done", "failed", "skipped" or "pending" (ended with the run, not by its fault).
    kind, message : str
        Class and text of a failure; the reason of a skip.
    changed_values : bool
        Whether it changed a value that counts.
    """

    state: str
    kind: str = ""
    message: str = ""
    changed_values: bool = False


@dataclass(slots=True)
class Settler:
    """Publishes and records, in the coordinator alone."""

    ledger: Ledger
    out: str
    host: str
    began: dict[int, float] = field(default_factory=dict)

    def finished(self, task: Prepared, event: Finished) -> Settled:
        """Record a task that came to its end by itself."""
        report = event.report
        state = str(report["state"])
        self._note_source(task, report)
        if state == "done":
            problem = self._publish(task)
            if problem is None:
                return self._done(task, event)
            return self._failed(task, event.slot, PublishError.__name__, problem, report, log=bool(report["log"]))
        error: Mapping[str, str] = report["error"]  # type: ignore[assignment]
        if state == "skipped":
            return self._skipped(task, event, error["message"])
        return self._failed(task, event.slot, error["class"], error["message"], report, log=bool(report["log"]))

    def ended(self, task: Prepared, event: Ended) -> Settled:
        """Record a task whose process ended before it did."""
        for path in task.spec.outputs.values():
            discard(path.rstrip("/"))
        if event.cause == "cancelled":
            self.ledger.begin()
            self.ledger.db.execute("UPDATE task SET state = 'pending', ready = 0 WHERE id = ?", (task.row.id,))
            self._attempt(task, "cancelled", None, event.slot, {}, log=event.log)
            return Settled("pending")
        if event.cause == "died":
            self.ledger.begin()
            self.ledger.db.execute("UPDATE task SET deaths = deaths + 1 WHERE id = ?", (task.row.id,))
        return self._failed(task, event.slot, _CLASSES[event.cause].__name__, event.message, {}, log=event.log)

    def unchanged(self, task: Prepared) -> Settled:
        """Record that a task need not run after all: what it waited for is as it was."""
        self.ledger.begin()
        self.ledger.db.execute(
            "UPDATE task SET state = 'done', ready = 0, reason = NULL, left_out = ? WHERE id = ?",
            (json.dumps(task.left_out) if task.left_out else None, task.row.id),
        )
        return Settled("done")

    def refused(self, task: Prepared, kind: str, message: str) -> Settled:
        """Record a task that failed before it could be submitted."""
        return self._failed(task, "", kind, message, {}, log=False)

    def _publish(self, task: Prepared) -> str | None:
        """Rename the outputs into place; give what went wrong."""
        for name, final in task.finals.items():
            partial = task.spec.outputs[name].rstrip("/")
            try:
                publish(partial, f"{self.out}/{final}")
            except OSError as error:
                discard(partial)
                return f"cannot put {final} in its place: {error.strerror}"
        return None

    def _note_source(self, task: Prepared, report: Mapping[str, object]) -> None:
        digest = report.get("digest")
        if task.item is None or report.get("source") != [task.item.size, task.item.mtime]:
            return  # none, or it was changed since it was looked at: its content tells nothing of this token
        if digest is not None and task.item.digest != digest:
            self.ledger.begin()
            self.ledger.db.execute(
                "UPDATE item SET digest = ? WHERE id = ? AND token = ?",
                (digest, task.item.id, task.item.token),
            )

    def _done(self, task: Prepared, event: Finished) -> Settled:
        report = event.report
        found: Mapping[str, list[object]] = report["outputs"]  # type: ignore[assignment]
        outputs = {name: [final, *found[name]] for name, final in task.finals.items()}
        left_out = json.dumps(task.left_out) if task.left_out else None
        self.ledger.begin()
        self.ledger.db.execute(
            "UPDATE task SET state = 'done', result = 'done', ready = 0, reason = NULL, parts = ?, outputs = ?, "
            "same_as = ?, error = NULL, log = ?, attempt = attempt + 1, deaths = 0, left_out = ? WHERE id = ?",
            (
                task.parts,
                json.dumps(outputs) if outputs else None,
                self._same_as(task, outputs),
                self._log(task, report),
                left_out,
                task.row.id,
            ),
        )
        self._attempt(task, "done", None, event.slot, report, log=bool(report["log"]))
        return Settled("done", changed_values=self._write_values(task, report))

    @staticmethod
    def _same_as(task: Prepared, outputs: Mapping[str, Sequence[object]]) -> str | None:
        """Give the signature that later tasks know these very outputs by, if it is an earlier one."""
        known = signature_of(task.row) if task.row.parts and same_outputs(task.row.outputs, outputs) else None
        return None if known == signature(task.parts) else known

    def _write_values(self, task: Prepared, report: Mapping[str, object]) -> bool:
        changed = False
        written: Mapping[str, object] = report["values"]  # type: ignore[assignment]
        for name, given in written.items():
            value, detail = (
                (given, {}) if not isinstance(given, dict) or "value" not in given else (given["value"], given)
            )
            by = f"{task.spec.step}:{detail['by']}" if detail.get("by") else task.spec.step
            if task.item is not None:
                doubt = detail.get("doubt")
                note = str(doubt or detail.get("note", ""))
                new = NewValue(task.item.id, name, value, by, note, detail.get("confidence"))
                record = value_rows.record_doubtful if doubt else value_rows.record_result
                changed |= record(self.ledger.db, new, task.spec.step)
        return changed

    def _skipped(self, task: Prepared, event: Finished, reason: str) -> Settled:
        self.ledger.begin()
        self.ledger.db.execute(
            "UPDATE task SET state = 'skipped', result = 'skipped', ready = 0, reason = ?, parts = ?, outputs = NULL, "
            "same_as = NULL, error = NULL, log = ?, attempt = attempt + 1 WHERE id = ?",
            (reason, task.parts, self._log(task, event.report), task.row.id),
        )
        self._attempt(task, "skipped", None, event.slot, event.report, log=bool(event.report["log"]))
        return Settled("skipped", message=reason)

    def _failed(
        self, task: Prepared, slot: str, kind: str, message: str, report: Mapping[str, object], *, log: bool
    ) -> Settled:
        error = json.dumps({"class": kind, "message": message, "sig": signature(task.parts)})
        self.ledger.begin()
        self.ledger.db.execute(
            "UPDATE task SET state = 'failed', ready = 0, error = ?, log = ?, attempt = attempt + 1 WHERE id = ?",
            (error, task.spec.log if log else None, task.row.id),
        )
        self._attempt(task, "failed", error, slot, report, log=log)
        return Settled("failed", kind, message)

    @staticmethod
    def _log(task: Prepared, report: Mapping[str, object]) -> str | None:
        return task.spec.log if report["log"] else None

    def _attempt(
        self,
        task: Prepared,
        state: str,
        error: str | None,
        slot: str,
        report: Mapping[str, object],
        *,
        log: bool,
    ) -> None:
        now = time.time()
        seconds = report.get("seconds")
        started = now - float(seconds) if isinstance(seconds, float) else self.began.get(task.row.id)
        if state == "cancelled":
            self.ledger.db.execute("UPDATE task SET attempt = attempt + 1 WHERE id = ?", (task.row.id,))
        self.ledger.db.execute(
            "INSERT OR REPLACE INTO attempt VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                task.row.id,
                task.row.attempt + 1,
                state,
                error,
                slot,
                self.host,
                started,
                now,
                report.get("peak"),
                task.spec.log if log else None,
            ),
        )
