"""Running a job on the files it has to run on: claims, hidden outputs, one by one where it raised."""

import platform
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from batchwork.engine.backends.base import Finished
from batchwork.engine.groups import GroupBook
from batchwork.engine.guard import attempt
from batchwork.engine.preparing import Prepared, Preparer
from batchwork.engine.settling import Settled, Settler
from batchwork.engine.steps import MAIN_OUTPUT
from batchwork.errors import MissingOutput, TaskError
from batchwork.io.atomic import discard
from batchwork.io.containers.opening import is_container
from batchwork.io.fingerprints import SMALL_BYTES, content_hash, fingerprint
from batchwork.jobs.claims import Claims
from batchwork.jobs.contents import digest_of_output, names_in
from batchwork.jobs.hooks import why_invalid_input, why_invalid_output
from batchwork.jobs.job import BatchJob
from batchwork.jobs.planning import Candidate, Planner
from batchwork.jobs.record import Contents, Record, print_of
from batchwork.jobs.staging import stage
from batchwork.jobs.states import InvalidInput, Tally

_SLOT = "caller"


@dataclass(frozen=True, slots=True)
class _Task:
    """One file of a run.

    Attributes
    ----------
    candidate : Candidate
    prepared : Prepared
        As the engine records it.
    final, partial : Path
    before : set of str
        Datasets of the hidden container before the job wrote to it.
    """

    candidate: Candidate
    prepared: Prepared
    final: Path
    partial: Path
    before: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        return self.candidate.source.name


@dataclass(slots=True)
class FolderRun:
    """One run of a job in this process.

    Attributes
    ----------
    planner : Planner
        Has looked at the folder.
    number : int
        The run's number in the ledger.
    params : mapping
        Keywords of `run`, as the caller gave them.
    """

    planner: Planner
    number: int
    params: Mapping[str, object]
    tally: Tally = field(default_factory=Tally)
    job: BatchJob = field(init=False)
    record: Record = field(init=False)
    _settler: Settler = field(init=False)

    def __post_init__(self) -> None:
        self.job, self.record = self.planner.job, self.planner.record
        self._settler = Settler(self.record.ledger, str(self.record.definition.out), platform.node())

    def go(self, candidates: Sequence[Candidate]) -> Tally:
        """Run on all of them, those first whose outputs no other job is making just now."""
        valid = self._validated(self._tasks(candidates))
        with Claims(self.record.definition.out) as claims:
            while valid:
                mine = [task for task in valid if claims.take(task.candidate.final)]
                if not mine:
                    claims.wait(valid[0].candidate.final)
                    mine = valid[:1]
                self._run_all(mine)
                for task in mine:
                    claims.release(task.candidate.final)
                valid = [task for task in valid if task not in mine]
        return self.tally

    def _tasks(self, candidates: Sequence[Candidate]) -> list[_Task]:
        definition = self.record.definition
        preparer = Preparer(self.record.ledger, definition, self.number, GroupBook(definition.workflow))
        planned = self.record.plan({one.item.id: one.why for one in candidates})
        self.record.ledger.commit()
        tasks = []
        for one in candidates:
            prepared = replace(preparer.item_task(planned[one.item.id], one.item), parts=one.parts)
            partial = Path(prepared.spec.outputs[MAIN_OUTPUT])
            tasks.append(_Task(one, prepared, definition.out / one.final, partial))
        return tasks

    def _validated(self, tasks: Sequence[_Task]) -> list[_Task]:
        valid = []
        for task in tasks:
            why = why_invalid_input(self.job, task.candidate.source)
            if why:
                self.tally.invalid[task.name] = why
                self._failed(task, InvalidInput.__name__, why)
            else:
                valid.append(task)
        self.record.ledger.commit()
        return valid

    def _run_all(self, tasks: Sequence[_Task]) -> None:
        """Run on several files at once; if that raises, those without a valid output are tried one by one."""
        left = self._run_on(tasks, is_last=len(tasks) == 1)
        for task in left:
            self._run_on([task], is_last=True)

    def _run_on(self, tasks: Sequence[_Task], *, is_last: bool) -> list[_Task]:
        """Run, publish what is valid, and give those to be tried again."""
        try:
            staged = self._all_staged(tasks)
            if not staged:
                return []
            start = time.perf_counter()
            sources = [str(task.candidate.source) for task in staged]
            outcome = attempt(lambda: self.job.run(sources, [str(task.partial) for task in staged], **self.params))
            if outcome.error is not None and not isinstance(outcome.error, Exception):
                raise outcome.error
            return self._judged(staged, outcome.error, (time.perf_counter() - start) / len(staged), is_last=is_last)
        finally:
            for task in tasks:
                discard(task.partial)
            self.record.ledger.commit()

    def _judged(self, tasks: Sequence[_Task], error: Exception | None, seconds: float, *, is_last: bool) -> list[_Task]:
        again = []
        for task in tasks:
            why = why_invalid_output(self.job, task.partial)
            if not why:
                self._done(task, seconds)
            elif error is not None and not is_last:
                again.append(task)
            else:
                self._not_made(task, why, error)
        return again

    def _all_staged(self, tasks: Sequence[_Task]) -> list[_Task]:
        """Stage the outputs; one that stands there and cannot be read fails alone."""
        found = []
        for task in tasks:
            try:
                found.append(self._staged(task))
            except OSError as error:
                self._not_made(task, "", error)
        return found

    def _staged(self, task: _Task) -> _Task:
        if str(task.prepared.spec.outputs[MAIN_OUTPUT]).endswith("/"):
            discard(task.partial)
            task.partial.mkdir(parents=True)
            return task
        if task.candidate.in_place:
            again = self.planner.again(task.candidate)
            task = replace(task, candidate=again, prepared=replace(task.prepared, parts=again.parts))
        stage(task.final, task.partial, self.job.output_keys or task.candidate.contents.own)
        return replace(task, before=set() if self.job.output_keys else names_in(task.partial))

    def _done(self, task: _Task, seconds: float) -> None:
        contents = self._contents(task)
        seen = fingerprint(task.partial)
        if seen is None or seen.files == 0:
            self._not_made(task, "nothing was written", None)
            return
        digest = contents.output_digest if seen.files < 0 and seen.size <= SMALL_BYTES else None
        if contents.own:
            digest = None  # of keys, not of the file
        settled = self._settle(task, {"state": "done", "outputs": {MAIN_OUTPUT: [*seen, digest]}, "seconds": seconds})
        if settled.state != "done":
            self.tally.failed[task.name] = settled.message
            return
        if task.candidate.in_place:
            contents.input_print = print_of(task.final)
        self.record.save_contents(task.candidate.item.id, contents)

    def _contents(self, task: _Task) -> Contents:
        own = list(self.job.output_keys) or sorted(names_in(task.partial) - task.before)
        digest = digest_of_output(task.partial, own) if own or not is_container(task.partial) else None
        known = task.candidate.contents
        return Contents(known.input_print, known.input_digest, print_of(task.partial), digest, own)

    def _not_made(self, task: _Task, why: str, error: BaseException | None) -> None:
        """Record that a file has no output: what `run` raised, or what is wrong with what it wrote."""
        if error is None:
            self._failed(task, MissingOutput.__name__, why)
            self.tally.failed[task.name] = why
            return
        message = " ".join(str(error).split()) or type(error).__name__
        self.tally.raised = True
        self.tally.failed[task.name] = message if isinstance(error, TaskError) else f"{type(error).__name__}: {message}"
        self._failed(task, type(error).__name__, message, error)

    def _failed(self, task: _Task, kind: str, message: str, error: BaseException | None = None) -> None:
        log = Path(task.prepared.spec.log)
        if error is not None:
            log.parent.mkdir(parents=True, exist_ok=True)
            log.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        told = {"class": kind, "message": message}
        self._settle(task, {"state": "failed", "error": told, "log": error is not None})

    def _settle(self, task: _Task, report: Mapping[str, object]) -> Settled:
        """Publish and record, as the engine does."""
        full = {"values": {}, "log": False, **report, **_source_of(task)}
        return self._settler.finished(task.prepared, Finished(task.prepared.row.id, _SLOT, full))


def _source_of(task: _Task) -> dict[str, object]:
    """Give the content of a small input, so that a touch does not count as a change."""
    found = fingerprint(task.candidate.source)
    if found is None or found.files >= 0 or found.size > SMALL_BYTES:
        return {}
    return {"digest": content_hash(task.candidate.source), "source": [found.size, found.mtime_ns]}
