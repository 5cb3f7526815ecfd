"""Bringing the ledger's list of items up to what their source has now."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from batchwork.engine.items import FileItems, Found, ItemSource, TableItems
from batchwork.engine.ledger import rows
from batchwork.engine.ledger.ledger import FOLDER, Ledger
from batchwork.engine.ledger.rows import ItemRow
from batchwork.errors import NoItemsError
from batchwork.io.fingerprints import content_hash

_GROUP = 5000


@dataclass(slots=True)
class _Merge:
    """The two lists side by side, and what is waiting to be written."""

    db: sqlite3.Connection
    source: ItemSource
    described_anew: bool
    new: list[tuple[object, ...]]
    found: int = 0

    def add(self, found: Found) -> None:
        """Enter an item that was not known."""
        attrs = json.dumps(self.source.attributes(found))
        stat = found.print
        size, mtime, count = stat or (None, None, None)
        token = stat.token() if stat else None
        self.new.append((found.key, found.sort, found.source, attrs, size, mtime, count, token))
        if len(self.new) >= _GROUP:
            self.flush()

    def flush(self) -> None:
        """Write the new items."""
        rows.add_items(self.db, self.new)
        self.new.clear()

    def update(self, row: ItemRow, found: Found) -> None:
        """Compare a known item with what its source has now."""
        if row.source != found.source or not row.present:
            self.db.execute("UPDATE item SET source = ?, present = 1 WHERE id = ?", (found.source, row.id))
        if self.described_anew:
            attrs = json.dumps(self.source.attributes(found))
            if attrs != row.attrs:
                self.db.execute("UPDATE item SET attrs = ? WHERE id = ?", (attrs, row.id))
        if row.print != found.print:
            self._look_again(row, found)

    def _look_again(self, row: ItemRow, found: Found) -> None:
        """The file's time or size is another one: where only the time is, its content decides."""
        stat = found.print
        if stat is None or found.source is None:
            self.db.execute("UPDATE item SET present = 0 WHERE id = ?", (row.id,))
            return
        token, digest = stat.token(), None
        if row.digest is not None and row.size == stat.size and content_hash(found.source) == row.digest:
            token, digest = row.token or token, row.digest
        self.db.execute(
            "UPDATE item SET size = ?, mtime = ?, count = ?, token = ?, digest = ?, present = 1 WHERE id = ?",
            (*stat, token, digest, row.id),
        )


def take_in(ledger: Ledger, source: ItemSource, out: Path, *, may_be_empty: bool = False) -> int:
    """Update the ledger's items from their source, and give how many the source has.

    New items are added, changed files get a new token, vanished ones are marked and keep
    their rows and results.

    Raises
    ------
    NoItemsError
        If the source has none and never had, unless it may be empty, as a folder that is watched.
    """
    digest = blake2b(json.dumps(source.plain(), sort_keys=True).encode(), digest_size=16).hexdigest()
    described_anew = ledger.meta("items") != digest or isinstance(source, TableItems)  # its rows may be others
    merge = _Merge(ledger.db, source, described_anew, [])
    if merge.described_anew and not isinstance(source, FileItems):
        _sort_again(ledger.db, source, out)
    known = (row for page in rows.item_pages(ledger.db) for row in page)
    _merge(merge, known, source.find(out))
    merge.flush()
    if not may_be_empty and not merge.found and ledger.db.execute("SELECT 1 FROM item LIMIT 1").fetchone() is None:
        raise NoItemsError(f"no item matches {_told(source)}{_hint(source, out)}")
    ledger.set_meta("items", digest)
    return merge.found


def _merge(merge: _Merge, known: Iterator[ItemRow], listing: Iterator[Found]) -> None:
    """Walk both lists in the same order."""
    row = next(known, None)
    for found in listing:
        merge.found += 1
        place = (found.sort, found.key)
        while row is not None and (row.sort, row.key) < place:
            _vanished(merge.db, row)
            row = next(known, None)
        if row is not None and row.key == found.key:
            merge.update(row, found)
            row = next(known, None)
        else:
            merge.add(found)
    while row is not None:
        _vanished(merge.db, row)
        row = next(known, None)


def _vanished(db: sqlite3.Connection, row: ItemRow) -> None:
    if row.present:
        db.execute("UPDATE item SET present = 0 WHERE id = ?", (row.id,))


def _sort_again(db: sqlite3.Connection, source: ItemSource, out: Path) -> None:
    """A list or sweep was written anew: known items may stand elsewhere in it."""
    db.executemany(
        "UPDATE item SET sort = ? WHERE key = ? AND sort <> ?",
        ((found.sort, found.key, found.sort) for found in source.find(out)),
    )


def _hint(source: ItemSource, out: Path) -> str:
    """Say that what lies in the output folder is no item, where that may be the reason."""
    within = isinstance(source, FileItems) and next(source.find(out / FOLDER), None) is not None
    return f"; files in the output folder {out} are left out: choose another folder for the results" if within else ""


def _told(source: ItemSource) -> str:
    plain = source.plain()
    patterns = plain.get("files")
    return ", ".join(str(p) for p in patterns) if isinstance(patterns, list) else json.dumps(plain)[:200]
