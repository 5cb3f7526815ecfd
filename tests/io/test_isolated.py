"""Questions about files, asked in a child that may die of them."""

import os
import signal
import time
from pathlib import Path

from batchwork.io import isolated


def size_or_death(path: Path) -> int:
    """Called in the child."""
    if "segfault" in path.name:
        os.kill(os.getpid(), signal.SIGSEGV)
    if "raises" in path.name:
        raise ValueError("a fault in the function")
    if "exits" in path.name:
        os._exit(3)
    if "hangs" in path.name:
        time.sleep(60)
    if "cc" in path.name:
        print("this does not disturb the answers")  # noqa: T201 - on purpose
    return len(path.name)


FUNCTION = f"{__file__}:size_or_death"


def ask(*names, patience=None):
    return list(isolated.ask(FUNCTION, map(Path, names), patience=patience))


def test_a_file_that_kills_the_child_has_no_answer_and_the_others_have():
    names = ["a.h5", "segfault.h5", "b.h5", "raises.h5", "exits.h5", "cc.h5"]
    found = ask(*names)
    assert [answer.path.name for answer in found] == names
    assert [answer.value for answer in found] == [4, None, 4, None, None, 5]
    told = {answer.path.name: answer.died for answer in found if answer.died}
    assert told == {
        "segfault.h5": "signal 11",
        "raises.h5": "ValueError: a fault in the function",
        "exits.h5": "exit code 3",
    }


def test_a_file_that_hangs_is_given_up():
    found = ask("a.h5", "hangs.h5", "b.h5", patience=5.0)
    assert [answer.value for answer in found] == [4, None, 4]
    assert found[1].died == "no answer in 5 s"


def joined(path: Path, *, before: str = "", times: int = 1) -> str:
    """Called in the child."""
    return (before + path.name) * times


def test_more_arguments_are_given_by_name():
    function = f"{__file__}:joined"
    (answer,) = isolated.ask(function, [Path("x/a.h5")], given={"before": "ü ", "times": 2})
    assert answer.value == "ü a.h5ü a.h5"


def test_no_files_need_no_child():
    assert list(isolated.ask("nowhere:nothing", [])) == []
