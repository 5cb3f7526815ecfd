"""Live folders: items are taken in once nobody writes to them any more."""

import errno
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from batchwork.engine.items import Found, ItemSource
from batchwork.io.fingerprints import Fingerprint


@dataclass(slots=True)
class SettledItems:
    """The items of another source whose files have been left alone for a while.

    A file counts as complete when its size and time have been the same for `quiet`
    seconds of watching, and nobody on this machine has it open for writing.
    """

    source: ItemSource
    quiet: float
    _seen: dict[str, tuple[Fingerprint, float]] = field(default_factory=dict)
    _settled: set[str] = field(default_factory=set)

    def find(self, skip: Path) -> Iterator[Found]:
        """Give the complete items in natural order."""
        now = time.monotonic()
        for found in self.source.find(skip):
            if found.source is None or found.print is None or self._is_settled(found.source, found.print, now):
                yield found

    def _is_settled(self, path: str, stat: Fingerprint, now: float) -> bool:
        if path in self._settled:
            return True
        before, since = self._seen.get(path, (None, now))
        if before != stat:
            self._seen[path] = (stat, now)
            return False
        if now - since < self.quiet or is_being_written(path):
            return False
        self._settled.add(path)
        self._seen.pop(path, None)
        return True

    def attributes(self, found: Found) -> dict[str, object]:
        """Give the facts about one item."""
        return self.source.attributes(found)

    def plain(self) -> dict[str, object]:
        """Describe the source that is watched."""
        return self.source.plain()


def is_being_written(path: str) -> bool:
    """Say whether a process of this machine has a file open for writing, where the system can tell.

    Linux refuses a read lease on such a file; elsewhere, and for files of other users,
    nothing is known and the answer is no. Who opens the file while the lease is held for a
    moment waits for its end; the signal that tells of it is one that nobody minds, as the
    usual one ends a process.
    """
    if not hasattr(fcntl, "F_SETLEASE") or Path(path).is_dir():
        return False
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
