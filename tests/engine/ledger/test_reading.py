"""Reading a ledger leaves no trace, whatever state it is in."""

import sqlite3
from contextlib import closing

import pytest

from batchwork.engine.ledger import schema
from batchwork.engine.ledger.ledger import create_home, home_of, homes, open_reader, open_writer
from batchwork.errors import NotABatchError, ReadOnlyBatchError


@pytest.fixture
def home(tmp_path):
    return create_home(tmp_path / "out", "flow")


def tree(home):
    return {p.name: (p.stat().st_size, p.stat().st_mtime_ns) for p in [home, *home.iterdir()]}


def test_it_appears_whole(tmp_path, home):
    assert [p.name for p in (tmp_path / "out").iterdir()] == [".batchwork"]
    assert create_home(tmp_path / "out", "flow") == home
    other = create_home(tmp_path / "out", "other")
    assert set(homes(tmp_path / "out")) == {home, other}
    assert home_of(tmp_path / "out", "other") == other
    with pytest.raises(NotABatchError, match="it has flow, other"):
        home_of(tmp_path / "out", "third")


def test_at_rest_it_is_one_plain_file_and_reading_changes_nothing(home):
    ledger = open_writer(home)
    ledger.set_meta("word", "kept")
    ledger.close()
    before = tree(home)
    assert set(before) == {home.name, schema.FILE_NAME}
    with open_reader(home) as reader:
        assert reader.meta("word") == "kept"
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader.db.execute("DELETE FROM meta")
    assert tree(home) == before


def test_a_reader_sees_what_the_writer_has_committed(home):
    ledger = open_writer(home)
    ledger.set_meta("word", "first")
    ledger.commit()
    ledger.set_meta("word", "second")
    with open_reader(home) as reader:
        assert reader.meta("word") == "first"
    ledger.commit()
    with open_reader(home) as reader:
        assert reader.meta("word") == "second"
    ledger.close()


def test_after_a_crash_the_log_is_read_too(home, tmp_path):
    ledger = open_writer(home)
    ledger.set_meta("word", "only in the log")
    ledger.commit()
    for name in (schema.FILE_NAME, schema.FILE_NAME + "-wal"):
        (tmp_path / name).write_bytes((home / name).read_bytes())
    ledger.close()
    for name in (schema.FILE_NAME, schema.FILE_NAME + "-wal"):
        (home / name).write_bytes((tmp_path / name).read_bytes())
    before = tree(home)
    with open_reader(home) as reader:
        assert reader.meta("word") == "only in the log"
    assert tree(home) == before


def test_a_reader_does_not_keep_the_writer_from_closing(home):
    ledger = open_writer(home)
    with open_reader(home) as reader:
        reader.db.execute("BEGIN")
        assert reader.meta("owner")
        ledger.set_meta("word", "kept")
        ledger.close()
    with open_reader(home) as reader:
        assert reader.meta("word") == "kept"


def _break_off(ledger):
    ledger.set_meta("word", "lost")
    ledger.db.execute("INSERT INTO meta VALUES ('owner', 'twice')")


def test_a_transaction_is_all_or_nothing(home):
    ledger = open_writer(home)
    with pytest.raises(sqlite3.IntegrityError), ledger.transaction():
        _break_off(ledger)
    assert ledger.meta("word") is None
    ledger.close()


def test_a_network_file_system_has_a_rollback_journal(home, monkeypatch):
    monkeypatch.setenv("BATCHWORK_NETWORK_FS", "1")
    ledger = open_writer(home)
    assert ledger.network
    assert ledger.db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    ledger.close()


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises((ReadOnlyBatchError, NotADirectoryError)):
        create_home(tmp_path / "file" / "out", "flow")


def test_deleted_rows_do_not_hide_a_missing_ledger(tmp_path):
    with pytest.raises(NotABatchError), closing(sqlite3.connect(":memory:")), open_reader(tmp_path):
        pass
