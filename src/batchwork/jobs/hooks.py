"""Asking a job whether a file will do: its hooks may say no, or raise."""

from collections.abc import Callable
from pathlib import Path

from batchwork.engine.guard import attempt
from batchwork.errors import BatchworkError
from batchwork.io.containers.opening import is_container
from batchwork.jobs.contents import names_in
from batchwork.jobs.job import BatchJob


def why_invalid_input(job: BatchJob, path: Path) -> str:
    """Say why a job refuses an input; "" if it takes it."""
    return _why(job.validate_input, path, "validate_input says no")


def why_invalid_output(job: BatchJob, path: Path) -> str:
    """Say why a job's new output is no good; "" if it is."""
    if not path.exists():
        return "it was not written"
    why = _why(job.validate_output, path, "validate_output says no")
    if why or job.output_keys or not is_container(path):
        return why
    return _why(lambda found: bool(names_in(Path(found))), path, "it holds nothing")


def is_there(job: BatchJob, path: Path) -> bool:
    """Say whether an output passes the quick check."""
    return not _why(job.check_output, path, "check_output says no")


def _why(hook: Callable[[str], bool], path: Path, no: str) -> str:
    """Ask a hook; what it raises is a reason, but for what ends the program."""
    outcome = attempt(lambda: hook(str(path)))
    if outcome.error is None:
        return "" if outcome.value else no
    if not isinstance(outcome.error, Exception):
        raise outcome.error
    text = " ".join(str(outcome.error).split()).removeprefix(f"{path}: ")
    if isinstance(outcome.error, BatchworkError) and text:
        return text
    return f"{type(outcome.error).__name__}: {text}"
