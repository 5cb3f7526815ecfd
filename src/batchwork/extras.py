"""Telling what to install where a library is missing that only some users need."""

from collections.abc import Iterator
from contextlib import contextmanager

from batchwork.errors import MissingExtraError


@contextmanager
def needs_extra(extra: str, what: str = "") -> Iterator[None]:
    """Turn a failed import inside the block into an error that says how to get the library.

    Parameters
    ----------
    extra : str
        Of this package, that installs it.
    what : str, optional
        What needs it, as the beginning of a sentence.

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
        told = f"{what} needs '{error.name}'" if what else f"'{error.name}' is missing"
        raise MissingExtraError(f"{told}: pip install 'batchwork[{extra}]'") from error
