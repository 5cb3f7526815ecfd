"""Live folders: items are taken in once nobody writes to them any more."""

import errno
import fcntl
import os
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from batchwork.engine.items import Found, ItemSource
from batchwork.engine.ledger import rows
from batchwork.engine.ledger.ledger import home_of, open_reader
from batchwork.errors import NotABatchError
from batchwork.io import isolated
from batchwork.io.fingerprints import Fingerprint

_PATIENCE_SECONDS = 60.0
"""After which a function that says nothing of a file is taken for a yes: its task will tell."""


@dataclass(slots=True)
class SettledItems:
    """The items of another source whose files have been left alone for a while.

    A file counts as complete when its size and time have been the same for `quiet`
    seconds of watching, nobody on this machine has it open for writing, and the function
    `complete`, if there is one, does not deny it: ``module:name`` or ``file.py:name``, called
    with the path in a process of its own. Files of `known` that are still as they were then
    are complete already. One that stays as it is for `stale` seconds and is not complete counts as broken off:
    it is an item too, whose task tells what is wrong, until it changes and becomes complete after all.
    """

    source: ItemSource
    quiet: float
    complete: str = ""
    known: Mapping[str, Fingerprint] = field(default_factory=dict, repr=False)
    stale: float | None = None
    _seen: dict[str, tuple[Fingerprint, float]] = field(default_factory=dict)
    _settled: set[str] = field(default_factory=set)
    _unchanged: dict[str, tuple[Fingerprint, float]] = field(default_factory=dict)
    _broken: dict[str, Fingerprint] = field(default_factory=dict)

    def find(self, skip: Path) -> Iterator[Found]:
        """Give the complete items in natural order, and those that are broken off as they were then."""
        now = time.monotonic()
        listing = list(self.source.find(skip))
        self._settle(
            [f.source for f in listing if f.source and f.print and self._is_quiet(f.source, f.print, now)], now
        )
        for found in listing:
            if found.source is None or found.print is None or found.source in self._settled:
                yield found
            elif self._is_broken(found.source, found.print, now):
                yield found._replace(print=self._broken[found.source])

    def _is_broken(self, path: str, stat: Fingerprint, now: float) -> bool:
        """Say whether a file has been given up; if it has changed since, it still counts as it was then."""
        before, since = self._unchanged.get(path, (None, now))
        if before != stat:
            self._unchanged[path] = (stat, now)
        elif self.stale is not None and now - since >= self.stale:
            self._broken[path] = stat
        return path in self._broken

    def _is_quiet(self, path: str, stat: Fingerprint, now: float) -> bool:
        """Say whether a file that is not known as complete has been left alone for long enough."""
        if path in self._settled:
            return False
        if self.known.get(path) == stat:
            self._settled.add(path)
            return False
        before, since = self._seen.get(path, (None, now))
        if before != stat:
            self._seen[path] = (stat, now)
            return False
        return now - since >= self.quiet and not is_being_written(path)

    def _settle(self, quiet: list[str], now: float) -> None:
        """Have the function look at quiet files; those that it denies are looked at again after a while."""
        denied = set()
        if self.complete and quiet:
            answers = isolated.ask(self.complete, map(Path, quiet), patience=_PATIENCE_SECONDS)
            denied = {str(answer.path) for answer in answers if answer.value is False}
        for path in quiet:
            stat, _ = self._seen.pop(path)
            if path in denied:
                self._seen[path] = (stat, now)
            else:
                self._settled.add(path)

    def attributes(self, found: Found) -> dict[str, object]:
        """Give the facts about one item."""
        return self.source.attributes(found)

    def plain(self) -> dict[str, object]:
        """Describe the source that is watched."""
        return self.source.plain()


def files_of(out: Path, workflow: str) -> dict[str, Fingerprint]:
    """Give the files of a batch's items as they were when they were looked at last; none if it has not been run."""
    try:
        with open_reader(home_of(out, workflow)) as ledger:
            pages = rows.item_pages(ledger.db)
            return {i.source: i.print for page in pages for i in page if i.source and i.print and i.present}
    except NotABatchError:
        return {}


def is_being_written(path: str) -> bool:
    """Say whether a process of this machine has a file, or one in a folder, open for writing, as far as can be told.

    Linux refuses a read lease on such a file; elsewhere, and for files of other users,
    nothing is known and the answer is no. Who opens the file while the lease is held for a
    moment waits for its end; the signal that tells of it is one that nobody minds, as the
    usual one ends a process.
    """
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    if Path(path).is_dir():
        return any(is_being_written(str(file)) for file in Path(path).rglob("*") if file.is_file())
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return True
    try:
        fcntl.fcntl(file, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno in {errno.EAGAIN, errno.EWOULDBLOCK}
    finally:
        os.close(file)
    return False
