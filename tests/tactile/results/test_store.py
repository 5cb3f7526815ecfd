import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from batchwork.tactile.results import store as stores
from batchwork.tactile.results.store import EventStore

from .conftest import spikes_of

NETWORK = {"populations": ["sa", "ra"], "fingerprint": "abc"}
SIZES = {"sa": 9, "ra": 12}


def key(number):
    return f"{number:016x}"


def filled(folder, count=4):
    with EventStore(folder, NETWORK) as store:
        for number in range(count):
            store.add(key(number), spikes_of(number, SIZES))
    return store


def assert_has(store, number):
    found, wanted = store.read(key(number)), spikes_of(number, SIZES)
    for name in SIZES:
        np.testing.assert_array_equal(found[name].dense(), wanted[name].dense())


def test_what_was_added_is_read_at_once_and_by_others(tmp_path):
    store = filled(tmp_path / "events")
    other = EventStore(tmp_path / "events", NETWORK)
    assert len(store) == len(other) == 4
    for number in range(4):
        assert_has(store, number)
        assert_has(other, number)
    assert key(7) not in other


def test_each_writer_has_a_shard_of_its_own(tmp_path):
    with EventStore(tmp_path, NETWORK) as one, EventStore(tmp_path, NETWORK) as two:
        one.add(key(1), spikes_of(1, SIZES))
        two.add(key(2), spikes_of(2, SIZES))
        one.add(key(3), spikes_of(3, SIZES))
    both = EventStore(tmp_path, NETWORK)
    assert len(both.shards) == 2
    for number in (1, 2, 3):
        assert_has(both, number)


def test_a_store_that_is_open_sees_what_others_add(tmp_path):
    reader = EventStore(tmp_path, NETWORK)
    with EventStore(tmp_path, NETWORK) as writer:
        writer.add(key(1), spikes_of(1, SIZES))
        reader.refresh()
        assert_has(reader, 1)
        writer.add(key(2), spikes_of(2, SIZES))
        assert key(2) not in reader
        reader.refresh()
        assert_has(reader, 2)


@pytest.mark.parametrize("cut", [1, 30, 200])
def test_a_shard_that_is_cut_off_keeps_what_is_whole(tmp_path, cut):
    (shard,) = filled(tmp_path).shards
    os.truncate(shard, shard.stat().st_size - cut)
    store = EventStore(tmp_path, NETWORK)
    assert key(3) not in store
    for number in range(3):
        assert_has(store, number)


def test_an_altered_byte_is_noticed(tmp_path):
    (shard,) = filled(tmp_path).shards
    data = bytearray(shard.read_bytes())
    data[-20] ^= 1
    shard.write_bytes(data)
    assert key(3) not in EventStore(tmp_path, NETWORK)


@pytest.mark.parametrize("content", [b"", b"\n", b"some text\n", b'{"format": "other"}\n', b'["a"]\n'])
def test_other_files_are_passed_over(tmp_path, content):
    filled(tmp_path)
    (tmp_path / "events-0900.bws").write_bytes(content)
    assert len(EventStore(tmp_path, NETWORK)) == 4


def test_shards_of_another_network_do_not_count(tmp_path):
    filled(tmp_path)
    assert len(EventStore(tmp_path, {**NETWORK, "fingerprint": "other"})) == 0


def test_a_shard_that_is_full_is_followed_by_another(tmp_path, monkeypatch):
    monkeypatch.setattr(stores, "SHARD_BYTES", 1000)
    store = filled(tmp_path, 8)
    assert len(store.shards) > 1
    for number in range(8):
        assert_has(EventStore(tmp_path, NETWORK), number)


@pytest.fixture
def little_room():
    """Let no file grow beyond a size, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_sample_for_which_there_is_no_room_breaks_no_other(tmp_path, little_room):
    with EventStore(tmp_path, NETWORK) as store:
        store.add(key(1), spikes_of(1, SIZES))
        little_room(store.shards[0].stat().st_size + 50)
        with pytest.raises(OSError, match="too large"):
            store.add(key(2), spikes_of(2, SIZES))
        assert key(2) not in store
        little_room(1 << 30)
        store.add(key(3), spikes_of(3, SIZES))
    after = EventStore(tmp_path, NETWORK)
    assert_has(after, 1)
    assert_has(after, 3)
    assert key(2) not in after


def test_the_death_of_the_process_loses_nothing_that_was_added(tmp_path):
    code = f"""
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from conftest import spikes_of
from batchwork.tactile.results.store import EventStore
store = EventStore(Path({str(tmp_path)!r}), {NETWORK!r})
for number in range(50):
    store.add(f"{{number:016x}}", spikes_of(number, {SIZES!r}))
os.kill(os.getpid(), signal.SIGKILL)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    after = EventStore(tmp_path, NETWORK)
    for number in range(50):
        assert_has(after, number)
