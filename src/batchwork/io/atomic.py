"""Files and directories that appear whole or not at all."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

_PARTIAL = re.compile(r"^\.(?P<owner>[0-9a-f]+)-(?P<attempt>[0-9a-z.]+)\.partial\.")
_ASIDE = ".old"
_HERE = -100
"""Linux: relative paths count from the current folder."""
_EXCHANGE = 2
"""The flag that means "exchange", on Linux and on macOS."""
_NAME_BYTES = 255 - len(_ASIDE)


def partial_path(final: str, owner: str, attempt: str) -> str:
    """Name the hidden path beside `final` to which one attempt writes.

    Parameters
    ----------
    final : str
        Where the output will stand.
    owner : str
        Hexadecimal name of the ledger, so that two batches in one folder never meet.
    attempt : str
        Names the attempt: one that was given up cannot publish.

    Returns
    -------
    str
        A path in the same folder that ends in the output's own name, or, where that
        would be too long for a file system, in those of its suffixes that fit.
    """
    folder, name = os.path.split(final)
    prefix = f".{owner}-{attempt}.partial."
    if len(os.fsencode(prefix + name)) > _NAME_BYTES:
        name = _shortened(name, _NAME_BYTES - len(prefix))
    return os.path.join(folder, prefix + name)  # noqa: PTH118 - on the path of every task


def _shortened(name: str, limit: int) -> str:
    short = blake2b(os.fsencode(name), digest_size=8).hexdigest()
    suffixes = Path(name).suffixes
    endings = ("".join(suffixes[i:]) for i in range(max(0, len(suffixes) - 2), len(suffixes)))
    return short + next((end for end in endings if len(os.fsencode(short + end)) <= limit), "")


def publish(partial: str, final: str) -> None:
    """Put a finished file or directory in its place, replacing what stands there."""
    try:
        os.replace(partial, final)  # noqa: PTH105 - on the path of every task
    except OSError as error:
        if not (os.path.isdir(final) or os.path.isdir(partial)) or not os.path.lexists(final):  # noqa: PTH112
            raise
        _swap(partial, final, error)


def _swap(partial: str, final: str, cause: OSError) -> None:
    """Replace where one rename cannot: something stands there and a directory is involved."""
    if _exchange(partial, final):
        discard(partial)
        return
    aside = partial + _ASIDE
    os.rename(final, aside)  # noqa: PTH104
    try:
        os.rename(partial, final)  # noqa: PTH104
    except OSError:
        os.rename(aside, final)  # noqa: PTH104
        raise cause from None
    discard(aside)


def _exchange(one: str, other: str) -> bool:
    """Let two paths change places at once, so that neither is ever missing; False where the system cannot."""
    import ctypes

    library = ctypes.CDLL(None)
    first, second = os.fsencode(one), os.fsencode(other)
    if hasattr(library, "renameat2"):
        return bool(library.renameat2(_HERE, first, _HERE, second, _EXCHANGE) == 0)
    if hasattr(library, "renamex_np"):
        return bool(library.renamex_np(first, second, _EXCHANGE) == 0)
    return False


def discard(path: str | Path) -> None:
    """Remove a file or a directory tree, if it is there."""
    try:
        os.unlink(path)  # noqa: PTH108 - on the path of every task
    except FileNotFoundError:
        return
    except (IsADirectoryError, PermissionError):
        shutil.rmtree(path, ignore_errors=True)


def leftovers(folder: str, owner: str) -> Iterator[str]:
    """List the partial outputs of one ledger that stand in a folder."""
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        for entry in entries:
            match = _PARTIAL.match(entry.name)
            if match and match["owner"] == owner:
                yield entry.path


def write_text(path: Path, text: str) -> None:
    """Write a small text file atomically and durably; an error names it, also one of the writing itself."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        error.filename = error.filename or str(path)
        raise
