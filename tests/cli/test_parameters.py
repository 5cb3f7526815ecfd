"""`batchwork params` on a real batch."""

import json

import pytest
from tests.commands import program

FLOW = '''
from pathlib import Path
import batchwork as bw

@bw.step(outputs="{stem}.out")
def repeat(source: Path, output: Path, *, times: int = 1, between: str = "") -> None:
    """Repeat a text."""
    output.write_text(between.join([source.read_text()] * times))

flow = bw.Workflow("repeats", steps=[repeat])
'''


@pytest.fixture
def batchwork(tmp_path):
    for name in "abc":
        (tmp_path / f"{name}.txt").write_text(name)
    (tmp_path / "flow.py").write_text(FLOW)
    (tmp_path / "batch.yml").write_text("workflow: flow.py:flow\nitems: '*.txt'\nout: out\n")

    def run(*words, code=0):
        done = program(*words, code=code, cwd=tmp_path)
        return (done.stdout + done.stderr).strip()

    run("run", "batch.yml")
    return run


def test_entered_shown_copied_saved_and_loaded(batchwork, tmp_path):
    assert batchwork("params", "out", "a.txt") == 'repeat.times = 1\nrepeat.between = ""'
    assert batchwork("params", "out", "a.txt", "-p", "repeat.times=2") == "a.txt: repeat.times=2"
    assert "repeat.times = 2  (its own)" in batchwork("params", "out", "a.txt")
    assert batchwork("params", "out", "b.txt", "--like", "a.txt") == "b.txt: repeat.times=2"
    batchwork("params", "out", "a.txt", "--save", "a.yml")
    assert batchwork("params", "out", "c*", "--load", "a.yml") == "c.txt: repeat.times=2"
    batchwork("run", "out")
    assert {p.name: p.read_text() for p in (tmp_path / "out").glob("*.out")} == {
        "a.out": "aa", "b.out": "bb", "c.out": "cc",
    }  # fmt: skip
    assert batchwork("params", "out", "*", "--clear") == "a.txt, b.txt, c.txt: cleared"
    assert batchwork("params", "out", "*", "--clear") == "none had parameters of its own"
    assert batchwork("params", "out", "a.txt", "--load", "a.yml") == "a.txt: repeat.times=2"
    told = json.loads(batchwork("params", "out", "a.txt", "--json"))
    assert told == {"params": {"repeat": {"times": 2, "between": ""}}, "own": {"repeat": {"times": 2}}}


def test_set_takes_them_too_and_undoes_them(batchwork):
    assert batchwork("set", "out", "a.txt", "repeat.times=3") == "a.txt: repeat.times=3"
    assert "its own parameter times changed: none → 3" in batchwork("plan", "out")
    assert "times" in batchwork("set", "out", "a.txt", "repeat.times=many", code=2)
    batchwork("set", "out", "a.txt", "--undo")
    assert "Nothing to do" in batchwork("plan", "out")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("a.txt", "-p", "repeat.tims=2"), "did you mean 'times'"),
        (("a.txt", "-p", "times=2"), "write -p STEP.NAME=VALUE"),
        (("a.txt", "-p", "repeat.times=two"), "times"),
        (("d.txt", "-p", "repeat.times=2"), "no item 'd.txt'"),
        (("a.txt", "b.txt"), "of one item at a time"),
        (("a.txt", "--clear", "--like", "b.txt"), "exclude each other"),
        (("a.txt", "--load", "none.yml"), "none.yml"),
    ],
)
def test_what_does_not_fit_is_told(batchwork, words, told):
    assert told in batchwork("params", "out", *words, code=2)
