"""Finding files by patterns, fast enough to do before every run."""

import fnmatch
import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

_WILD = re.compile(r"[*?\[]")


def fixed_part(pattern: str) -> tuple[Path, list[str]]:
    """Split a pattern into the folder before its first wildcard and the components after it.

    Examples
    --------
    >>> fixed_part("scans/day*/x.tif")
    (PosixPath('scans'), ['day*', 'x.tif'])
    """
    parts = Path(pattern).parts
    for i, part in enumerate(parts):
        if _WILD.search(part):
            return Path(*parts[:i]), list(parts[i:])
    path = Path(pattern)
    if path.is_dir() and not path.suffix:
        return path, ["*"]
    return path.parent, [path.name]


def find(folder: Path, parts: list[str], skip: Path | None = None) -> Iterator[os.DirEntry[str]]:
    """List the entries below `folder` that match pattern components, in no order.

    Hidden names match only patterns that begin with a dot. Directories match only a last
    component that has a suffix, as in ``*.zarr``. ``**`` stands for any folders.

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
        if not matches(entry.name):
            continue
        if rest:
            if entry.is_dir():
                yield from find(Path(entry.path), rest, skip)
        elif not entry.is_dir() or os.path.splitext(head)[1]:  # noqa: PTH122 - a name, not a path
            yield entry


def _matcher(pattern: str) -> Callable[[str], object]:
    match = re.compile(fnmatch.translate(pattern)).match
    if pattern.startswith("."):
        return match
    return lambda name: name[0] != "." and match(name)


def _entries(folder: Path, skip: Path | None) -> Iterator[os.DirEntry[str]]:
    if skip is not None and folder == skip:
        return
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        yield from entries
