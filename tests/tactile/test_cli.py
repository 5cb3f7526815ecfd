"""Sweeps from the command line: run, grown, killed, resumed, refused."""

import json
import os
import signal
import subprocess
import time
from functools import partial

import pytest
from tests.commands import PROGRAM, program

from batchwork.tactile.results.checkpoint import Checkpoint
from batchwork.tactile.results.opening import open_results

torch = pytest.importorskip("torch")

CONFIG = """\
batch: {output_dir: out, format: pytorch, num_workers: 2}
pipeline: {grid_size: 16, duration_ms: 50.0, dt_ms: 0.5}
neurons: {sa_neurons: 9, ra_neurons: 12}
stimuli:
  - {type: gaussian, amplitude: [20, 40, 60], sigma: 0.5, repetitions: 2}
"""


@pytest.fixture
def sweep(tmp_path):
    """Write a configuration and give a way to run commands beside it."""
    (tmp_path / "sweep.yml").write_text(CONFIG)

    return partial(program, "tactile", cwd=tmp_path)


def load(path):
    return torch.load(path)["stimuli"]


def completed(folder):
    path = folder / "checkpoint.pt"
    return Checkpoint.read(path).num_completed if path.exists() else 0


def same(one, other):
    return one["parameters"] == other["parameters"] and all(
        torch.equal(one[name], other[name]) for name in ("sa_spikes", "ra_spikes")
    )


def edit(tmp_path, old, new):
    path = tmp_path / "sweep.yml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_a_sweep_is_run_once(sweep, tmp_path):
    first = sweep("batch", "sweep.yml")
    assert first.stdout == "Batch execution: 6 stimuli total\n✓ Results saved to out/results.pt\n"
    assert "Progress: 100%|████████████████████| 6/6" in first.stderr
    stimuli = load(tmp_path / "out/results.pt")
    assert [s["parameters"]["amplitude"] for s in stimuli] == [20, 20, 40, 40, 60, 60]
    assert stimuli[0]["sa_spikes"].shape == (100, 9)
    made = (tmp_path / "out/results.pt").stat().st_mtime_ns
    sweep("batch", "sweep.yml", "--resume")
    assert (tmp_path / "out/results.pt").stat().st_mtime_ns == made
    assert len((tmp_path / "out/stimuli.csv").read_text().splitlines()) == 7


def test_a_dry_run_writes_nothing(sweep, tmp_path):
    told = sweep("batch", "sweep.yml", "--dry-run").stdout
    assert "Grid expansion: amplitude=[20, 40, 60]\n→ 3 parameter combinations × 2 repetitions = 6 stimuli\n" in told
    assert [p.name for p in tmp_path.iterdir()] == ["sweep.yml"]


def test_only_new_points_are_computed_when_a_sweep_grows_or_shrinks(sweep, tmp_path):
    sweep("batch", "sweep.yml")
    before = {
        (s["parameters"]["amplitude"], s["parameters"]["repetition"]): s for s in load(tmp_path / "out/results.pt")
    }
    edit(tmp_path, "[20, 40, 60]", "[60, 10, 20]")
    plan = json.loads(sweep("batch", "sweep.yml", "--dry-run", "--json").stdout)
    assert sum(task["step"] == "simulate" for task in plan["tasks"]) == 2
    sweep("batch", "sweep.yml")
    after = load(tmp_path / "out/results.pt")
    assert [s["parameters"]["amplitude"] for s in after] == [60, 60, 10, 10, 20, 20]
    for s in after:
        place = s["parameters"]["amplitude"], s["parameters"]["repetition"]
        assert place not in before or same(s, before[place])
    edit(tmp_path, "[60, 10, 20]", "[20, 40, 60]")
    sweep("batch", "sweep.yml")
    again = load(tmp_path / "out/results.pt")
    assert len(again) == 6
    assert all(same(s, before[s["parameters"]["amplitude"], s["parameters"]["repetition"]]) for s in again)


def test_a_limit_takes_the_first_ones(sweep, tmp_path):
    sweep("batch", "sweep.yml", "--limit", 2)
    assert len(load(tmp_path / "out/results.pt")) == 2
    sweep("batch", "sweep.yml")
    assert len(load(tmp_path / "out/results.pt")) == 6


def test_neither_threads_nor_order_change_a_sample(sweep, tmp_path):
    sweep("batch", "sweep.yml", "--workers", 1)
    sweep("batch", "sweep.yml", "--workers", 2, "--out", "two")
    one, two = (load(tmp_path / name / "results.pt") for name in ("out", "two"))
    assert all(same(a, b) for a, b in zip(one, two, strict=True))


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_what_a_kill_takes_is_the_same_when_it_is_made_again(sweep, tmp_path, sent):
    sweep("batch", "sweep.yml", "--out", "whole")
    edit(tmp_path, "repetitions: 2", "repetitions: 400")
    job = subprocess.Popen(
        [*PROGRAM, "tactile", "batch", "sweep.yml"], cwd=tmp_path, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not completed(tmp_path / "out"):
        time.sleep(0.02)
    os.killpg(job.pid, sent)
    assert job.wait(120) in (0, -sent, 130)
    done = completed(tmp_path / "out")
    edit(tmp_path, "repetitions: 400", "repetitions: 2")
    sweep("batch", "sweep.yml", "--resume")
    assert done > 0
    whole, resumed = (load(tmp_path / name / "results.pt") for name in ("whole", "out"))
    assert all(same(a, b) for a, b in zip(whole, resumed, strict=True))


def test_a_shard_that_was_cut_off_is_made_again(sweep, tmp_path):
    sweep("batch", "sweep.yml")
    before = load(tmp_path / "out/results.pt")
    shard, *_ = (tmp_path / "out/events").iterdir()
    os.truncate(shard, shard.stat().st_size // 2)
    sweep("export", "out")
    assert all(same(a, b) for a, b in zip(before, load(tmp_path / "out/results.pt"), strict=True))


def test_another_network_in_the_same_folder_is_refused(sweep, tmp_path):
    sweep("batch", "sweep.yml")
    edit(tmp_path, "grid_size: 16", "grid_size: 20")
    told = sweep("batch", "sweep.yml", "--resume", code=2).stderr
    assert "sweep.yml: the results in 'out' were made otherwise: pipeline.grid_size: 16 before, 20 now" in told
    sweep("batch", "sweep.yml", "--out", "other")


def test_mistakes_are_told_before_anything_is_written(sweep, tmp_path):
    edit(tmp_path, "sigma: 0.5", "sigma: -1")
    assert "sweep.yml:5:" in sweep("batch", "sweep.yml", code=2).stderr
    edit(tmp_path, "sigma: -1", "sigma: 1")
    assert "--device cpu" in sweep("batch", "sweep.yml", "--device", "cuda", code=2).stderr
    assert not (tmp_path / "out").exists()


def test_results_are_exported_in_other_forms(sweep, tmp_path):
    sweep("batch", "sweep.yml")
    assert sweep("export", "out", "--format", "hdf5").stdout == "✓ Results saved to out/results.h5\n"
    assert (tmp_path / "out/results.h5").exists()
    assert len(open_results(tmp_path / "out").samples) == 6


def test_it_is_a_batch_like_any_other(sweep, tmp_path):
    sweep("batch", "sweep.yml")
    words = [*PROGRAM, "status", "out", "--json"]
    seen = json.loads(subprocess.run(words, capture_output=True, text=True, check=True, cwd=tmp_path).stdout)
    assert seen["counts"] == {"done": 6}
    assert all(item["values"]["spikes"] >= 0 for item in seen["items"])


def test_doctor_tells_what_an_old_file_meant(sweep, tmp_path):
    (tmp_path / "old.yml").write_text(CONFIG.replace("format:", "save_format:"))
    assert "finding" in sweep("doctor", "old.yml", code=1).stdout
