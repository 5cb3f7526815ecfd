"""What commands say where they cannot write what was asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from batchwork.errors import ConfigError, DiskSpaceError
from batchwork.io.filesystems import is_disk_full


@contextmanager
def writing_to(place: Path) -> Iterator[None]:
    """Name the place in the errors of writing to it.

    Parameters
    ----------
    place : Path
        The file or folder that the user has asked for.

    Raises
    ------
    DiskSpaceError
        If the disk is full.
    ConfigError
        If it cannot be written for another reason.
    """
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
            raise DiskSpaceError(f"{place}: the disk is full; free some space and run again") from None
        raise ConfigError(f"{place}: cannot be written: {error.strerror or error}") from None
