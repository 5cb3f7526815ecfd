"""PNG outputs of the batch, as texts that a page can hold."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from batchwork.engine.graph import BATCH_KEY
from batchwork.io.pages import png_address

MAX_PICTURES = 60
MAX_BYTES = 15_000_000
"""Of all pictures together, as files."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture; `uri` holds all of it."""

    key: str
    step: str
    path: str
    uri: str

    @property
    def title(self) -> str:
        """Whose it is; of a picture of the whole batch its own name."""
        return Path(self.path).stem if self.key == BATCH_KEY else self.key


@dataclass(frozen=True, slots=True)
class Gallery:
    """The pictures that fit, and how many there are in all."""

    pictures: Sequence[Picture]
    count: int


def gallery(db: sqlite3.Connection, out: Path) -> Gallery:
    """Collect the pictures of tasks that are done, in the order of their items."""
    found: list[Picture] = []
    used = count = 0
    for key, step, path in _paths(db, out):
        count += 1
        if len(found) >= MAX_PICTURES or used >= MAX_BYTES:
            continue
        content = _content(out / path)
        if content is None or used + len(content) > MAX_BYTES:
            continue
        used += len(content)
        found.append(Picture(key, step, path, png_address(content)))
    return Gallery(found, count)


def _paths(db: sqlite3.Connection, out: Path) -> Iterator[tuple[str, str, str]]:
    """Name item or group, step and path of every picture, those in directory outputs included."""
    rows = db.execute(
        "SELECT coalesce(key, grp), step, outputs FROM task LEFT JOIN item ON item.id = task.item "
        "WHERE state = 'done' AND outputs IS NOT NULL AND coalesce(listed, 1) = 1 "
        "ORDER BY item.sort IS NOT NULL, item.sort, task.id"
    )
    for key, step, text in rows:
        for path, _size, _time, files, *_ in json.loads(text).values():
            if files >= 0:
                for inner in islice(sorted((out / path).glob("*.png")), MAX_PICTURES):
                    yield key, step, f"{path.rstrip('/')}/{inner.name}"
            elif path.lower().endswith(".png"):
                yield key, step, path


def _content(path: Path) -> bytes | None:
    """Read a picture; None if it is gone, or is none."""
    try:
        if path.stat().st_size > MAX_BYTES:
            return None
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    return content if content.startswith(_SIGNATURE) else None
