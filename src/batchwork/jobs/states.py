"""How a call of a job ended, and how that is kept."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

from batchwork.engine.ledger.ledger import Ledger
from batchwork.errors import BatchworkError, TaskError

State = Literal["processed", "errored", "invalid_inputs", "failed_outputs"]

_META = "job_status"
_MOST_NAMED = 20


class JobError(BatchworkError, RuntimeError):
    """A job left something out; the text names the files."""


class InvalidInput(TaskError):
    """A job refused its input."""


@dataclass(frozen=True, slots=True)
class JobStatus:
    """How the last call of a job on a folder ended.

    Attributes
    ----------
    state : str
        ``processed``: every input has its output. ``invalid_inputs``: some inputs were refused, all others have
        their outputs. ``failed_outputs``: `run` came to its end without some outputs, or they were not valid.
        ``errored``: `run` raised, and the caller had not asked to ignore that.
    invalid_inputs, failed_outputs : dict of str to str
        File name → why.
    """

    state: State
    invalid_inputs: Mapping[str, str] = field(default_factory=dict)
    failed_outputs: Mapping[str, str] = field(default_factory=dict)

    def save(self, ledger: Ledger) -> None:
        """Keep it in the ledger."""
        ledger.set_meta(_META, json.dumps(asdict(self)))

    @classmethod
    def load(cls, ledger: Ledger) -> "JobStatus | None":
        """Read it from the ledger."""
        text = ledger.meta(_META)
        return cls(**json.loads(text)) if text else None


@dataclass(slots=True)
class Tally:
    """What becomes of the files of one call.

    Attributes
    ----------
    invalid, failed : dict of str to str
        File name → why.
    raised : bool
        Whether `run` raised for a file that has no output now.
    """

    invalid: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    raised: bool = False

    def status(self, *, ignore_failed: bool) -> JobStatus:
        """Give the state that is recorded."""
        state: State = "processed"
        if self.invalid:
            state = "invalid_inputs"
        if self.failed:
            state = "errored" if self.raised and not ignore_failed else "failed_outputs"
        return JobStatus(state, self.invalid, self.failed)

    def check(self, job: str, *, ignore_invalid: bool, ignore_failed: bool) -> None:
        """Raise unless everything is well or the caller ignores it.

        Raises
        ------
        JobError
        """
        told = []
        if self.invalid and not ignore_invalid:
            told.append(f"invalid inputs: {_listed(self.invalid)}")
        if self.failed and not ignore_failed:
            told.append(f"no valid output for: {_listed(self.failed)}")
        if told:
            raise JobError(f"{job}: {'; '.join(told)}; everything else is done and kept")


def _listed(files: Mapping[str, str]) -> str:
    named = [f"{name} ({why})" for name, why in list(files.items())[:_MOST_NAMED]]
    more = len(files) - len(named)
    return ", ".join(named) + (f", and {more} more" if more else "")
