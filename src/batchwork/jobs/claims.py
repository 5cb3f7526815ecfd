"""Claims on outputs: while one job makes a file, no other job makes it.

A claim is a lock of the operating system on one byte of ``.batchwork/claims``, so that it ends with the process
that holds it, however that ends. Threads of one process are told apart by a list.
"""

import fcntl
import os
import threading
import time
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from batchwork.engine.ledger.ledger import FOLDER

FILE_NAME = "claims"
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.01, 0.5


@dataclass(slots=True)
class _Shared:
    """The claims file of one folder, open once in this process: closing it anywhere would free all locks."""

    file: int
    users: int = 0
    held: set[int] = field(default_factory=set)


class Claims:
    """Claims on the outputs in one folder, as a context manager.

    Parameters
    ----------
    folder : Path
        The folder of the results, which has a ledger. Outputs are named by their paths relative to it.
    """

    _open: ClassVar[dict[str, _Shared]] = {}
    _guard: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, folder: Path) -> None:
        self._path = str((folder / FOLDER / FILE_NAME).resolve())
        self._mine: set[int] = set()

    def __enter__(self) -> Self:
        with self._guard:
            if self._path not in self._open:
                self._open[self._path] = _Shared(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666))
            self._open[self._path].users += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for place in list(self._mine):
            self._release(place)
        with self._guard:
            shared = self._open[self._path]
            shared.users -= 1
            if not shared.users:
                os.close(self._open.pop(self._path).file)

    def take(self, output: str) -> bool:
        """Claim an output; False if another job has it."""
        place = _place(output)
        with self._guard:
            shared = self._open[self._path]
            if place in shared.held:
                return False
            try:
                fcntl.lockf(shared.file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
            except (BlockingIOError, PermissionError):  # either may say that it is locked
                return False
            shared.held.add(place)
        self._mine.add(place)
        return True

    def wait(self, output: str) -> None:
        """Claim an output once the job that has it is through, or dead."""
        pause = _FIRST_PAUSE_S
        while not self.take(output):
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    def release(self, output: str) -> None:
        """Give a claim back."""
        self._release(_place(output))

    def _release(self, place: int) -> None:
        with self._guard:
            shared = self._open[self._path]
            fcntl.lockf(shared.file, fcntl.LOCK_UN, 1, place)
            shared.held.discard(place)
        self._mine.discard(place)


def _place(output: str) -> int:
    """Give an output's byte: 7 bytes of a hash of its name fit every system's offsets."""
    return int.from_bytes(blake2b(os.fsencode(output), digest_size=7).digest())
