"""One call of a job on a folder, from beginning to end."""

import glob
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from batchwork.engine.definition import Definition
from batchwork.engine.programs import versions
from batchwork.engine.workflow import Workflow
from batchwork.errors import ConfigError, ParameterError
from batchwork.jobs.declaring import takes_any_keyword, workflow_of
from batchwork.jobs.job import BatchJob
from batchwork.jobs.planning import Planner
from batchwork.jobs.record import FolderItems, Record, recording
from batchwork.jobs.running import FolderRun
from batchwork.jobs.states import State, Tally


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked of a job; see `BatchJob.__call__`.

    Attributes
    ----------
    folder, input_folder : Path
    params : mapping
        Keywords of `run`.
    force, ignore_invalid, ignore_failed : bool
    """

    folder: Path
    input_folder: Path
    params: Mapping[str, object]
    force: bool = False
    ignore_invalid: bool = False
    ignore_failed: bool = False


def call(job: BatchJob, asked: Call) -> State:
    """Run a job on what is new in a folder.

    Raises
    ------
    JobError
        See `BatchJob.__call__`.
    """
    workflow = workflow_of(job)
    known = {parameter.name for parameter in workflow.steps[0].parameters}
    others = {n: v for n, v in asked.params.items() if n not in known} if takes_any_keyword(job) else {}
    _check_recordable(job, others)
    definition = _definition(job, workflow, asked, others)
    with recording(definition) as record:
        tally = _run(job, record, asked, others)
        status = tally.status(ignore_failed=asked.ignore_failed)
        status.save(record.ledger)
        record.ledger.commit()
    tally.check(job.name, ignore_invalid=asked.ignore_invalid, ignore_failed=asked.ignore_failed)
    return status.state


def _check_recordable(job: BatchJob, others: Mapping[str, object]) -> None:
    for name, value in others.items():
        try:
            json.dumps(value)
        except TypeError as error:
            raise ParameterError(f"job {job.name}: '{name}' cannot be recorded: {error}") from None


def _definition(job: BatchJob, workflow: Workflow, asked: Call, others: Mapping[str, object]) -> Definition:
    if not asked.input_folder.is_dir():
        raise ConfigError(f"{asked.input_folder}: there is no such folder of inputs")
    given = {name: value for name, value in asked.params.items() if name not in others}
    source = _inputs(job, asked)
    made_by = workflow.steps[0].declared_by or None
    definition = Definition(workflow, source, asked.folder, {job.name: given}, reference=made_by)
    return replace(definition, params={job.name: definition.resolved(job.name)})


def _inputs(job: BatchJob, asked: Call) -> FolderItems:
    patterns = [job.input_pattern] if isinstance(job.input_pattern, str) else job.input_pattern
    root = glob.escape(str(asked.input_folder.absolute()))
    is_same = asked.folder.exists() and asked.folder.samefile(asked.input_folder)
    ending = job.output_ext or "."
    exclude = () if not is_same or ending.startswith(".") or job.output_folder else (f"*{glob.escape(ending)}",)
    return FolderItems(tuple(f"{root}/{pattern}" for pattern in patterns), None, exclude)


def _run(job: BatchJob, record: Record, asked: Call, others: Mapping[str, object]) -> Tally:
    planner = Planner(job, record, others, asked.force)
    candidates = planner.make()
    if not candidates:
        return Tally()
    number = record.ledger.start_run(asdict(record.definition.options), versions())
    record.ledger.commit()
    outcome = "interrupted"
    try:
        tally = FolderRun(planner, number, asked.params).go(candidates)
        outcome = "failed" if tally.failed or tally.invalid else "done"
    finally:
        record.ledger.end_run(number, outcome)
        record.ledger.commit()
    return tally
