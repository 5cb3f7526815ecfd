"""One run at a time per ledger, and how the others find it.

The lock is held by the operating system for as long as the process lives, so that a crash
frees it. Its file says who holds it. On a network file system, where such locks may not
reach other machines, the holder also renews the file's time, and a fresh time on another
machine's name is respected.
"""

import fcntl
import json
import os
import platform
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from batchwork.errors import BatchBusyError, BatchError, ReadOnlyBatchError
from batchwork.io.filesystems import is_network

FILE_NAME = "lock"
_RENEW_SECONDS = 5.0
_STALE_SECONDS = 60.0
_SOCKET_PATH_BYTES = 103


def socket_path(home: Path) -> Path:
    """Name the socket of a ledger's coordinator, in this user's runtime folder on this machine."""
    name = blake2b(str(home.resolve()).encode(), digest_size=10).hexdigest() + ".sock"
    for base in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):  # noqa: S108 - made private below
        if base and Path(base).is_dir():
            path = Path(base) / f"batchwork-{os.getuid()}" / name
            if len(str(path)) <= _SOCKET_PATH_BYTES:
                return path
    return Path("/tmp") / f"batchwork-{os.getuid()}" / name  # noqa: S108


@dataclass(frozen=True, slots=True)
class Holder:
    """Who runs a batch."""

    host: str
    pid: int
    since: float

    @property
    def is_here(self) -> bool:
        """Whether it runs on this machine."""
        return self.host == platform.node()


@dataclass(slots=True)
class BatchLock:
    """The lock of one ledger folder."""

    home: Path
    network: bool = False
    _file: int | None = None
    _released: threading.Event = field(default_factory=threading.Event)

    def acquire(self) -> bool:
        """Take the lock; False if another run holds it.

        Raises
        ------
        ReadOnlyBatchError
            If this user may not write the batch.
        """
        try:
            file = os.open(self.home / FILE_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except PermissionError:
            raise ReadOnlyBatchError(
                f"{self.home.parent.parent}: this batch may be read but not changed by you"
            ) from None
        except OSError as error:
            raise ReadOnlyBatchError(f"{self.home.parent.parent}: cannot be written ({error.strerror})") from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        except OSError as error:
            os.close(file)
            raise BatchError(
                f"{self.home / FILE_NAME}: this file system cannot lock files ({error.strerror})"
            ) from None
        if self._is_fresh_elsewhere():
            os.close(file)
            return False
        text = json.dumps({"host": platform.node(), "pid": os.getpid(), "since": time.time()})
        os.ftruncate(file, 0)
        os.pwrite(file, text.encode(), 0)
        self._file = file
        if self.network:
            threading.Thread(target=self._renew, daemon=True).start()
        return True

    def _is_fresh_elsewhere(self) -> bool:
        holder = self.holder()
        if not self.network or holder is None or holder.is_here:
            return False
        return time.time() - (self.home / FILE_NAME).stat().st_mtime < _STALE_SECONDS

    def _renew(self) -> None:
        while not self._released.wait(_RENEW_SECONDS):
            with suppress(OSError):
                os.utime(self.home / FILE_NAME)

    def holder(self) -> Holder | None:
        """Say who holds the lock, if its file says so."""
        try:
            text = json.loads((self.home / FILE_NAME).read_text(encoding="utf-8") or "null")
        except (OSError, json.JSONDecodeError):
            return None
        return Holder(text["host"], text["pid"], text["since"]) if text else None

    def release(self) -> None:
        """Give the lock back."""
        if self._file is not None:
            self._released.set()
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None

    def busy(self) -> BatchBusyError:
        """Say that another run holds the batch."""
        holder = self.holder()
        who = f"process {holder.pid} on {holder.host}" if holder else "another process"
        return BatchBusyError(
            f"{self.home.parent.parent} is being worked on by {who}; wait for it, or stop it with cancel"
        )


@contextmanager
def undisturbed(home: Path) -> Iterator[None]:
    """Keep runs away from a batch while something else is done to its folder; those that start meanwhile wait.

    Raises
    ------
    BatchBusyError
        If a run is on.
    ReadOnlyBatchError
        If this user may not write the batch.
    """
    lock = BatchLock(home, is_network(home))
    if not lock.acquire():
        raise lock.busy()
    try:
        yield
    finally:
        lock.release()
