"""Odd ways to be started and odd names: what is promised on standard output stays whole, and runs go on."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

FLOW = '''
from pathlib import Path
import batchwork as bw

print("loaded", __name__)

@bw.step(outputs="{stem}.out", version="1", writes=("found",))
def look(source: Path, output: Path):
    """Look."""
    word = source.read_text()
    if word == "slow":
        import time
        output.with_name("begun").touch()
        time.sleep(60)
    if word == "counts":
        import numpy as np
        bw.progress(np.int64(1), np.float32(2.0))
    if word == "unspeakable":
        class Unspeakable(Exception):
            def __str__(self):
                raise RuntimeError("no words")
        raise Unspeakable
    output.write_text(word)
    return {"found": float("nan")} if word == "nan" else {"found": word * 1_000_000 if word == "large" else 1}

flow = bw.Workflow("look", steps=[look])
'''
PROGRAM = str(Path(sys.executable).with_name("batchwork"))


@pytest.fixture
def project(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "flow.py").write_text(FLOW)
    write_config(tmp_path)
    return tmp_path


def write_config(project, **keys):
    told = {"workflow": "flow.py:flow", "items": "in/*.txt", "out": "results", **keys}
    lines = [f"{name}: {json.dumps(value)}" for name, value in told.items()]
    (project / "batch.yml").write_text("\n".join([*lines, "run: {workers: 1, gpus: none}", ""]))


def put(project, **texts):
    for name, text in texts.items():
        (project / "in" / f"{name}.txt").write_text(text)


def call(project, *words, code=0):
    done = subprocess.run([PROGRAM, *words], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == code, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done


def wait_for(path):
    """Wait until the file is there; a busy machine takes its time."""
    end = time.monotonic() + 120
    while not path.exists():
        assert time.monotonic() < end, f"{path} was not written"
        time.sleep(0.05)


def shell(project, line):
    return subprocess.run(["bash", "-c", line], cwd=project, capture_output=True, text=True, check=False)


def test_what_a_workflow_prints_as_it_loads_is_not_on_standard_output(project):
    put(project, a="x")
    done = call(project, "run", "batch.yml", "--json")
    assert json.loads(done.stdout)["counts"] == {"done": 1}
    assert "loaded" in done.stderr


def test_progress_takes_numbers_of_numpy_and_values_may_be_long(project):
    put(project, a="counts", b="large")
    status = json.loads(call(project, "run", "batch.yml", "--json").stdout)
    assert status["counts"] == {"done": 2}
    assert len(status["items"][1]["values"]["found"]) == 5_000_000


def test_a_value_that_is_not_finite_and_an_error_without_words_fail_alone(project):
    put(project, a="nan", b="unspeakable", c="x")
    done = call(project, "run", "batch.yml", "--json", code=1)
    status = json.loads(done.stdout, parse_constant=pytest.fail)
    errors = {item["key"]: item["error"] for item in status["items"] if "error" in item}
    assert status["counts"] == {"failed": 2, "done": 1}
    assert "'found' as nan" in errors["a.txt"]["message"]
    assert errors["b.txt"]["class"] == errors["b.txt"]["message"] == "Unspeakable"


@pytest.mark.parametrize("closed", ["2>&-", ">&-", "0<&- >&- 2>&-"])
def test_closed_streams_do_not_stop_a_run(project, closed):
    put(project, a="x")
    done = shell(project, f"{PROGRAM} run batch.yml {closed}")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert (project / "results" / "a.out").read_text() == "x"


def test_a_reader_that_goes_away_does_not_stop_a_run(project):
    put(project, **{f"a{n}": "unspeakable" for n in range(30)}, z="x")
    shell(project, f"{PROGRAM} run batch.yml 2>&1 | head -1")
    assert json.loads(call(project, "status", "results", "--json").stdout)["counts"] == {"failed": 30, "done": 1}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_standard_output_is_told(project):
    put(project, a="x")
    done = shell(project, f"{PROGRAM} run batch.yml > /dev/full")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert re.search("standard output.* cannot be written: the disk is full", done.stderr)
    assert (project / "results" / "a.out").exists()


@pytest.fixture
def hangs_up():
    """What the run is sent when its terminal closes; under nohup it would be ignored, and rightly."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield signal.SIGHUP
    signal.signal(signal.SIGHUP, before)


def test_a_terminal_that_closes_stops_the_run_and_nothing_is_lost(project, hangs_up):
    put(project, a="x", b="slow")
    with subprocess.Popen([PROGRAM, "run", "batch.yml"], cwd=project, stdout=subprocess.DEVNULL) as run:
        try:
            wait_for(project / "results" / "begun")
            run.send_signal(hangs_up)
            run.send_signal(hangs_up)
            assert run.wait(120) == 130
        finally:
            run.kill()
    assert json.loads(call(project, "status", "results", "--json").stdout)["counts"] == {"done": 1, "pending": 1}


def test_names_with_control_characters_are_shown_by_their_escapes(project):
    (project / "in" / "a\x1b[2Jb.txt").write_text("x")
    for words in (("plan", "batch.yml"), ("run", "batch.yml"), ("status", "results")):
        done = call(project, *words)
        assert "\x1b" not in done.stdout + done.stderr
    assert "a\\x1b[2Jb.txt" in done.stdout


def test_parameters_that_cannot_be_saved_are_told(project):
    put(project, a="x")
    done = call(project, "run", "batch.yml", "--save-params", "nowhere/p.yml", code=2)
    assert "nowhere/p.yml: the parameters cannot be written there" in done.stderr


@pytest.mark.parametrize("out", ["/proc/results", "x" * 300])
def test_an_output_folder_that_cannot_be_made_is_told(project, out):
    put(project, a="x")
    write_config(project, out=out)
    assert "choose another output folder" in call(project, "run", "batch.yml", code=2).stderr


def test_outputs_that_collide_are_wrong_usage(project):
    put(project, a="x")
    (project / "in" / "a.text").write_text("y")
    write_config(project, items=["in/*.txt", "in/*.text"])
    assert "a.out" in call(project, "run", "batch.yml", code=2).stderr


def test_the_output_folder_holds_no_items(project):
    put(project, a="x")
    write_config(project, out="in")
    assert "files in the output folder" in call(project, "run", "batch.yml", code=2).stderr


@pytest.mark.parametrize("keys", [{"out": "\0"}, {"out": ""}, {"items": ""}, {"items": ["in/*.txt", "\0"]}])
def test_empty_or_impossible_paths_are_wrong_configuration(project, keys):
    put(project, a="x")
    write_config(project, **keys)
    assert "batch.yml" in call(project, "run", "batch.yml", code=2).stderr


def test_another_workflow_than_the_file_has_is_refused(project):
    put(project, a="x")
    assert (
        "its workflow is 'look', not 'nope'" in call(project, "run", "batch.yml", "--workflow", "nope", code=2).stderr
    )


def test_a_glob_that_matches_nothing_is_told(project):
    put(project, a="x")
    assert "no item matches 'z*'" in call(project, "run", "batch.yml", "--items", "z*").stderr


def test_nothing_to_undo_fails_the_same_way_everywhere(project):
    put(project, a="x")
    call(project, "run", "batch.yml")
    for words in (("set", "results", "a.txt", "--undo"), ("repair", "results", "found", "--undo")):
        call(project, *words, code=1)
    call(project, "remove", "results", "--undo", code=1)
    assert call(project, "remove", "results", "a.txt", "a.txt").stdout == "off the list: a.txt\n"
