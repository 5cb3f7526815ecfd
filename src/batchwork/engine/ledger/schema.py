"""The ledger's tables, and opening its file for writing or for reading."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from batchwork.errors import LedgerVersionError, NotABatchError
from batchwork.io.filesystems import is_network

SCHEMA_VERSION = 3
FILE_NAME = "ledger.sqlite"

_WAL_FORMAT = 2
_FORMAT_BYTE = 18

TABLES = """
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE item(
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, sort TEXT NOT NULL, source TEXT, attrs TEXT NOT NULL,
  size INTEGER, mtime INTEGER, count INTEGER, token TEXT, digest TEXT,
  listed INTEGER NOT NULL DEFAULT 1, present INTEGER NOT NULL DEFAULT 1);
CREATE UNIQUE INDEX item_order ON item(sort, key);
CREATE TABLE weight(item INTEGER PRIMARY KEY REFERENCES item(id), token TEXT, nbytes INTEGER);
CREATE TABLE edit(id INTEGER PRIMARY KEY, at REAL NOT NULL, by TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL,
  undone INTEGER NOT NULL DEFAULT 0);
CREATE TABLE value(
  id INTEGER PRIMARY KEY, item INTEGER NOT NULL REFERENCES item(id), name TEXT NOT NULL, value TEXT,
  by TEXT NOT NULL, at REAL NOT NULL, note TEXT NOT NULL DEFAULT '', confidence REAL,
  state TEXT NOT NULL, replaces INTEGER, edit INTEGER REFERENCES edit(id));
CREATE INDEX value_item ON value(item, name);
CREATE INDEX value_edit ON value(edit) WHERE edit IS NOT NULL;
CREATE TABLE recipe(
  digest TEXT PRIMARY KEY, step TEXT NOT NULL, version TEXT NOT NULL, detail TEXT NOT NULL, code TEXT NOT NULL)
  WITHOUT ROWID;
CREATE TABLE task(
  id INTEGER PRIMARY KEY, step TEXT NOT NULL, item INTEGER REFERENCES item(id), grp TEXT,
  state TEXT NOT NULL, ready INTEGER NOT NULL DEFAULT 0, reason TEXT, parts TEXT, outputs TEXT,
  error TEXT, log TEXT, attempt INTEGER NOT NULL DEFAULT 0, deaths INTEGER NOT NULL DEFAULT 0,
  result TEXT, left_out TEXT, same_as TEXT);
CREATE UNIQUE INDEX task_item ON task(item, step) WHERE item IS NOT NULL;
CREATE UNIQUE INDEX task_group ON task(step, grp) WHERE grp IS NOT NULL;
CREATE INDEX task_ready ON task(step, id) WHERE state = 'pending' AND ready = 1;
CREATE INDEX task_open ON task(state) WHERE state IN ('pending', 'running', 'failed', 'blocked');
CREATE TABLE attempt(
  task INTEGER NOT NULL REFERENCES task(id), n INTEGER NOT NULL, state TEXT NOT NULL, error TEXT, slot TEXT, host TEXT,
  started REAL, ended REAL, peak_bytes INTEGER, log TEXT, PRIMARY KEY(task, n)) WITHOUT ROWID;
CREATE TABLE event(seq INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL);
CREATE TABLE run(
  id INTEGER PRIMARY KEY, started REAL NOT NULL, ended REAL, outcome TEXT, user TEXT, host TEXT, pid INTEGER,
  versions TEXT, options TEXT);
CREATE TABLE child(
  pid INTEGER NOT NULL, created REAL NOT NULL, host TEXT NOT NULL, PRIMARY KEY(pid, created)) WITHOUT ROWID;
"""
_UPGRADES = {2: "ALTER TABLE task ADD COLUMN same_as TEXT;"}
"""Earlier version → what makes the next one of it."""


def create(path: Path, owner: str) -> None:
    """Make a new ledger file.

    Parameters
    ----------
    path : Path
    owner : str
        Hexadecimal name that partial outputs of this ledger carry.
    """
    with closing(sqlite3.connect(path)) as db:
        # in one transaction, for each costs a flush of the disk
        db.executescript(f"BEGIN;{TABLES}PRAGMA user_version = {SCHEMA_VERSION};")
        db.execute("INSERT INTO meta VALUES ('owner', ?)", (owner,))
        db.commit()


def _version(db: sqlite3.Connection, path: Path) -> int:
    """Give the version of a ledger that can be read, or be made one that can."""
    try:
        found = int(db.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.DatabaseError as error:
        raise NotABatchError(f"{path}: this is not a ledger ({error})") from None
    if found != SCHEMA_VERSION and found not in _UPGRADES:
        raise LedgerVersionError(path, found, SCHEMA_VERSION)
    return found


def _upgrade(db: sqlite3.Connection, found: int) -> None:
    """Make a ledger of an earlier version one of this, in one transaction."""
    steps = "".join(_UPGRADES[version] for version in range(found, SCHEMA_VERSION))
    db.executescript(f"BEGIN IMMEDIATE;{steps}PRAGMA user_version = {SCHEMA_VERSION};COMMIT;")


@contextmanager
def _readable(db: sqlite3.Connection, path: Path) -> Iterator[sqlite3.Connection]:
    """Give a ledger as it is, or a copy in memory of one of an earlier version."""
    found = _version(db, path)
    if found == SCHEMA_VERSION:
        yield db
        return
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as copy:
        db.backup(copy)
        _upgrade(copy, found)
        yield copy


def open_for_writing(path: Path) -> tuple[sqlite3.Connection, bool]:
    """Open a ledger as its one writer.

    Returns
    -------
    connection, bool
        The second says whether the file lies on a network file system, where a rollback
        journal is used in place of the write-ahead log.
    """
    network = is_network(path)
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
    try:
        found = _version(db, path)
        db.execute(f"PRAGMA journal_mode = {'DELETE' if network else 'WAL'}")
        db.execute(f"PRAGMA synchronous = {'FULL' if network else 'NORMAL'}")
        db.execute("PRAGMA wal_autocheckpoint = 4000")
        if found != SCHEMA_VERSION:
            _upgrade(db, found)
    except BaseException:
        db.close()
        raise
    return db, network


def close_at_rest(db: sqlite3.Connection) -> None:
    """Close the writer so that the file alone holds everything and reading it leaves no trace."""
    try:
        db.execute("PRAGMA busy_timeout = 500")
        db.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError:
        pass  # somebody reads just now: the write-ahead log stays, and is as good
    finally:
        db.close()


@contextmanager
def open_for_reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a ledger so that nothing is written, whatever state it was left in.

    A ledger at rest is one plain file. While a run is on, and after a crash, the
    write-ahead log beside it is read too; where that may not be done in place (a batch
    that one may only read), a copy in a temporary folder is read.
    """
    if not path.exists():
        raise NotABatchError(f"{path.parent}: there is no ledger here")
    if _log_of(path).exists() and not _readable_in_place(path):
        with tempfile.TemporaryDirectory(prefix="batchwork-") as folder:
            for file in (path, _log_of(path)):
                shutil.copyfile(file, Path(folder) / file.name)
            copied = sqlite3.connect(Path(folder) / path.name, isolation_level=None)
            with closing(copied) as db, _readable(db, path) as ledger:
                yield ledger
        return
    found = sqlite3.connect(_uri(path), uri=True, isolation_level=None, timeout=30)
    with closing(found) as db, _readable(db, path) as ledger:
        yield ledger


def _log_of(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def _readable_in_place(path: Path) -> bool:
    """Say whether a write-ahead log can be read beside its ledger without leaving new files."""
    return path.with_name(path.name + "-shm").exists()


def _uri(path: Path) -> str:
    """Name the file for SQLite, read-only; as immutable where even a lock would leave files."""
    with path.open("rb") as file:
        file.seek(_FORMAT_BYTE)
        logged = file.read(1) == bytes([_WAL_FORMAT])
    immutable = logged and not _log_of(path).exists()
    return f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if immutable else ''}"
