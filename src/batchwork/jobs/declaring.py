"""A job as the engine knows it: a workflow of one step."""

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

from batchwork.engine.loading import object_ref
from batchwork.engine.parameters import type_hints
from batchwork.engine.steps import step
from batchwork.engine.workflow import AnyStep, Workflow
from batchwork.errors import MissingOutput
from batchwork.jobs.hooks import why_invalid_input, why_invalid_output
from batchwork.jobs.job import BatchJob
from batchwork.jobs.staging import stage
from batchwork.jobs.states import InvalidInput

_OF_THE_ENGINE = ("input_files", "output_files")


def workflow_of(job: BatchJob) -> Workflow:
    """Declare a job as a workflow of one step over files."""
    return Workflow(job.name, steps=[_step_of(job)])


def takes_any_keyword(job: BatchJob) -> bool:
    """Say whether `run` has ``**kwargs``."""
    return any(p.kind is p.VAR_KEYWORD for p in inspect.signature(job.run).parameters.values())


def _step_of(job: BatchJob) -> AnyStep:
    neutral = {p.name for p in _keywords(job)} & set(job.neutral)
    declare = step(
        name=job.name,
        outputs=job.output_template,
        version=f"{job.version}+{_made_with(job)}",
        neutral=tuple(sorted(neutral)),
        resources=job.resources,
    )
    made: AnyStep = declare(_function_of(job))
    return replace(made, declared_by=object_ref(job) or _class_ref(job))


def _made_with(job: BatchJob) -> str:
    """Give a short hash of what the job was made with, which decides its results as its version does."""
    return blake2b(json.dumps(job.settings(), sort_keys=True).encode(), digest_size=4).hexdigest()


def _class_ref(job: BatchJob) -> str:
    """Name the class, if one made without arguments is the same job."""
    given = job.settings()
    try:
        plain = type(job)().settings()  # type: ignore[call-arg]  # a job of the user's own, which may need none
    except TypeError:
        return ""
    return object_ref(type(job)) if plain == given else ""


def _function_of(job: BatchJob) -> Callable[..., None]:
    """Give a function of one file with the keywords of `run`."""

    def run_one(source: Path, output: Path, **kwargs: object) -> None:
        _run_alone(job, source, output, kwargs)

    own = [
        inspect.Parameter("source", inspect.Parameter.POSITIONAL_OR_KEYWORD),
        inspect.Parameter("output", inspect.Parameter.POSITIONAL_OR_KEYWORD),
    ]
    keywords = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in _keywords(job)]
    hints = type_hints(type(job).run)
    run_one.__name__ = job.name
    run_one.__doc__ = inspect.getdoc(type(job).run)
    run_one.__annotations__ = {p.name: hints.get(p.name, Any) for p in keywords}
    run_one.__signature__ = inspect.Signature([*own, *keywords])  # type: ignore[attr-defined]  # what inspect looks for
    return run_one


def _keywords(job: BatchJob) -> list[inspect.Parameter]:
    found = inspect.signature(job.run).parameters.values()
    named = [p for p in found if p.kind in {p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY}]
    return [p for p in named if p.name not in _OF_THE_ENGINE]


def _run_alone(job: BatchJob, source: Path, output: Path, kwargs: Mapping[str, object]) -> None:
    """Run a job on one file, in a runner child."""
    if why := why_invalid_input(job, source):
        raise InvalidInput(f"{source}: {why}")
    final = output.parent / Path(job.output_template.format(name=source.name, stem=source.stem)).name
    if job.output_keys:
        stage(final, output, job.output_keys)
    job.run([str(source)], [str(output)], **kwargs)
    if why := why_invalid_output(job, output):
        raise MissingOutput(f"{final.name}: {why}")
