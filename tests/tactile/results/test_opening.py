"""Folders as they are at one moment."""

import os

import pytest
from tests.tactile.recording import files_below

from batchwork.errors import BatchError, NotABatchError
from batchwork.tactile.results.checkpoint import NAME, Checkpoint
from batchwork.tactile.results.counting import spike_counts
from batchwork.tactile.results.opening import Snapshot, open_results
from batchwork.tactile.results.store import Store


@pytest.fixture
def folder(made, tmp_path):
    """Seven of seventeen samples are done, every second one of them left out."""
    store = Store.open(tmp_path / "events", made.layout)
    store.append(made.responses[0:14:4])
    store.append(made.responses[2:14:4])
    Checkpoint(7, 17, 1, made.config).write(tmp_path / NAME)
    return tmp_path


def test_the_samples_that_are_done_in_the_order_of_the_sweep(made, folder):
    snapshot = Snapshot.take(folder)
    done = snapshot.results.samples
    expected = [sample.key for sample in made.samples[0:14:2]]
    assert [sample.key for sample in done] == expected
    assert [done[i].key for i in range(-7, 0)] == expected
    assert [sample.key for sample in done[2:5]] == expected[2:5]
    assert (len(done), snapshot.missing, len(snapshot.sweep)) == (7, 10, 17)
    with pytest.raises(IndexError):
        done[7]


def test_what_is_missing_is_told(folder):
    (told,) = Snapshot.take(folder).told()
    assert told == f"{folder}: 7 of 17 samples are done; batchwork tactile batch makes the others"
    path = next(iter((folder / "events").iterdir()))
    os.truncate(path, 100)
    damaged, told = Snapshot.take(folder).told()
    assert damaged == f"{path}: is damaged; its samples count as missing"
    assert "of 17 samples" in told


def test_a_folder_in_which_nothing_is_done_is_refused(made, folder):
    Snapshot.take(folder).check_not_empty()
    for path in (folder / "events").iterdir():
        path.unlink()
    with pytest.raises(BatchError, match="0 of 17 samples are done; batchwork tactile batch makes the others"):
        Snapshot.take(folder).check_not_empty()


def test_a_folder_without_a_checkpoint_is_refused(tmp_path):
    with pytest.raises(NotABatchError, match=r"there is no checkpoint\.pt"):
        Snapshot.take(tmp_path)


def test_a_limit_counts(made, folder):
    Checkpoint(5, 9, 1, made.config).write(folder / NAME)
    assert [sample.index for sample in open_results(folder).samples] == [0, 2, 4, 6, 8]


def test_what_is_added_or_left_unfinished_meanwhile_changes_nothing(made, folder):
    (folder / "events" / ".1.events.h5.partial").write_bytes(b"unfinished")
    (folder / "events" / "2.events.h5").write_bytes(b"damaged")
    before = files_below(folder)
    snapshot = Snapshot.take(folder)
    counts = list(spike_counts(snapshot.results))
    assert files_below(folder) == before
    Store.open(folder / "events", made.layout).append(made.responses[14:])
    Checkpoint(9, 17, 1, made.config).write(folder / NAME)
    assert list(spike_counts(snapshot.results)) == counts
    assert len(Snapshot.take(folder).results.samples) == len(made.samples[14:]) + 7
