"""Which files a job still has to run on, and why."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from batchwork.engine.ledger.rows import ItemRow, TaskRow
from batchwork.engine.paths import Layout
from batchwork.engine.plans import ASKED_AGAIN, INTERRUPTED, NOT_YET
from batchwork.engine.signatures import StepNeeds
from batchwork.engine.steps import MAIN_OUTPUT
from batchwork.engine.workflow import AnyStep
from batchwork.errors import ConfigError, OutputCollisionError
from batchwork.io.containers.opening import is_container
from batchwork.jobs.hooks import is_there
from batchwork.jobs.job import BatchJob
from batchwork.jobs.record import Contents, Record


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that the job has to run on.

    Attributes
    ----------
    item : ItemRow
    source : Path
    final : str
        The output's path relative to the folder.
    parts : str
        What its signature is made of.
    contents : Contents
    why : str
    in_place : bool
        Whether the output is the input, with more keys.
    """

    item: ItemRow
    source: Path
    final: str
    parts: str
    contents: Contents
    why: str
    in_place: bool


@dataclass(slots=True)
class Planner:
    """Looks at every input of a job.

    Attributes
    ----------
    job : BatchJob
    record : Record
    others : mapping
        Keywords of `run` that the engine does not know; they decide the result too.
    force : bool
        Take all.
    """

    job: BatchJob
    record: Record
    others: Mapping[str, object]
    force: bool
    _step: AnyStep = field(init=False)
    _needs: StepNeeds = field(init=False)

    def __post_init__(self) -> None:
        (self._step,) = self.record.definition.workflow.steps
        self._needs = self.record.definition.needs()[self._step.name]

    def make(self) -> list[Candidate]:
        """Give what has to run, in natural order.

        Raises
        ------
        OutputCollisionError
            If two inputs would make one output.
        ConfigError
            If an output would take the place of its input.
        """
        layout, known = Layout(self.record.definition), self.record.known()
        taken: dict[str, str] = {}
        found = []
        for item, row in self.record.inputs():
            final = layout.of_item(self._step, item.key, json.loads(item.attrs), is_file=True)[MAIN_OUTPUT].rstrip("/")
            in_place = self._check_place(item, final, taken)
            contents = known.get(item.id) or Contents.of_row(row)
            if why := self._look_at(item, row, final, contents):
                source = Path(item.source or "")
                parts = self._parts(item, source, contents)
                found.append(Candidate(item, source, final, parts, contents, why, in_place))
        self.record.ledger.commit()
        return found

    def again(self, candidate: Candidate) -> Candidate:
        """Look at an input again, which another job may have changed while it was waited for."""
        parts = self._parts(candidate.item, candidate.source, candidate.contents)
        return replace(candidate, parts=parts)

    def _check_place(self, item: ItemRow, final: str, taken: dict[str, str]) -> bool:
        """See that an output is nobody else's, and say whether it is its own input."""
        other = taken.setdefault(final, item.key)
        if other != item.key:
            raise OutputCollisionError(
                f"job {self.job.name}: '{final}' would be written for '{other}' and for '{item.key}'; "
                "let the pattern take one of them"
            )
        output = self.record.definition.out / final
        in_place = output.exists() and output.samefile(item.source or "")
        if in_place and not (is_container(final) and self.job.input_keys):
            raise ConfigError(
                f"job {self.job.name}: '{final}' would take the place of its input; give output_ext, output_folder, "
                "or another folder. Only a BatchJobOnContainer with an input_key may write into its inputs"
            )
        return in_place

    def _look_at(self, item: ItemRow, row: TaskRow | None, final: str, known: Contents) -> str:
        """Say why a file has to run, "" if its output is good; what was learnt of its contents is kept."""
        before = known.input_print, known.output_print
        parts = self._parts(item, Path(item.source or ""), known)
        why = self._why(row, parts, known, self.record.definition.out / final)
        if (known.input_print, known.output_print) != before:
            self.record.save_contents(item.id, known)
        return why

    def _parts(self, item: ItemRow, source: Path, known: Contents) -> str:
        parts = self._needs.item_parts(self._token(item, source, known), {}, {}, {})
        if not self.others:
            return parts
        others = json.dumps(self.others, sort_keys=True, separators=(",", ":"))
        return f'{parts[:-1]},"o":{others}}}'

    def _token(self, item: ItemRow, source: Path, known: Contents) -> str | None:
        """Give what stands for the input in signatures: of keys, their contents alone."""
        if not self.job.input_keys or not is_container(source):
            return item.token
        known.look_at_input(source, self.job.input_keys)
        return known.input_digest or item.token

    def _why(self, row: TaskRow | None, parts: str, known: Contents, final: Path) -> str:
        if self.force:
            return ASKED_AGAIN
        if row is None or row.parts is None:
            return NOT_YET
        if row.state == "failed":
            return "failed before"
        if row.parts != parts:
            return "its input or the job's parameters have changed"
        return INTERRUPTED if row.state != "done" else self._why_not_kept(known, final)

    def _why_not_kept(self, known: Contents, final: Path) -> str:
        if not is_there(self.job, final):
            return f"output {final.name} is missing"
        return "" if known.holds(final) else f"output {final.name} was changed"
