"""Reports, exports and cards from the command line, beside runs and without them."""

import contextlib
import os
import re
import signal
import subprocess
import time
from functools import partial
from importlib.metadata import version
from types import MappingProxyType

import pytest
from ruamel.yaml import YAML
from tests.commands import PROGRAM, program
from tests.tactile.recording import CONFIG, record

from batchwork.cli.main import root
from batchwork.errors import NotABatchError
from batchwork.tactile.results.checkpoint import Checkpoint
from batchwork.tactile.results.opening import Snapshot
from batchwork.tactile.results.table import write_csv

NOTHING = MappingProxyType({})
LONG = {"pipeline": {"grid_size": 30, "duration_ms": 4000.0}, "neurons": {"sa_neurons": 200, "ra_neurons": 200}}


@pytest.fixture
def tactile(tmp_path):
    """Give a way to run commands in an empty folder."""

    return partial(program, "tactile", cwd=tmp_path)


def write_config(path, sections=NOTHING, **stimulus):
    YAML().dump({**CONFIG, **sections, "stimuli": [{"type": "gaussian", "amplitude": [20, 60], **stimulus}]}, path)


@pytest.fixture
def running(tmp_path):
    """Let a sweep run that does not end by itself in time, and has done something."""
    write_config(tmp_path / "sweep.yml", LONG, repetitions=3000)
    words = [*PROGRAM, "tactile", "batch", "sweep.yml", "--quiet"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    job = subprocess.Popen(words, cwd=tmp_path, start_new_session=True, **quiet)
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and not completed(tmp_path / "out"):
            assert job.poll() is None
            time.sleep(0.05)
        yield job
        assert job.poll() is None, "it ended before the test did"
    finally:
        job.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            job.wait(120)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(job.pid, signal.SIGKILL)


def completed(folder):
    path = folder / "checkpoint.pt"
    return Checkpoint.read(path).num_completed if path.exists() else 0


def test_beside_a_run_nothing_is_exported_and_what_is_done_is_reported(running, tactile, tmp_path):
    pytest.importorskip("matplotlib")
    out = tmp_path / "out"
    mine = out / "events" / ".0.events.h5.partial"
    mine.write_bytes(b"a shard that the run is writing")
    snapshot = Snapshot.take(out)
    keys = [sample.key for sample in snapshot.results.samples]
    for words in (("export", "out"), ("card", "out")):
        told = tactile(*words, code=1).stderr
        assert "out is being worked on by process" in told
        assert "wait for it, or stop it with cancel" in told
    write_config(tmp_path / "other.yml", LONG, sigma=0.7, repetitions=2)
    assert "out is being worked on by process" in tactile("batch", "other.yml", code=1).stderr
    assert Checkpoint.read(out / "checkpoint.pt").total_stimuli == 6000
    told = tactile("report", "out", "--out", "page.html")
    assert "of 6000 samples are done; batchwork tactile batch makes the others" in told.stderr
    assert (tmp_path / "page.csv").exists()
    assert mine.exists()
    assert not (out / "results.pt").exists()
    assert not (out / "README.md").exists()
    before = completed(out)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and completed(out) == before:
        time.sleep(0.05)
    assert completed(out) > before
    assert [response.key for _, response in snapshot.results.responses()] == keys != []


def test_report_export_and_card_of_a_sweep(tactile, tmp_path):
    pytest.importorskip("matplotlib")
    write_config(tmp_path / "sweep.yml", sigma=[0.4, 0.8], repetitions=2)
    tactile("batch", "sweep.yml", "--quiet")
    told = tactile("report", "out", "--x", "sigma").stdout
    assert told == f"✓ Report saved to {tmp_path}/out/sweep.html\n✓ Statistics saved to {tmp_path}/out/sweep.csv\n"
    assert "Spikes over sigma and amplitude" in (tmp_path / "out/sweep.html").read_text(encoding="utf-8")
    before = (tmp_path / "out/stimuli.csv").read_bytes()
    assert tactile("export", "out", "--format", "csv").stdout == "✓ Results saved to out/stimuli.csv\n"
    assert (tmp_path / "out/stimuli.csv").read_bytes() == before
    assert tactile("card", "out", "--licence", "CC0-1.0").stdout == "✓ Card saved to out/README.md\n"
    card = (tmp_path / "out/README.md").read_text(encoding="utf-8")
    assert "license: CC0-1.0" in card
    assert f"| Batchwork | {version('batchwork')} |" in card
    assert tactile("card", "out", "--check").stdout.startswith("✓ ")
    (tmp_path / "out/results.pt").write_bytes(b"x")
    assert "out/results.pt: is not as it was" in tactile("card", "out", "--check", code=1).stdout


def test_an_export_makes_damaged_samples_again(tactile, tmp_path):
    record(tmp_path / "out")
    write_csv(Snapshot.take(tmp_path / "out").results, tmp_path / "whole.csv")
    shard = min((tmp_path / "out/events").iterdir())
    os.truncate(shard, 200)
    tactile("export", "out", "--format", "csv")
    assert (tmp_path / "out/stimuli.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_parquet_is_written_or_how_to_get_it_is_said(tactile, tmp_path):
    record(tmp_path / "out")
    try:
        import pyarrow.parquet as pq
    except ModuleNotFoundError:
        told = tactile("export", "out", "--format", "parquet", code=1).stderr
        assert "Parquet needs 'pyarrow': pip install 'batchwork[parquet]'" in told
        return
    tactile("export", "out", "--format", "parquet")
    assert pq.read_table(tmp_path / "out/stimuli.parquet").num_rows == 23


@pytest.mark.parametrize("words", [["report"], ["export"], ["card"], ["card", "--check"]])
def test_a_folder_without_a_sweep_is_refused(tmp_path, words):
    with pytest.raises(NotABatchError, match=re.escape(str(tmp_path))):
        root.main(["tactile", *words, str(tmp_path)], standalone_mode=False)
    assert list(tmp_path.iterdir()) == []
