"""Taking turns: what this user may do only once at a time on this machine.

A turn is a lock of the operating system on a file in the user's folder for passing things, so that it ends
with the process that holds it, however that ends.
"""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def turns_folder() -> Path:
    """Give the folder of this user that holds the locks, made if it is not there.

    Raises
    ------
    PermissionError
        If somebody else owns it.
    """
    base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    folder = Path(base) / f"batchwork-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.lstat().st_uid != os.getuid():
        raise PermissionError(f"{folder}: belongs to another user; remove it, or set XDG_RUNTIME_DIR")
    return folder


@contextmanager
def turn(name: str) -> Iterator[None]:
    """Wait until no other process of this user is inside a turn of this name, then go on.

    Parameters
    ----------
    name : str
        Letters, digits and dashes.
    """
    file = os.open(turns_folder() / f"{name}.turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)
