"""The batch: what users of the Python interface hold in their hands."""

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Literal

from batchwork.engine import edits
from batchwork.engine.control import Control
from batchwork.engine.definition import Definition, RunOptions, load_definition
from batchwork.engine.events import Listener
from batchwork.engine.items import ItemSource, files
from batchwork.engine.items import items as listed
from batchwork.engine.ledger.ledger import home_of, writing
from batchwork.engine.locking import BatchLock
from batchwork.engine.plans import Plan, Selection
from batchwork.engine.running import plan_batch, prepare_batch, run_batch
from batchwork.engine.summary import Report
from batchwork.engine.workflow import Workflow
from batchwork.io.filesystems import is_network

_WAIT_SECONDS = 0.05


@dataclass(frozen=True)
class Batch:
    """A directory of outputs with its ledger.

    Making one writes nothing; `run` and `set` do.

    Attributes
    ----------
    definition : Definition
    """

    definition: Definition

    @classmethod
    def create(
        cls,
        out: str | Path,
        workflow: Workflow,
        *,
        items: ItemSource | str | Path | Sequence[str | Mapping[str, object]],
        params: Mapping[str, Mapping[str, object]] | None = None,
        options: RunOptions | None = None,
    ) -> "Batch":
        """Describe a batch; if the directory holds one already, it goes on with that.

        Parameters
        ----------
        out : path
            Where outputs and ledger go.
        workflow : Workflow
        items : ItemSource, glob or list
            From `files`, `sweep` or `items`; a text is a glob.
        params : mapping, optional
            Step → parameters.
        options : RunOptions, optional

        Raises
        ------
        ConfigError
            If a parameter is unknown or does not fit.
        """
        definition = Definition(workflow, _source(items), Path(out), params or {}, options or RunOptions())
        definition.recipes()
        return cls(definition)

    @classmethod
    def open(cls, out: str | Path, workflow: str | None = None) -> "Batch":
        """Open a batch that has been run, as it was run last.

        Raises
        ------
        NotABatchError
            If there is none.
        """
        return cls(load_definition(home_of(Path(out).absolute(), workflow)))

    def plan(
        self,
        *,
        steps: Iterable[str] | None = None,
        items: str | Iterable[str] | None = None,
        force: bool = False,
    ) -> Plan:
        """Say what would run and why; writes nothing. See `run` for the keywords."""
        return plan_batch(self.definition, self.select(steps=steps, items=items, force=force))

    def run(
        self,
        *,
        steps: Iterable[str] | None = None,
        items: str | Iterable[str] | None = None,
        force: bool = False,
        listener: Listener | None = None,
        workers: int | None = None,
        gpus: str | None = None,
        per_gpu: int | None = None,
        timeout: float | None = None,
        no_progress: float | None = None,
        on_error: Literal["continue", "stop"] | None = None,
    ) -> Report:
        """Run what is not up to date.

        Parameters
        ----------
        steps : iterable of str, optional
            Only these.
        items : glob or iterable of globs, optional
            Only items whose key matches.
        force : bool
            Also what is up to date.
        listener : callable, optional
            Gets every event.
        workers, gpus, per_gpu, timeout, no_progress, on_error
            See `RunOptions`; timeouts in seconds.

        Raises
        ------
        BatchworkError
            If the run cannot start. Failures of tasks are in the report.
        """
        given = {
            "workers": workers, "gpus": gpus, "per_gpu": per_gpu,
            "timeout": timeout, "no_progress": no_progress, "on_error": on_error,
        }  # fmt: skip
        batch = self.with_options(**given)
        return run_batch(batch.definition, self.select(steps=steps, items=items, force=force), listener)

    def retry(self, error_class: str | None = None, *, listener: Listener | None = None) -> Report:
        """Run again what has failed, or only failures of one class."""
        return run_batch(self.definition, Selection(failed_only=True, error_class=error_class), listener)

    def with_options(self, **given: object) -> "Batch":
        """Give the same batch with other run options; None leaves one as it is."""
        known = {f.name for f in fields(RunOptions)}
        changed = {name: value for name, value in given.items() if value is not None and name in known}
        if not changed:
            return self
        options = replace(self.definition.options, **changed)  # type: ignore[arg-type]
        return Batch(replace(self.definition, options=options))

    def select(
        self,
        *,
        steps: Iterable[str] | None = None,
        items: str | Iterable[str] | None = None,
        force: bool = False,
    ) -> Selection:
        """Make a selection, its step names checked; without any, the definition's or the usual ones are taken."""
        chosen = self.definition.steps if steps is None else steps
        chosen = self.definition.workflow.usual_steps if chosen is None else chosen
        names = None if chosen is None else frozenset(self.definition.workflow[name].name for name in chosen)
        globs = None if items is None else (items,) if isinstance(items, str) else tuple(items)
        return Selection(names, globs, force)

    def set(self, item: str, **values: object) -> None:
        """Enter values of an item; None clears one. The batch need not have run yet.

        Raises
        ------
        UnknownItemError
            If there is no such item.
        ParameterError
            If no step reads or writes such a value.
        """
        prepare_batch(self.definition)
        self.edit({"kind": "set", "items": {item: values}})

    def edit(self, edit: edits.Edit) -> dict[str, object]:
        """Do an edit; see `batchwork.engine.edits`."""
        return edit_batch(self.definition.out, self.definition.workflow.name, edit)


def _source(items: ItemSource | str | Path | Sequence[str | Mapping[str, object]]) -> ItemSource:
    if isinstance(items, str | Path):
        return files(items)
    if isinstance(items, Sequence):
        return listed(items)
    return items


def edit_batch(out: Path, workflow: str | None, edit: edits.Edit) -> dict[str, object]:
    """Do an edit: through the live run if there is one, else under the lock.

    Raises
    ------
    BatchBusyError
        If a run on another machine holds the batch.
    """
    home = home_of(out, workflow)
    lock = BatchLock(home, is_network(home))
    while not lock.acquire():
        control = Control.connect(home)
        if control is not None:
            with closing(control), suppress(ConnectionError):  # the run may end before it answers
                answer = control.call("edit", edit=edit)
                return {name: value for name, value in answer.items() if name != "ok"}
        holder = lock.holder()
        if holder is not None and not holder.is_here:
            raise lock.busy()
        time.sleep(_WAIT_SECONDS)
    try:
        with writing(home) as ledger:
            return edits.apply(ledger, edit)
    finally:
        lock.release()
