"""Live folders: what is still being written is not taken."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from batchwork.engine import watching
from batchwork.engine.items import FileItems, ListedItems
from batchwork.engine.watching import SettledItems, is_being_written
from batchwork.io.fingerprints import fingerprint


class Clock:
    """A time that tests turn on."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(watching, "time", made)
    return made


@pytest.fixture
def watched(tmp_path: Path) -> SettledItems:
    return SettledItems(FileItems((str(tmp_path / "*.txt"), str(tmp_path / "*.zarr"))), quiet=5.0)


def keys(watched: SettledItems) -> list[str]:
    return [found.key for found in watched.find(Path("/nowhere"))]


def test_a_file_is_taken_once_it_has_been_quiet(tmp_path, watched, clock):
    (tmp_path / "a.txt").write_text("a")
    assert keys(watched) == []
    clock.now += 4.9
    assert keys(watched) == []
    clock.now += 0.2
    assert keys(watched) == ["a.txt"]


def test_a_file_that_grows_is_not_taken(tmp_path, watched, clock):
    path = tmp_path / "a.txt"
    for i in range(5):
        path.write_text("a" * i)
        assert keys(watched) == []
        clock.now += 6
    assert keys(watched) == ["a.txt"]


def test_a_file_that_is_touched_is_not_taken(tmp_path, watched, clock):
    path = tmp_path / "a.txt"
    for i in range(4):
        path.touch()
        os.utime(path, ns=(i, i))
        assert keys(watched) == []
        clock.now += 6
    assert keys(watched) == ["a.txt"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_a_file_that_somebody_has_open_for_writing_is_not_taken(tmp_path, watched, clock):
    path = tmp_path / "a.txt"
    with path.open("w") as file:
        file.write("half")
        file.flush()
        assert keys(watched) == []
        clock.now += 60
        assert keys(watched) == []
    assert keys(watched) == ["a.txt"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_a_folder_in_which_a_file_is_open_for_writing_is_not_taken(tmp_path, watched, clock):
    deep = tmp_path / "a.zarr" / "0"
    deep.mkdir(parents=True)
    with (deep / "chunk").open("w") as file:
        file.write("half")
        file.flush()
        assert keys(watched) == []
        clock.now += 60
        assert keys(watched) == []
    assert keys(watched) == ["a.zarr"]


def test_what_was_taken_stays_taken(tmp_path, watched, clock):
    path = tmp_path / "a.txt"
    path.write_text("a")
    keys(watched)
    clock.now += 6
    assert keys(watched) == ["a.txt"]
    path.write_text("longer")
    assert keys(watched) == ["a.txt"], "a change of a known item is for the signatures to see"
    path.unlink()
    assert keys(watched) == []


def test_a_directory_is_taken_when_nothing_below_it_changes(tmp_path, watched, clock):
    folder = tmp_path / "a.zarr"
    folder.mkdir()
    assert keys(watched) == []
    clock.now += 4
    (folder / "0").write_text("x")
    assert keys(watched) == []
    clock.now += 4
    assert keys(watched) == []
    clock.now += 2
    assert keys(watched) == ["a.zarr"]


def test_a_file_that_is_as_it_was_in_an_earlier_run_is_taken_at_once(tmp_path, clock):
    path = tmp_path / "a.txt"
    path.write_text("x")
    (tmp_path / "b.txt").write_text("x")
    source = FileItems((str(tmp_path / "*.txt"),))
    known = {str(path): fingerprint(path)}
    assert keys(SettledItems(source, 5.0, known=known)) == ["a.txt"]
    path.write_text("xx")
    grown = SettledItems(source, 5.0, known=known)
    assert keys(grown) == []
    clock.now += 6
    assert keys(grown) == ["a.txt", "b.txt"]


def test_items_without_files_are_taken_at_once(clock):
    source = ListedItems(({"key": "a"}, {"key": "b", "source": "/no/such/file"}))
    watched = SettledItems(source, quiet=5.0)
    assert keys(watched) == ["a", "b"]
    assert watched.plain() == source.plain()
    assert watched.attributes(next(source.find(Path("/nowhere")))) == {"series": "a", "index": 0}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_who_is_writing_in_another_process(tmp_path):
    path = tmp_path / "a"
    path.touch()
    assert not is_being_written(str(path))
    code = "import sys; file = open(sys.argv[1], 'ab'); print(flush=True); sys.stdin.read()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdin=pipe, stdout=pipe) as writer:
        writer.stdout.readline()
        assert is_being_written(str(path))
        writer.communicate()
    assert not is_being_written(str(path))
    with path.open("rb"):
        assert not is_being_written(str(path)), "a reader does no harm"


def test_what_has_gone_or_is_a_directory(tmp_path):
    assert is_being_written(str(tmp_path / "gone")), "no longer there: not complete"
    assert not is_being_written(str(tmp_path))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has leases")
def test_a_writer_that_comes_while_one_looks_ends_nobody(tmp_path):
    """The system tells the holder of a lease by a signal whose usual kind would end this process."""
    path = tmp_path / "a"
    path.touch()
    end = time.monotonic() + 0.5
    before = signal.getsignal(signal.SIGIO)

    def write() -> None:
        while time.monotonic() < end:
            with path.open("ab") as file:
                file.write(b"x")

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    while time.monotonic() < end:
        is_being_written(str(path))
    for writer in writers:
        writer.join()
    assert signal.getsignal(signal.SIGIO) is before
    assert not is_being_written(str(path))


DENIES = '''
from pathlib import Path

def look(path):
    """Complete once it ends in a full stop; some files kill who looks at them."""
    text = path.read_text()
    with open(Path(__file__).with_name("looked.log"), "a") as log:
        print(path.name, file=log)
    if text == "crash":
        import os
        os._exit(3)
    return text.endswith(".")
'''


def test_a_quiet_file_that_a_function_denies_is_asked_about_again_after_a_while(tmp_path, watched, clock):
    (tmp_path / "look.py").write_text(DENIES)
    watched.complete = f"{tmp_path / 'look.py'}:look"
    for name, text in {"half": "half", "whole": "whole.", "crash": "crash"}.items():
        (tmp_path / f"{name}.txt").write_text(text)
    assert keys(watched) == []
    clock.now += 5.1
    assert keys(watched) == ["crash.txt", "whole.txt"]
    looked = tmp_path / "looked.log"
    before = looked.read_text()
    assert sorted(before.split()) == ["crash.txt", "half.txt", "whole.txt"]
    clock.now += 1
    assert keys(watched) == ["crash.txt", "whole.txt"]
    assert looked.read_text() == before, "it is not asked about at every look"
    clock.now += 5
    assert keys(watched) == ["crash.txt", "whole.txt"]
    stat = (tmp_path / "half.txt").stat()
    (tmp_path / "half.txt").write_text("all.")  # as long as before, at the same time: space set aside
    os.utime(tmp_path / "half.txt", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    clock.now += 6
    assert keys(watched) == ["crash.txt", "half.txt", "whole.txt"]


def is_longer_than_three(path: Path) -> bool:
    return len(path.read_text()) > 3


@pytest.fixture
def waiting(tmp_path: Path) -> SettledItems:
    complete = f"{__file__}:{is_longer_than_three.__name__}"
    return SettledItems(FileItems((str(tmp_path / "*.txt"),)), quiet=5.0, complete=complete, stale=60.0)


def test_what_stays_incomplete_counts_as_broken_off_after_a_while(tmp_path, waiting, clock):
    (tmp_path / "a.txt").write_text("ab")
    for _ in range(9):
        assert keys(waiting) == []
        clock.now += 6.5
    clock.now += 2
    assert keys(waiting) == ["a.txt"]


def test_broken_off_and_gone_on_after_all(tmp_path, waiting, clock):
    path = tmp_path / "a.txt"
    path.write_text("ab")
    assert keys(waiting) == []
    clock.now += 61
    (broken,) = waiting.find(Path("/nowhere"))
    path.write_text("abc")
    assert list(waiting.find(Path("/nowhere"))) == [broken]  # no reason to run it again yet
    path.write_text("abcdef")
    assert list(waiting.find(Path("/nowhere"))) == [broken]
    clock.now += 6
    (whole,) = waiting.find(Path("/nowhere"))
    assert whole.print == fingerprint(path)


def test_one_that_somebody_keeps_open_is_broken_off_too(tmp_path, waiting, clock):
    with (tmp_path / "a.txt").open("w") as file:
        file.write("abcdef")
        file.flush()
        assert keys(waiting) == []
        clock.now += 30
        assert keys(waiting) == []
        clock.now += 31
        assert keys(waiting) == ["a.txt"]
