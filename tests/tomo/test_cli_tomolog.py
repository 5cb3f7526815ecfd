"""Publishing through TomoLog from the command line, with programs that stand in for it."""

import json
import subprocess
import sys
import time

import pytest
from tests.commands import PROGRAM, program
from tests.tomo.conftest import Scans

from batchwork.service.status import attempt_log
from batchwork.tomo.formats.simulate import Simulation, simulate_scans
from batchwork.tomo.workflow import flow

STAND_IN = """#!{python}
import json, os, pathlib, sys, time
words = sys.argv[1:]
scan = pathlib.Path(words[words.index("--file-name") + 1]).stem
folder = pathlib.Path({folder!r})
with open(folder / "calls.jsonl", "a") as calls:
    print(json.dumps(["start", scan, time.time(), words]), file=calls, flush=True)
    time.sleep({seconds})
    print(json.dumps(["end", scan, time.time(), []]), file=calls)
if scan.endswith("002") and not (folder / "mended").exists():
    print("*** An error occurred creating the image url. Error 429")
"""


def reconstruct(folder, count) -> Scans:
    scans = Scans(folder, simulate_scans(folder, Simulation(count, columns=32, angles=20, rows=3)))
    program("tomo", "set", folder, *scans.words())
    program("tomo", "full", folder)
    return scans


@pytest.fixture(scope="module")
def reconstructed(tmp_path_factory) -> Scans:
    """Three scans and their volumes; what is uploaded of them is uploaded again by force."""
    return reconstruct(tmp_path_factory.mktemp("three") / "scans", 3)


@pytest.fixture
def tomolog(tmp_path):
    """Write a stand-in that fails for the second scan, and give its options."""

    def write(seconds=0.0):
        path = tmp_path / "tomolog"
        path.write_text(STAND_IN.format(python=sys.executable, folder=str(tmp_path), seconds=seconds))
        path.chmod(0o755)
        return ["--to", "tomolog", "--tomolog-program", path, "--presentation-url", "https://slides/d/1/edit"]

    return write


def calls(tmp_path, what="start"):
    lines = [json.loads(line) for line in (tmp_path / "calls.jsonl").read_text().splitlines()]
    return [line for line in lines if line[0] == what]


def test_what_tomolog_cannot_publish_fails_alone_and_only_that_is_tried_again(batchwork, tomolog, tmp_path):
    reconstructed = reconstruct(tmp_path / "scans", 3)
    done = batchwork("tomo", "publish", reconstructed.folder, *tomolog(), code=1)
    assert "scan_002.h5  tomolog  UploadFailed: tomolog says:" in done.out
    states = [line.split()[-2:] for line in batchwork("status", reconstructed.results).out.splitlines()[1:4]]
    assert states == [["Uploaded", "done"], ["failed", "failed"], ["Uploaded", "done"]]
    assert "Upload failed" in batchwork("status", reconstructed.results).out
    found = batchwork("status", reconstructed.results, "--json")
    assert found.items["scan_002.h5"]["steps"]["tomolog"] == "failed"
    log, _ = attempt_log(reconstructed.results, "scan_002.h5", "tomolog")
    assert "Error 429" in log.read_text()
    (tmp_path / "mended").touch()
    batchwork("tomo", "publish", reconstructed.folder, *tomolog())
    assert [call[1] for call in calls(tmp_path)].count("scan_002") == 2
    assert len(calls(tmp_path)) == 4
    assert "0 tasks run" in batchwork("tomo", "publish", reconstructed.folder, *tomolog()).out


def test_scans_are_chosen_by_their_numbers(batchwork, reconstructed, tomolog, tmp_path):
    done = batchwork("tomo", "publish", reconstructed.folder, *tomolog(), "--force", "--scans", "1,3-5")
    assert "no scan is numbered 4-5" in done.err
    assert sorted(call[1] for call in calls(tmp_path)) == ["scan_001", "scan_003"]
    assert "no scan is numbered 8" in batchwork(
        "tomo", "publish", reconstructed.folder, *tomolog(), "--force", "--scans", "8", code=2
    ).err  # fmt: skip
    assert (
        "'x'" in batchwork("tomo", "publish", reconstructed.folder, *tomolog(), "--force", "--scans", "x", code=2).err
    )


def test_black_and_white_come_by_themselves_in_run_and_publish(batchwork, reconstructed, tomolog, tmp_path):
    (tmp_path / "mended").touch()
    batchwork("tomo", "run", reconstructed.folder, "--phases", "publish", *tomolog(), "--force", "--scans", "1")
    batchwork("tomo", "publish", reconstructed.folder / "scan_003.h5", *tomolog(), "--force", "--min", "0.25")
    words = [" ".join(call[3]) for call in calls(tmp_path)]
    assert all("--max 0.0" in text for text in words)
    assert "--min" in words[0]
    assert "--min 0.25" not in words[0]
    assert "--min 0.25" in words[1]


def test_nothing_is_published_that_was_not_asked_for(batchwork, reconstructed):
    assert flow.usual_steps == ("try", "infer", "full", "publish")
    assert "tomolog" not in batchwork("tomo", "run", reconstructed.folder, "--phases", "full,publish", "--dry-run").out


def test_one_at_a_time_also_across_two_batches(batchwork, reconstructed, tomolog, tmp_path):
    (tmp_path / "mended").touch()
    other = tmp_path / "more"
    reconstruct(other, 2)
    options = [str(word) for word in tomolog(0.4)]
    runs = [
        subprocess.Popen([*PROGRAM, "tomo", "publish", str(folder), *options, "--workers", "3", "--force"], text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for folder in (reconstructed.folder, other)
    ]  # fmt: skip
    try:
        for run in runs:
            assert run.wait(120) == 0, run.stdout.read()
    finally:
        for run in runs:
            run.kill()
            run.communicate()
    starts, ends = sorted(c[2] for c in calls(tmp_path)), sorted(c[2] for c in calls(tmp_path, "end"))
    assert len(starts) == 5
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))


def test_the_table_says_what_is_being_uploaded(batchwork, reconstructed, tomolog, tmp_path):
    (tmp_path / "mended").touch()
    words = [str(word) for word in tomolog(2.0)]
    run = subprocess.Popen([*PROGRAM, "tomo", "publish", str(reconstructed.folder), *words, "--force", "--scans", "1"],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        end = time.monotonic() + 120
        while "Uploading…" not in batchwork("status", reconstructed.results).out:
            assert time.monotonic() < end
            time.sleep(0.1)
        assert run.wait(120) == 0
    finally:
        run.kill()
        run.wait()
    assert "Uploaded" in batchwork("status", reconstructed.results).out


def test_a_hanging_upload_is_ended_in_its_time(batchwork, reconstructed, tomolog):
    done = batchwork(
        "tomo",
        "publish",
        reconstructed.folder,
        *tomolog(1000),
        "--force",
        "--scans",
        "3",
        "-p",
        "tomolog.time_limit_s=1",
        code=1,
    )
    assert "UploadFailed: tomolog had not ended after 1 s" in done.out


def test_no_tomolog_and_no_tiffs_are_told(batchwork, reconstructed):
    words = ["tomo", "publish", reconstructed.folder, "--to", "tomolog", "--tomolog-program", "no-such", "--force"]
    assert "TomologMissing: there is no program 'no-such'" in batchwork(*words, code=1).out
    batchwork("tomo", "full", reconstructed.folder / "scan_001.h5", "--format", "hdf5")
    assert "--format tiff" in batchwork(*words, "--scans", "1", code=1).out
