"""HDF5 files, waited for while another program has them locked."""

import errno
import time
from pathlib import Path

import h5py

from batchwork.errors import ContainerError, ContainerLockedError

_LOCKED = {errno.EAGAIN, errno.EWOULDBLOCK}
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.02, 1.0


def open_hdf5(path: Path, mode: str, timeout_s: float) -> h5py.File:
    """Open an HDF5 file, waiting up to `timeout_s` seconds for a lock that another program holds.

    Raises
    ------
    ContainerLockedError
        If it is still locked then.
    ContainerError
        If it is a folder, is not HDF5, is cut off or damaged, or is open in this program in another mode.
    PermissionError
        If the file may not be read, or not be written.
    """
    if path.is_dir():
        raise ContainerError(f"{path}: is a folder, not an HDF5 file")
    if mode != "w" and path.exists():
        _check_signature(path)
    last = time.monotonic() + timeout_s
    pause = _FIRST_PAUSE_S
    while True:
        try:
            return h5py.File(path, mode)
        except PermissionError:
            raise
        except OSError as error:
            if error.errno not in _LOCKED:
                raise ContainerError(f"{path}: cannot be opened as HDF5: {error}") from error
            if time.monotonic() >= last:
                raise ContainerLockedError(
                    f"{path}: another program still has this file open after {timeout_s:g} s; close it there, or wait"
                ) from error
        time.sleep(min(pause, max(0.0, last - time.monotonic())))
        pause = min(2 * pause, _LONGEST_PAUSE_S)


def _check_signature(path: Path) -> None:
    """Tell a file of another kind at once, whatever locks it has."""
    with path.open("rb"):
        pass  # raises what the system says of a file that may not be read
    if not h5py.is_hdf5(path):
        raise ContainerError(f"{path}: is not an HDF5 file")
