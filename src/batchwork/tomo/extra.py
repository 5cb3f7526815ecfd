"""Telling what to install where a library of the extra is missing."""

from collections.abc import Iterator
from contextlib import contextmanager

from batchwork.errors import MissingExtraError


@contextmanager
def needs_extra() -> Iterator[None]:
    """Turn a failed import inside the block into an error that says how to get the library.

    Raises
    ------
    MissingExtraError
        If a library is missing that is not part of this package.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("batchwork"):
            raise
        raise MissingExtraError(f"'{error.name}' is missing: pip install 'batchwork[tomo]'") from error
