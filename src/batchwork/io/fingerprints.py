"""What tells whether a file or directory is still the same."""

import errno
import os
import stat
from collections.abc import Collection
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

SMALL_BYTES = 1 << 20
"""Files up to this size get a content hash, so that a touch does not count as a change."""

NOWHERE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}
"""What the system says of a path, or a link's goal, that is not there."""


class Fingerprint(NamedTuple):
    """Size and time of a file; of a directory, the sum and the newest of its files.

    Attributes
    ----------
    size : int
        Bytes; for a directory those of all files below it.
    mtime_ns : int
        Modification time in nanoseconds; for a directory the newest of it and all below it.
    files : int
        -1 for a file, else the number of files below the directory.
    """

    size: int
    mtime_ns: int
    files: int = -1

    def token(self) -> str:
        """Give the fingerprint as one word, for signatures."""
        return f"{self.size}:{self.mtime_ns}" if self.files < 0 else f"{self.size}:{self.mtime_ns}:{self.files}"


def fingerprint(path: str | Path, guests: Collection[str] = ()) -> Fingerprint | None:
    """Look at a file or directory; None if it is not there.

    Parameters
    ----------
    path : str or Path
    guests : collection of str
        Names in the directory that others put there: they, what is hidden, and the directory's own time do
        not count.
    """
    try:
        info = os.stat(path)  # noqa: PTH116 - ten thousand of these are the cost of finding nothing to do
    except OSError as error:
        if error.errno not in NOWHERE:
            raise
        return None
    if stat.S_ISDIR(info.st_mode):
        return _directory(str(path), guests)
    return Fingerprint(info.st_size, info.st_mtime_ns)


def _directory(path: str, guests: Collection[str]) -> Fingerprint:
    size = newest = count = 0
    folders = [path]
    while folders:
        folder = folders.pop()
        is_shared = bool(guests) and folder == path
        if not is_shared:
            newest = max(newest, os.stat(folder).st_mtime_ns)  # noqa: PTH116 - tells of names that came or went
        with os.scandir(folder) as entries:
            for entry in entries:
                if is_shared and (entry.name in guests or entry.name.startswith(".")):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                    continue
                info = entry.stat(follow_symlinks=False)
                size, newest, count = size + info.st_size, max(newest, info.st_mtime_ns), count + 1
    return Fingerprint(size, newest, count)


def content_hash(path: str | Path) -> str:
    """Hash a file's content (blake2b, 16 bytes, hexadecimal)."""
    digest = blake2b(digest_size=16)
    with open(path, "rb") as file:  # noqa: PTH123 - on the path of every task
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
