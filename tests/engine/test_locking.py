"""The lock that keeps runs apart from each other and from other work on a batch's folder."""

import pytest

from batchwork.engine.ledger.ledger import create_home
from batchwork.engine.locking import BatchLock, undisturbed
from batchwork.errors import BatchBusyError, NotABatchError


@pytest.fixture
def home(tmp_path):
    return create_home(tmp_path, "flow")


def test_while_a_batch_is_undisturbed_no_run_gets_its_lock(home):
    lock = BatchLock(home)
    with undisturbed(home):
        assert not lock.acquire()
    assert lock.acquire()
    lock.release()


def test_a_batch_that_runs_is_not_undisturbed(home, tmp_path):
    lock = BatchLock(home)
    assert lock.acquire()
    try:
        told = f"{tmp_path} is being worked on by process [0-9]+ on .*; wait for it"
        with pytest.raises(BatchBusyError, match=told), undisturbed(home):
            pytest.fail("it is held by another")
        assert lock.holder() is not None
    finally:
        lock.release()
    with undisturbed(home):
        pass


def test_the_lock_is_given_back_after_a_failure(home):
    with pytest.raises(NotABatchError), undisturbed(home):
        raise NotABatchError("what was done failed")
    assert BatchLock(home).holder() is None
    with undisturbed(home):
        pass
