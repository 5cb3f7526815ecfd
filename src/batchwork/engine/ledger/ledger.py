"""The ledger of one workflow in one batch folder, open for writing or for reading."""

import errno
import getpass
import json
import os
import platform
import secrets
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from batchwork.engine.ledger import schema
from batchwork.errors import DiskSpaceError, NotABatchError, ReadOnlyBatchError
from batchwork.io.filesystems import is_disk_full

FOLDER = ".batchwork"
_NOT_WRITABLE = {
    errno.EACCES,
    errno.EEXIST,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EPERM,
    errno.EROFS,
}


@dataclass(frozen=True)
class Ledger:
    """An open ledger.

    Attributes
    ----------
    db : sqlite3.Connection
    home : Path
        The folder of this workflow's ledger, ``OUT/.batchwork/WORKFLOW``.
    network : bool
        Whether it lies on a network file system.
    """

    db: sqlite3.Connection
    home: Path
    network: bool = False

    def meta(self, name: str) -> str | None:
        """Give a stored text."""
        row = self.db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def set_meta(self, name: str, value: str) -> None:
        """Store a text, if it is another one."""
        if self.meta(name) != value:
            self.begin()
            self.db.execute(
                "INSERT INTO meta VALUES (?, ?) ON CONFLICT(name) DO UPDATE SET value = excluded.value",
                (name, value),
            )

    @property
    def owner(self) -> str:
        """The name that partial outputs of this ledger carry."""
        return self.meta("owner") or ""

    def begin(self) -> None:
        """Open a transaction unless one is open."""
        if not self.db.in_transaction:
            self.db.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Make everything since `begin` last."""
        if self.db.in_transaction:
            self.db.execute("COMMIT")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do all of the block or nothing of it."""
        self.begin()
        try:
            yield
        except BaseException:
            if self.db.in_transaction:  # a full disk makes SQLite roll back by itself
                self.db.execute("ROLLBACK")
            raise
        self.commit()

    def add_event(self, kind: str, detail: Mapping[str, object]) -> None:
        """Append to the batch's diary."""
        self.begin()
        self.db.execute(
            "INSERT INTO event(at, kind, detail) VALUES (?, ?, ?)", (time.time(), kind, json.dumps(dict(detail)))
        )

    def start_run(self, options: Mapping[str, object], versions: Mapping[str, str]) -> int:
        """Record that a run begins, and give its number."""
        self.begin()
        made = self.db.execute(
            "INSERT INTO run(started, user, host, pid, versions, options) VALUES (?, ?, ?, ?, ?, ?)",
            (time.time(), user_name(), platform.node(), os.getpid(), json.dumps(versions), json.dumps(options)),
        )
        return int(made.lastrowid or 0)

    def end_run(self, run: int, outcome: str) -> None:
        """Record how a run ended."""
        self.begin()
        self.db.execute("UPDATE run SET ended = ?, outcome = ? WHERE id = ?", (time.time(), outcome, run))
        self.db.execute("DELETE FROM child")

    def has_crashed(self) -> bool:
        """Say whether an earlier run never recorded its end."""
        return self.db.execute("SELECT 1 FROM run WHERE ended IS NULL LIMIT 1").fetchone() is not None

    def close(self) -> None:
        """Commit, and leave one plain file."""
        try:
            self.commit()
        finally:
            schema.close_at_rest(self.db)


def user_name() -> str:
    """Name the user, where the system knows one."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def homes(out: Path) -> list[Path]:
    """Name the ledger folders of a batch, the one that was run last first."""
    found = [path for path in (out / FOLDER).glob(f"*/{schema.FILE_NAME}") if not path.parent.name.startswith(".")]
    return [path.parent for path in sorted(found, key=_last_used, reverse=True)]


def _last_used(path: Path) -> float:
    definition = path.with_name("definition.json")
    return definition.stat().st_mtime if definition.exists() else 0.0


def home_of(out: Path, workflow: str | None) -> Path:
    """Find the ledger folder of a batch.

    Raises
    ------
    NotABatchError
        If the folder holds no batch, or not of that workflow.
    """
    found = homes(out)
    if not found:
        raise NotABatchError(f"{out} is not a batch: it has no {FOLDER} folder with a ledger")
    if workflow is None:
        return found[0]
    for home in found:
        if home.name == workflow:
            return home
    raise NotABatchError(f"{out} has no workflow '{workflow}'; it has {', '.join(sorted(h.name for h in found))}")


def create_home(out: Path, workflow: str) -> Path:
    """Make the ledger folder of a workflow appear whole; if it is there already, give it."""
    with _telling_full_disk(out):
        return _created(out, workflow)


def _created(out: Path, workflow: str) -> Path:
    home = out / FOLDER / workflow
    try:
        if (home / schema.FILE_NAME).exists():
            return home
        out.mkdir(parents=True, exist_ok=True)
        aside = out / f"{FOLDER}.{os.getpid()}.{secrets.token_hex(3)}.partial"
        (aside / workflow).mkdir(parents=True)
    except OSError as error:
        if error.errno not in _NOT_WRITABLE:
            raise
        raise ReadOnlyBatchError(f"{out}: cannot write here ({error.strerror}); choose another output folder") from None
    try:
        schema.create(aside / workflow / schema.FILE_NAME, secrets.token_hex(4))
        _put(aside, out / FOLDER, workflow)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return home


def _put(aside: Path, folder: Path, workflow: str) -> None:
    """Rename the new ledger into place; a run that was quicker wins."""
    try:
        aside.rename(folder)
    except OSError:
        try:
            (aside / workflow).rename(folder / workflow)
        except OSError:
            if not (folder / workflow / schema.FILE_NAME).exists():
                raise


def open_writer(home: Path) -> Ledger:
    """Open a ledger for writing; the caller holds its lock.

    Raises
    ------
    ReadOnlyBatchError
        If this user may not write it.
    """
    try:
        db, network = schema.open_for_writing(home / schema.FILE_NAME)
    except sqlite3.OperationalError as error:
        if "readonly" in str(error) or "unable to open" in str(error):
            raise ReadOnlyBatchError(
                f"{home.parent.parent}: this batch may be read but not changed ({error})"
            ) from None
        raise
    return Ledger(db, home, network)


@contextmanager
def writing(home: Path) -> Iterator[Ledger]:
    """Hold a ledger open for writing; the caller holds its lock.

    Raises
    ------
    ReadOnlyBatchError
        If this user may not write it.
    DiskSpaceError
        If the disk is full.
    """
    with _telling_full_disk(home), closing(open_writer(home)) as ledger:
        yield ledger


@contextmanager
def _telling_full_disk(place: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.OperationalError, OSError) as error:
        if isinstance(error, DiskSpaceError) or not _is_full(error):
            raise
        raise DiskSpaceError(
            f"{place}: the disk is full; nothing that was recorded is lost: free some space and run again"
        ) from None


def _is_full(error: sqlite3.OperationalError | OSError) -> bool:
    """Say whether the disk is what is full; streams, whose errors name no file, are not looked at."""
    if isinstance(error, OSError):
        return is_disk_full(error) and error.filename is not None
    return "full" in str(error)


@contextmanager
def open_reader(home: Path) -> Iterator[Ledger]:
    """Open a ledger for reading, leaving no trace."""
    with schema.open_for_reading(home / schema.FILE_NAME) as db:
        yield Ledger(db, home)
