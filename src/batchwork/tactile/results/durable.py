"""Files that appear whole and survive a power cut."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from batchwork.io.atomic import publish

_ENDING = ".partial"


def written_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Let a file appear whole and durable, or not at all; one that is there stays until then.

    Parameters
    ----------
    path : Path
        Where it is to be. One process at a time may write it.
    write : callable
        Writes it to another path.

    Raises
    ------
    OSError
        If the disk is full or may not be written to; nothing stays behind.
    """
    partial = path.with_name(f".{path.name}{_ENDING}")
    try:
        write(partial)
        _sync(partial)
        publish(str(partial), str(path))
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def leftovers(folder: Path, suffix: str) -> Iterator[Path]:
    """List what a process that was killed has not finished."""
    return folder.glob(f".*{suffix}{_ENDING}")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
