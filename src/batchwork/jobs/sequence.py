"""Several jobs on one folder, one after the other."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from batchwork.errors import ConfigError
from batchwork.io.naming import nearest
from batchwork.jobs.job import BatchJob
from batchwork.jobs.states import State

Settings: TypeAlias = Mapping[str, object]
JobList: TypeAlias = Mapping[type[BatchJob], Settings] | Sequence[tuple[type[BatchJob], Settings]]

_SETTINGS = ("build", "run", "identifier")


def run_workflow(
    folder: str | Path,
    jobs: JobList,
    input_folder: str | Path | None = None,
    *,
    force_recompute: bool | None = None,
    ignore_invalid_inputs: bool | None = None,
    ignore_failed_outputs: bool | None = None,
) -> dict[str, State]:
    """Run jobs on a folder in their order; the first error ends it, and the next call goes on there.

    Parameters
    ----------
    folder : path
        Where all outputs go.
    jobs : mapping or list
        Job class → settings; a list of pairs where a class comes more than once. Settings are ``build``, what
        the job is made with, ``run``, what it is called with, and ``identifier``.
    input_folder : path, optional
        Where the first job finds its inputs; the others find theirs in `folder`.
    force_recompute, ignore_invalid_inputs, ignore_failed_outputs : bool, optional
        For all jobs whose ``run`` does not say otherwise; None there says nothing.

    Returns
    -------
    dict of str to str
        Job name → state.

    Raises
    ------
    ConfigError
        Before anything runs, if a setting is unknown, or two jobs have one name.
    JobError
        See `BatchJob.__call__`.
    """
    flags = {
        "force_recompute": force_recompute,
        "ignore_invalid_inputs": ignore_invalid_inputs,
        "ignore_failed_outputs": ignore_failed_outputs,
    }
    pairs = list(jobs.items()) if isinstance(jobs, Mapping) else list(jobs)
    made = [_made(kind, settings) for kind, settings in pairs]
    _check_names(made)
    states: dict[str, State] = {}
    for number, (job, (_, settings)) in enumerate(zip(made, pairs, strict=True)):
        given = {**_section(settings, "run"), "input_folder": input_folder if number == 0 else None}
        asked = {name: value for name, value in flags.items() if given.get(name) is None}
        given = {name: value for name, value in {**given, **asked}.items() if name not in flags or value is not None}
        states[job.name] = job(folder, **given)  # type: ignore[arg-type]  # the job checks its keywords
    return states


def _made(kind: type[BatchJob], settings: Settings) -> BatchJob:
    for name in settings:
        if name not in _SETTINGS:
            raise ConfigError(f"job {kind.__name__} has no setting '{name}'; {nearest(name, _SETTINGS)}")
    try:
        job = kind(**_section(settings, "build"))  # type: ignore[arg-type]  # whatever the user's class takes
    except TypeError as error:
        raise ConfigError(f"job {kind.__name__} cannot be made: {error}") from None
    if settings.get("identifier") is not None:
        job.identifier = str(settings["identifier"])
    return job


def _section(settings: Settings, name: str) -> dict[str, object]:
    given = settings.get(name) or {}
    if not isinstance(given, Mapping):
        raise ConfigError(f"'{name}' of a job is a mapping of keywords, not {given!r}")
    return dict(given)


def _check_names(jobs: Sequence[BatchJob]) -> None:
    names = [job.name for job in jobs]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"two jobs are named '{name}'; tell them apart by 'identifier'")
