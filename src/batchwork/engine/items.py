"""Where the items of a batch come from: files, lists, tables and sweeps."""

import csv
import glob
import itertools
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from batchwork.engine.loading import load_module
from batchwork.errors import ConfigError
from batchwork.io import globbing
from batchwork.io.fingerprints import Fingerprint, fingerprint
from batchwork.io.naming import natural_key, series_of

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


class Found(NamedTuple):
    """One item as its source has it now.

    Attributes
    ----------
    sort : str
        Plain order of these is the natural order of the items.
    key : str
        Stable name.
    source : str or None
        Absolute path of its file.
    print : Fingerprint or None
        Of the file.
    """

    sort: str
    key: str
    source: str | None
    print: Fingerprint | None


class ItemSource(Protocol):
    """A list of items that can be read again at any time."""

    def find(self, skip: Path) -> Iterator[Found]:
        """Give all items in natural order; nothing below the folder `skip` is one."""
        ...

    def attributes(self, found: Found) -> dict[str, object]:
        """Give the facts about one item that templates, groups and arguments may use."""
        ...

    def plain(self) -> dict[str, object]:
        """Describe the source as JSON data with absolute paths."""
        ...


@dataclass(frozen=True, slots=True)
class FileItems:
    """Files that match patterns, but for those that `exclude` matches; each has `series` and `index` from its name."""

    patterns: tuple[str, ...]
    attrs: str | None = None
    exclude: tuple[str, ...] = ()

    def find(self, skip: Path) -> Iterator[Found]:
        """List the files that match, each once."""
        split = [globbing.fixed_part(pattern) for pattern in self.patterns]
        root = _common(folder for folder, _ in split)
        prefix = len(str(root)) + (0 if str(root).endswith("/") else 1)
        try:
            entries = {e.path: e for folder, parts in split for e in globbing.find(folder, parts, skip)}
        except PermissionError as error:
            raise ConfigError(f"{error.filename}: this folder may not be listed ({error.strerror})") from None
        keys = [(natural_key(path[prefix:]), path) for path in entries if not self._excludes(path[prefix:])]
        keys.sort()
        for sort, path in keys:
            found = _look_at(entries.pop(path))
            if found is not None:  # a link to nowhere is no file
                yield Found(sort, path[prefix:], path, found)

    def _excludes(self, key: str) -> bool:
        name = key.rpartition("/")[2]
        return any(fnmatchcase(key, glob) or fnmatchcase(name, glob) for glob in self.exclude)

    def attributes(self, found: Found) -> dict[str, object]:
        """Give series, index and the named groups of `attrs`."""
        path = Path(found.key)
        series, index = series_of(path.stem)
        folder = path.parent.as_posix()
        attrs: dict[str, object] = {
            "series": series if folder == "." else f"{folder}/{series}",
            "index": index,
        }
        if self.attrs:
            match = re.search(self.attrs, found.key)
            if not match:
                raise ConfigError(f"item '{found.key}' does not match attrs: {self.attrs}")
            attrs.update(match.groupdict())
        return attrs

    def plain(self) -> dict[str, object]:
        """Describe as patterns."""
        plain: dict[str, object] = {"files": list(self.patterns), "attrs": self.attrs}
        return {**plain, "exclude": list(self.exclude)} if self.exclude else plain


def _look_at(entry: os.DirEntry[str]) -> Fingerprint | None:
    """Look at a file or directory; None if it has just gone, or is a link to nothing."""
    if not entry.path.isprintable() and not _is_text(entry.path):
        raise ConfigError(f"{entry.path!r}: this file's name is no text in UTF-8; rename it")
    if entry.is_dir():
        return fingerprint(entry.path)
    try:
        info = entry.stat()
    except FileNotFoundError:
        return None
    return Fingerprint(info.st_size, info.st_mtime_ns)


def _is_text(name: str) -> bool:
    return not any("\ud800" <= c <= "\udfff" for c in name)


def _common(folders: Iterable[Path]) -> Path:
    """Give the nearest folder that holds all of them."""
    first, *others = folders
    while not all(folder.is_relative_to(first) for folder in others):
        first = first.parent
    return first


@dataclass(frozen=True, slots=True)
class ListedItems:
    """Items given one by one, each a key with attributes and perhaps a file.

    Files that an item depends on beside its `source` stand in a list `also`; a change of one is a change of the item.
    """

    rows: tuple[Mapping[str, object], ...] = field(repr=False)
    base: str = ""
    by_key: dict[str, Mapping[str, object]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_key = {str(row["key"]): row for row in self.rows}
        if len(by_key) < len(self.rows):
            keys = [str(row["key"]) for row in self.rows]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise ConfigError(f"two items have the key '{twice}'")
        object.__setattr__(self, "by_key", by_key)

    def find(self, skip: Path) -> Iterator[Found]:  # noqa: ARG002 - a list holds what it holds
        """Give the rows in natural order of their keys."""
        for sort, key in sorted((natural_key(key), key) for key in self.by_key):
            file = self.by_key[key].get("source")
            source = str((Path(self.base) / str(file)).absolute()) if file else None
            yield Found(sort, key, source, self._look_at(source, self.by_key[key].get("also")) if source else None)

    def _look_at(self, source: str, also: object) -> Fingerprint | None:
        """Look at a file, and at those that belong to it: their sizes summed up, the newest time, their number."""
        found = fingerprint(source)
        if not isinstance(also, list | tuple) or not also:
            return found
        all_found = [found, *(fingerprint(Path(self.base) / str(file)) for file in also)]
        there = [one for one in all_found if one is not None]
        if found is None or len(there) < len(all_found):
            return None
        return Fingerprint(sum(one.size for one in there), max(one.mtime_ns for one in there), len(there))

    def attributes(self, found: Found) -> dict[str, object]:
        """Give the row's other fields."""
        series, index = series_of(found.key)
        row = self.by_key[found.key]
        others = {name: value for name, value in row.items() if name not in {"key", "source", "also"}}
        return {"series": series, "index": index, **others}

    def plain(self) -> dict[str, object]:
        """Describe as rows."""
        return {"items": [dict(row) for row in self.rows], "base": self.base}


@dataclass(frozen=True, slots=True)
class TableItems:
    """The rows of a CSV file: a column `key` (or the first one), `source` or `file`, attributes."""

    path: str
    listed: ListedItems = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        try:
            with Path(self.path).open(newline="", encoding="utf-8-sig") as file:
                rows = list(csv.DictReader(file, strict=True))
        except OSError as error:
            raise ConfigError(f"{self.path}: cannot read the table of items: {error.strerror}") from None
        except (csv.Error, UnicodeDecodeError) as error:
            raise ConfigError(f"{self.path}: the table of items is no CSV in UTF-8: {error}") from None
        for line, row in enumerate(rows, start=2):
            if None in row or None in row.values():
                raise ConfigError(f"{self.path}: row {line} has not as many fields as the header")
        try:
            found = tuple(_table_row(row) for row in rows)
        except ValueError as error:
            raise ConfigError(f"{self.path}: a number in the table of items cannot be read: {error}") from None
        made = ListedItems(found, str(Path(self.path).absolute().parent))
        object.__setattr__(self, "listed", made)

    def find(self, skip: Path) -> Iterator[Found]:
        """Give the rows."""
        return self.listed.find(skip)

    def attributes(self, found: Found) -> dict[str, object]:
        """Give the row's other columns."""
        return self.listed.attributes(found)

    def plain(self) -> dict[str, object]:
        """Describe as a path."""
        return {"table": self.path}


def _table_row(row: Mapping[str, str]) -> dict[str, object]:
    fields: dict[str, object] = {name: _number(text) for name, text in row.items()}
    if "file" in fields:
        fields["source"] = fields.pop("file")
    fields["key"] = row["key"] if "key" in row else row[next(iter(row))]
    return fields


def _number(text: str) -> object:
    """Read what is written as a number in JSON; a text such as ``007`` keeps its zeros."""
    if not _NUMBER.fullmatch(text):
        return text
    return int(text) if text.lstrip("-").isdigit() else float(text)


@dataclass(frozen=True, slots=True)
class SweepItems:
    """Every combination of some values; an item's key is the hash of its combination."""

    axes: Mapping[str, Sequence[object]]

    def points(self) -> Iterator[dict[str, object]]:
        """Give the combinations, the last axis running fastest."""
        for values in itertools.product(*self.axes.values()):
            yield dict(zip(self.axes, values, strict=True))

    def find(self, skip: Path) -> Iterator[Found]:  # noqa: ARG002 - a sweep has no files
        """Give the combinations in order."""
        for position, point in enumerate(self.points()):
            yield Found(f"{position:012d}", point_key(point), None, None)

    def attributes(self, found: Found) -> dict[str, object]:
        """Give the swept values of one point."""
        position, point = int(found.sort), {}
        for name, values in reversed(list(self.axes.items())):
            position, i = divmod(position, len(values))
            point[name] = values[i]
        return {name: point[name] for name in self.axes}

    def plain(self) -> dict[str, object]:
        """Describe as axes."""
        return {"sweep": {name: list(values) for name, values in self.axes.items()}}


@dataclass(frozen=True, slots=True)
class FoundItems:
    """The files and folders that a function finds in a folder, each time anew; their names are the keys.

    Attributes
    ----------
    finder : str
        ``module:name`` or ``file.py:name`` of a function that takes a folder's path and gives paths of what is in it.
    folder : str
        Absolute.
    """

    finder: str
    folder: str

    def find(self, skip: Path) -> Iterator[Found]:  # noqa: ARG002 - the function knows what is an item
        """List what is found now."""
        module, _, name = self.finder.rpartition(":")
        found: Iterable[Path] = getattr(load_module(module), name)(Path(self.folder))
        for sort, path in sorted((natural_key(path.name), path) for path in found):
            seen = fingerprint(path)
            if seen is not None:  # it has just gone
                yield Found(sort, path.name, str(path), seen)

    def attributes(self, found: Found) -> dict[str, object]:
        """Give series and index."""
        is_folder = found.print is not None and found.print.files >= 0
        series, index = series_of(found.key if is_folder else Path(found.key).stem)
        return {"series": series, "index": index}

    def plain(self) -> dict[str, object]:
        """Describe by the function."""
        return {"found_by": self.finder, "folder": self.folder}


def point_key(point: Mapping[str, object]) -> str:
    """Name a sweep point by its values, whatever their order.

    Examples
    --------
    >>> point_key({"a": 1, "b": 2}) == point_key({"b": 2, "a": 1})
    True
    """
    text = json.dumps(point, sort_keys=True, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=8).hexdigest()


def files(*patterns: str | Path, attrs: str | None = None, exclude: Iterable[str] = ()) -> FileItems:
    """Take files as items.

    Parameters
    ----------
    *patterns : str or Path
        Globs, single files, or folders (all files in them). Relative ones count from
        the current folder.
    attrs : str, optional
        A regular expression for the key whose named groups become attributes.
    exclude : iterable of str, optional
        Globs of file names, or of keys, that are no items.
    """
    if not patterns:
        raise ConfigError("files() needs at least one pattern")
    if attrs is not None:
        try:
            re.compile(attrs)
        except re.error as error:
            raise ConfigError(f"attrs: '{attrs}' is not a regular expression: {error}") from None
    here = Path(glob.escape(str(Path.cwd())))
    return FileItems(tuple(str(here / Path(pattern).expanduser()) for pattern in patterns), attrs, tuple(exclude))


def items(rows: Iterable[str | Mapping[str, object]]) -> ListedItems:
    """Take a list as items: keys, or mappings with ``key``, perhaps ``source``, and attributes."""
    made = [{"key": row} if isinstance(row, str) else dict(row) for row in rows]
    for row in made:
        if "key" not in row:
            raise ConfigError(f"an item needs a 'key'; {row!r} has none")
    return ListedItems(tuple({**row, "key": str(row["key"])} for row in made), str(Path.cwd()))


def sweep(**axes: Sequence[object]) -> SweepItems:
    """Take every combination of values as an item."""
    if not axes:
        raise ConfigError("sweep: needs at least one name with its values")
    for name, values in axes.items():
        if isinstance(values, str) or not len(values):
            raise ConfigError(f"sweep: '{name}' needs a list of values")
        _check_axis(name, values)
    return SweepItems({name: list(values) for name, values in axes.items()})


def _check_axis(name: str, values: Sequence[object]) -> None:
    known = set()
    for value in values:
        try:
            text = json.dumps(value, sort_keys=True)
        except TypeError:
            raise ConfigError(f"sweep: '{name}' has {value!r}; values are numbers, texts, or lists of them") from None
        if text in known:
            raise ConfigError(f"sweep: '{name}' has the value {value!r} twice")
        known.add(text)


def from_plain(plain: Mapping[str, object]) -> ItemSource:
    """Make a source again from its description."""
    match plain:
        case {"files": list(patterns), "attrs": attrs}:
            exclude: Any = plain.get("exclude", ())  # Any: JSON data
            return FileItems(tuple(patterns), None if attrs is None else str(attrs), tuple(exclude))
        case {"items": list(rows), "base": base}:
            return ListedItems(tuple(rows), str(base))
        case {"table": path}:
            return TableItems(str(path))
        case {"sweep": dict(axes)}:
            return SweepItems(axes)
        case {"found_by": str(finder), "folder": str(folder)}:
            return FoundItems(finder, folder)
    raise ConfigError(f"items: {plain!r} is none of files, items, table, sweep, found_by")
