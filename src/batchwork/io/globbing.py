"""Finding files by patterns, fast enough to do before every run."""

import fnmatch
import glob
import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path, PurePath

from batchwork.io.fingerprints import NOWHERE

_WILD = re.compile(r"[*?\[]")
_ESCAPED = re.compile(r"\[([*?\[])\]")


def fixed_part(pattern: str) -> tuple[Path, list[str]]:
    """Split a pattern into the folder before its first wildcard and the components after it.

    A folder without a suffix stands for all files in it. A single file may have wildcards in its name.

    Examples
    --------
    >>> fixed_part("scans/day*/x.tif")
    (PosixPath('scans'), ['day*', 'x.tif'])
    >>> fixed_part("run[[]3]/*.tif")
    (PosixPath('run[3]'), ['*.tif'])
    """
    parts = Path(pattern).parts
    wild = (i for i, part in enumerate(parts) if _WILD.search(_ESCAPED.sub("", part)))
    first = next(wild, len(parts))
    folder, rest = Path(*map(_literal, parts[:first])), list(parts[first:])
    if len(rest) == 1 and os.path.lexists(folder / _literal(rest[0])):
        folder, rest = folder / _literal(rest[0]), []
    if rest:
        return folder, rest
    if folder.is_dir() and not folder.suffix:
        return folder, ["*"]
    return folder.parent, [glob.escape(folder.name)]


def _literal(part: str) -> str:
    return _ESCAPED.sub(r"\1", part)


def find(folder: Path, parts: list[str], skip: Path | None = None) -> Iterator[os.DirEntry[str]]:
    """List the entries below `folder` that match pattern components, in no order.

    Hidden names match only patterns that begin with a dot. Directories match only a last
    component that has a suffix, as in ``*.zarr``. ``**`` stands for any folders. The folder
    `skip` is not looked into, by whatever path it is reached.

    Raises
    ------
    PermissionError
        If a folder may not be listed.
    """
    head, rest = parts[0], parts[1:]
    if head == "**":
        yield from find(folder, rest or ["*"], skip)
        for entry in _entries(folder, skip):
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                yield from find(Path(entry.path), parts, skip)
        return
    matches = _matcher(head)
    for entry in _entries(folder, skip):
        if not matches(entry.name) or _is_dead_link(entry):
            continue
        if rest:
            if entry.is_dir():
                yield from find(Path(entry.path), rest, skip)
        elif not entry.is_dir() or (PurePath(head).suffix and not _is_same(Path(entry.path), skip)):
            yield entry


def _is_dead_link(entry: os.DirEntry[str]) -> bool:
    """Say whether an entry is a link to nothing, or to itself."""
    try:
        return entry.is_symlink() and not entry.stat()
    except OSError as error:
        if error.errno not in NOWHERE:
            raise
        return True


def _matcher(pattern: str) -> Callable[[str], object]:
    match = re.compile(fnmatch.translate(pattern)).match
    if pattern.startswith("."):
        return match
    return lambda name: name[0] != "." and match(name)


def _entries(folder: Path, skip: Path | None) -> Iterator[os.DirEntry[str]]:
    if _is_same(folder, skip):
        return
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        yield from entries


def _is_same(folder: Path, skip: Path | None) -> bool:
    """Compare folders; links and ``..`` may lead to one in several ways."""
    if skip is None or folder == skip:
        return skip is not None
    try:
        return folder.samefile(skip)
    except OSError:
        return False
