"""Checkpoints as a scorer from the command line."""

import pytest
from tests.tomo.models.tomocor.checkpoints import random_weights, write


@pytest.fixture
def checkpoint(tmp_path):
    return write(tmp_path / "epoch_10.pt", random_weights())


def test_it_infers_from_the_command_line(batchwork, scans, checkpoint, monkeypatch):
    monkeypatch.chdir(checkpoint.parent)
    done = batchwork(
        "tomo", "run", scans.folder / "scan_001.h5", "--phases", "try,infer", "--width", 4,
        "--scorer", f"tomocor:{checkpoint.name}", "--accept-doubtful", "--json",
    )  # fmt: skip
    item = done.items["scan_001.h5"]
    assert item["origins"]["cor"]["by"] == f"infer:tomocor:{checkpoint}"
    assert "probability" in item["origins"]["cor"]["note"]
    log = batchwork("log", scans.results, "scan_001.h5", "--step", "infer").out
    assert "row 1: 23 images read from the stack, 13 reconstructed" in log, "the grid was widened beyond the stack"


def test_a_checkpoint_that_does_not_fit_is_told(batchwork, scans, tmp_path):
    weights = random_weights()
    del weights["model.norm.bias"]
    path = write(tmp_path / "cut.pt", weights)
    words = ["tomo", "run", scans.folder / "scan_001.h5", "--phases", "try,infer", "--width", 4, "--scorer"]
    done = batchwork(*words, f"tomocor:{path}", code=1)
    assert "CheckpointError: " in done.out
    assert "model.norm.bias" in done.out
    assert "no checkpoint" in batchwork(*words, f"tomocor:{tmp_path / 'none.pt'}", code=2).err
