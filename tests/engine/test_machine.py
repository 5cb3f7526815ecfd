"""What this machine has."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from batchwork.engine import machine
from batchwork.engine.machine import cores, gpus, memory_bytes
from batchwork.errors import ConfigError


@pytest.fixture(autouse=True)
def _no_devices(monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def driver(folder: Path, text: str) -> None:
    """Put a program in the place of the driver's."""
    path = folder / "nvidia-smi"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_cores_and_memory():
    assert 1 <= cores() <= (os.cpu_count() or 1)
    assert 0 < memory_bytes() <= psutil.virtual_memory().total


@pytest.mark.parametrize(
    ("asked", "allowed", "given"),
    [
        ("none", None, []),
        ("none", "0,1", []),
        ("0", None, ["0"]),
        ("0, 1,", None, ["0", "1"]),
        ("GPU-8932f937-d72c", None, ["GPU-8932f937-d72c"]),
        ("auto", "2,3", ["2", "3"]),
        ("auto", "", []),
        ("auto", "-1", []),
        ("3", "2,3", ["3"]),
    ],
)
def test_which_gpus(monkeypatch, asked, allowed, given):
    if allowed is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", allowed)
    assert gpus(asked) == given


def test_a_gpu_outside_the_allowed_ones(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,3")
    with pytest.raises(ConfigError, match="GPU '0' is not among CUDA_VISIBLE_DEVICES=2,3"):
        gpus("0")


@pytest.mark.parametrize("asked", ["all", "None", "1-2", "0;1", "-1"])
def test_what_is_no_device(asked):
    with pytest.raises(ConfigError, match="is no device; write auto, none, or numbers such as 0,1"):
        gpus(asked)


def test_the_driver_is_asked(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gpus("auto") == []
    driver(tmp_path, "echo GPU-1; echo GPU-2")
    assert gpus("auto") == ["GPU-1", "GPU-2"]
    driver(tmp_path, "echo no devices; exit 9")
    assert gpus("auto") == []


def test_a_driver_that_hangs_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(machine, "_PATIENCE_S", 0.2)
    driver(tmp_path, "exec /bin/sleep 5")
    with pytest.raises(ConfigError, match="nvidia-smi does not answer; name the GPUs to use"):
        gpus("auto")


def test_the_variables_are_those_that_libraries_read():
    code = "import numba; print(numba.config.NUMBA_NUM_THREADS)"
    env = {**os.environ, **dict.fromkeys(machine.THREAD_VARIABLES, "1")}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"


def test_tasks_side_by_side_have_their_part_of_the_memory(monkeypatch):
    monkeypatch.setattr(machine, "cores", lambda: 8)
    whole = machine.memory_bytes()
    for threads, share in (("8", 0.25), ("4", 0.25), ("2", 0.125), ("1", 0.0625), ("64", 0.25), ("", 0.25)):
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
        assert machine.task_memory_bytes() == int(whole * share)
