"""Shards and stores: what is written is read again, what is damaged is seen."""

import json
import subprocess
import sys
from dataclasses import replace

import h5py
import numpy as np
import pytest

from batchwork.tactile.kernels.events import Events
from batchwork.tactile.results.layout import DamagedShard, Layout, Response, in_words
from batchwork.tactile.results.shards import Shard, read_shard
from batchwork.tactile.results.store import Store


def same(one, other):
    assert (one.key, json.loads(json.dumps(one.record))) == (other.key, json.loads(json.dumps(other.record)))
    assert list(one.events) == list(other.events)
    for name, events in one.events.items():
        for column in ("step", "neuron"):
            found, wanted = getattr(other.events[name], column), getattr(events, column)
            assert found.dtype == np.int32
            np.testing.assert_array_equal(found, wanted)
        assert (other.events[name].steps, other.events[name].neurons) == (events.steps, events.neurons)


def test_a_shard_is_read_as_it_was_written(made, tmp_path):
    path = Shard.of(made.layout, made.responses).write(tmp_path)
    shard = read_shard(path)
    assert shard.layout == made.layout
    for one, other in zip(made.responses, shard.responses(), strict=True):
        same(one, other)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_its_columns_are_plain_hdf5(made, tmp_path):
    path = Shard.of(made.layout, made.responses[:3]).write(tmp_path)
    with h5py.File(path) as file:
        columns = [file[f"ra/{name}"][()] for name in ("sample", "step", "neuron")]
        assert [column.dtype for column in columns] == [np.uint16] * 3
        expected = [
            (i, step, neuron)
            for i, response in enumerate(made.responses[:3])
            for step, neuron in zip(response.events["ra"].step, response.events["ra"].neuron, strict=True)
        ]
        assert list(zip(*columns, strict=True)) == expected
        assert [key.decode() for key in file["keys"]] == [r.key for r in made.responses[:3]]


def test_large_numbers_need_wider_columns(tmp_path):
    layout = Layout("f" * 16, 100_000, {"sa": 70_000})
    last = Events(np.array([99_999], np.int32), np.array([69_999], np.int32), 100_000, 70_000)
    response = Response("0" * 16, {}, {"sa": last})
    path = Shard.of(layout, [response]).write(tmp_path)
    same(response, read_shard(path).response(0))


def test_a_shard_without_events_or_samples(made, tmp_path):
    quiet = next(r for r in made.responses if not any(len(e) for e in r.events.values()))
    same(quiet, read_shard(Shard.of(made.layout, [quiet]).write(tmp_path)).response(0))
    assert list(read_shard(Shard.of(made.layout, []).write(tmp_path)).responses()) == []


def test_the_same_samples_make_the_same_file(made, tmp_path):
    one = Shard.of(made.layout, made.responses[:2]).write(tmp_path)
    content = one.read_bytes()
    assert Shard.of(made.layout, made.responses[:2]).write(tmp_path) == one
    assert one.read_bytes() == content
    assert Shard.of(made.layout, made.responses[1:3]).name != one.name


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_shard_that_is_cut_off_is_seen(made, tmp_path, share):
    path = Shard.of(made.layout, made.responses).write(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(DamagedShard, match=r"\.events\.h5: .*have to be made again"):
        read_shard(path)


def test_a_changed_value_is_seen(made, tmp_path):
    path = Shard.of(made.layout, made.responses).write(tmp_path)
    with h5py.File(path, "r+") as file:
        file["sa/neuron"][0] = (file["sa/neuron"][0] + 1) % 7
    with pytest.raises(DamagedShard, match="is not as it was written"):
        read_shard(path)


def test_a_file_of_another_kind_is_no_shard(tmp_path):
    with h5py.File(tmp_path / "x.events.h5", "w") as file:
        file.attrs["about"] = "{}"
    with pytest.raises(DamagedShard, match="cannot be read"):
        read_shard(tmp_path / "x.events.h5")


def test_a_store_finds_samples_in_any_order(made, tmp_path):
    store = made.stored(tmp_path / "events")
    again = Store.open(tmp_path / "events", made.layout)
    assert len(store) == len(again) == len(made.responses)
    keys = [r.key for r in made.responses][::-1]
    for key, response in zip(keys, again.responses(keys), strict=True):
        same(made.responses[[r.key for r in made.responses].index(key)], response)
    assert keys[0] in again
    assert "0" * 16 not in again
    with pytest.raises(KeyError):
        again.response("0" * 16)


def test_many_samples_in_any_order_read_each_shard_once(made, tmp_path, monkeypatch):
    store = Store.open(tmp_path, made.layout)
    pairs = list(zip(made.responses[::2], made.responses[1::2], strict=False))
    for pair in pairs:
        store.append(pair)
    keys = [response.key for side in zip(*pairs, strict=True) for response in side]
    read = []
    monkeypatch.setattr(
        "batchwork.tactile.results.store.read_shard", lambda path: read.append(path) or read_shard(path)
    )
    for window, times in ((1 << 30, 1), (1, 2)):
        monkeypatch.setattr("batchwork.tactile.results.store.WINDOW", window)
        opened = Store.open(tmp_path, made.layout)
        read.clear()
        assert [response.key for response in opened.responses(keys)] == keys
        assert len(read) == times * len(pairs)
    with pytest.raises(KeyError):
        list(store.responses([*keys, "nope"]))


def test_a_store_keeps_few_shards_in_memory(made, tmp_path):
    store = made.stored(tmp_path, size=1)
    list(store.responses(r.key for r in made.responses))
    assert len(store._read) == 4


def test_damaged_shards_count_for_nothing_and_can_be_made_again(made, tmp_path):
    store = made.stored(tmp_path)
    path = store.places[made.responses[5].key][0]
    path.write_bytes(path.read_bytes()[:-100])
    again = Store.open(tmp_path, made.layout)
    assert again.damaged == [path]
    assert len(again) == len(made.responses) - 4
    again.clean()
    assert not path.exists()
    again.append([r for r in made.responses if r.key not in again])
    same(made.responses[5], Store.open(tmp_path, made.layout).response(made.responses[5].key))


def test_samples_of_another_network_are_left_alone(made, tmp_path):
    made.stored(tmp_path)
    other = Store.open(tmp_path, replace(made.layout, fingerprint="0" * 16))
    assert len(other) == 0
    assert other.damaged == []
    assert len(Store.open(tmp_path, made.layout)) == len(made.responses)


def test_opening_writes_nothing(made, tmp_path):
    Store.open(tmp_path / "events", made.layout)
    assert list(tmp_path.iterdir()) == []


def test_a_partial_shard_is_not_looked_at(made, tmp_path):
    path = Shard.of(made.layout, made.responses).write(tmp_path)
    path.rename(tmp_path / f".{path.name}.partial")
    store = Store.open(tmp_path, made.layout)
    assert (len(store), store.damaged) == (0, [])
    store.clean()
    assert list(tmp_path.iterdir()) == []


FULL = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from batchwork.tactile.kernels.events import Events
from batchwork.tactile.results.layout import Layout, Response
from batchwork.tactile.results.store import Store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
events = Events(np.arange(100_000, dtype=np.int32), np.zeros(100_000, np.int32), 100_000, 1)
store = Store.open(Path(sys.argv[1]), Layout("f" * 16, 100_000, {"sa": 1}))
try:
    store.append([Response("0" * 16, {}, {"sa": events})])
except OSError as error:
    print("refused", len(store), error.errno)
"""


def test_a_full_disk_leaves_no_part_of_a_shard(tmp_path):
    done = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("refused 0"), done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("size", "words"), [(999, "999 bytes"), (2_000_000_000, "2 GB"), (126_000_000, "126 MB"), (3.2e12, "3.2 TB")]
)
def test_sizes_in_words(size, words):
    assert in_words(size) == words


WRITING = """
import sys
from pathlib import Path
import numpy as np
from batchwork.tactile.kernels.events import Events
from batchwork.tactile.results.layout import Layout, Response
from batchwork.tactile.results.store import Store
events = Events(np.arange(20_000, dtype=np.int32), np.zeros(20_000, np.int32), 20_000, 1)
store = Store.open(Path(sys.argv[1]), Layout("f" * 16, 20_000, {"sa": 1}))
for i in range(100_000):
    store.append([Response(f"{i:016x}", {}, {"sa": events})])
    print(i, flush=True)
"""


def test_what_was_acknowledged_outlives_a_kill(tmp_path):
    for wait in (1, 7, 20):
        folder = tmp_path / str(wait)
        job = subprocess.Popen([sys.executable, "-c", WRITING, str(folder)], stdout=subprocess.PIPE, text=True)
        lines = [job.stdout.readline() for _ in range(wait)]
        job.kill()
        done = int((lines + job.stdout.read().split())[-1])
        job.wait()
        job.stdout.close()
        store = Store.open(folder, Layout("f" * 16, 20_000, {"sa": 1}))
        assert store.damaged == []
        assert done + 1 <= len(store) <= done + 2
        assert len(store.response(f"{done:016x}").events["sa"]) == 20_000
