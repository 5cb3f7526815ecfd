"""What a job knows of a folder: the engine's ledger, and the contents of keys beside it."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from batchwork.engine.definition import Definition
from batchwork.engine.graph import Graph
from batchwork.engine.intake import take_in
from batchwork.engine.items import FileItems, Found
from batchwork.engine.ledger import rows
from batchwork.engine.ledger.ledger import Ledger, create_home, writing
from batchwork.engine.ledger.rows import ItemRow, TaskRow
from batchwork.engine.locking import BatchLock
from batchwork.engine.recovery import sweep_leftovers, take_over
from batchwork.engine.steps import MAIN_OUTPUT
from batchwork.io.filesystems import is_network
from batchwork.io.fingerprints import Fingerprint, fingerprint
from batchwork.jobs.contents import digest_of, digest_of_output

_NOWHERE = Path("/dev/null/nowhere")
_PAUSE_S = 0.05

_TABLE = """
CREATE TABLE IF NOT EXISTS job_file(
  item INTEGER PRIMARY KEY REFERENCES item(id), input_print TEXT, input_digest TEXT, output_print TEXT,
  output_digest TEXT, own TEXT NOT NULL)
"""
_SAVE = (
    "INSERT OR REPLACE INTO job_file(item, input_print, input_digest, output_print, output_digest, own) "
    "VALUES (?, ?, ?, ?, ?, ?)"
)


class FolderItems(FileItems):
    """The inputs in a folder, which may be that of the outputs."""

    __slots__ = ()

    def find(self, skip: Path) -> Iterator[Found]:  # noqa: ARG002 - a job may work on its folder in place
        """List the files that match."""
        return FileItems.find(self, _NOWHERE)


@dataclass(slots=True)
class Contents:
    """What is known of the keys of one input and of its output.

    Attributes
    ----------
    input_print, output_print : str or None
        Fingerprints of the files when they were looked into.
    input_digest, output_digest : str or None
        Of what stood under the keys then.
    own : list of str
        What the job wrote.
    """

    input_print: str | None = None
    input_digest: str | None = None
    output_print: str | None = None
    output_digest: str | None = None
    own: list[str] = field(default_factory=list)

    @classmethod
    def of_row(cls, row: TaskRow | None) -> "Contents":
        """Give what a run of the engine has recorded of an output, which a job of ours has not made."""
        outputs = json.loads(row.outputs or "{}") if row else {}
        found = outputs.get(MAIN_OUTPUT)
        return cls(output_print=Fingerprint(*found[1:4]).token(), output_digest=found[4]) if found else cls()

    def look_at_input(self, path: Path, keys: tuple[str, ...]) -> None:
        """Bring what is known of the input up to date; a file that is as it was is not read."""
        now = print_of(path)
        if now is None or now != self.input_print:
            self.input_print, self.input_digest = now, digest_of(path, keys)

    def holds(self, path: Path) -> bool:
        """Say whether an output still has what the job wrote."""
        now = print_of(path)
        if now is None or now != self.output_print:
            if now is None or self.output_digest is None or digest_of_output(path, self.own) != self.output_digest:
                return False
            self.output_print = now
        return True


def print_of(path: Path) -> str | None:
    """Give a file's fingerprint as one word; None if it is not there."""
    found = fingerprint(path)
    return None if found is None else found.token()


@dataclass(slots=True)
class Record:
    """The ledger of one job on one folder, while it is ours."""

    ledger: Ledger
    definition: Definition

    def known(self) -> dict[int, Contents]:
        """Give what is known of each item's keys."""
        found = self.ledger.db.execute(
            "SELECT item, input_print, input_digest, output_print, output_digest, own FROM job_file"
        )
        return {row[0]: Contents(row[1], row[2], row[3], row[4], json.loads(row[5])) for row in found}

    def save_contents(self, item: int, known: Contents) -> None:
        """Keep what is known of an item's keys."""
        self.ledger.begin()
        values = (known.input_print, known.input_digest, known.output_print, known.output_digest)
        self.ledger.db.execute(_SAVE, (item, *values, json.dumps(known.own)))

    def inputs(self) -> Iterator[tuple[ItemRow, TaskRow | None]]:
        """Give the items whose files are there, with their tasks."""
        (step,) = self.definition.workflow.steps
        for page in rows.item_pages(self.ledger.db):
            tasks = rows.tasks_between(self.ledger.db, page[0], page[-1])
            for item in page:
                if item.listed and item.present:
                    yield item, tasks.get(item.id, {}).get(step.name)

    def plan(self, reasons: Mapping[int, str]) -> dict[int, TaskRow]:
        """Make the tasks of items pending, with why, and give them."""
        (step,) = self.definition.workflow.steps
        self.ledger.begin()
        rows.plan_item_tasks(self.ledger.db, ((step.name, item, "pending", 0, why) for item, why in reasons.items()))
        return rows.member_tasks(self.ledger.db, step.name, list(reasons))


@contextmanager
def recording(definition: Definition) -> Iterator[Record]:
    """Hold the ledger of a job on a folder; waits while another process runs the same job there.

    Raises
    ------
    ReadOnlyBatchError
        If the folder cannot be written.
    """
    home = create_home(definition.out, definition.workflow.name)
    lock = BatchLock(home, is_network(home))
    while not lock.acquire():
        time.sleep(_PAUSE_S)
    try:
        with writing(home) as ledger:
            if ledger.has_crashed():
                sweep_leftovers(ledger, definition)
                take_over(ledger)  # last: killed before it is through, the next call does both again
            ledger.db.execute(_TABLE)
            Graph.of(definition.workflow).save(ledger)
            take_in(ledger, definition.source, definition.out)
            ledger.commit()
            definition.save(home)
            yield Record(ledger, definition)
    finally:
        lock.release()
