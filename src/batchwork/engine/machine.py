"""What this machine has: cores, GPUs, memory."""

import os
import re
import shutil
import subprocess

from batchwork.errors import ConfigError

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)
"""Read by numerical libraries when they are loaded; set before a child starts."""

_DEVICE = re.compile(r"\d+|(GPU|MIG)-[\w/-]+")
_PATIENCE_S = 20


def cores() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def gpus(asked: str) -> list[str]:
    """Name the GPUs to use, as ``CUDA_VISIBLE_DEVICES`` names them.

    Parameters
    ----------
    asked : str
        "none"; device numbers or UUIDs with commas between; or "auto": those that
        ``CUDA_VISIBLE_DEVICES`` allows, else all that ``nvidia-smi`` lists.

    Raises
    ------
    ConfigError
        If it asks for what is no device, or one outside ``CUDA_VISIBLE_DEVICES``, or the driver hangs.
    """
    if asked == "none":
        return []
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    pool = None if allowed is None else [d.strip() for d in allowed.split(",") if d.strip() not in {"", "-1"}]
    if asked == "auto":
        return _listed() if pool is None else pool
    wanted = [device.strip() for device in asked.split(",") if device.strip()]
    for device in wanted:
        if not _DEVICE.fullmatch(device):
            raise ConfigError(f"GPU '{device}' is no device; write auto, none, or numbers such as 0,1")
        if pool is not None and device not in pool:
            raise ConfigError(f"GPU '{device}' is not among CUDA_VISIBLE_DEVICES={allowed}")
    return wanted


def _listed() -> list[str]:
    """Ask the driver for its devices; none where there is no driver."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    query = [program, "--query-gpu=uuid", "--format=csv,noheader"]
    try:
        asked = subprocess.run(query, capture_output=True, text=True, check=False, timeout=_PATIENCE_S)
    except subprocess.TimeoutExpired:
        raise ConfigError(f"{program} does not answer; name the GPUs to use, or none of them") from None
    return asked.stdout.split() if asked.returncode == 0 else []


def memory_bytes() -> int:
    """Give the memory that this process may use: the machine's, or its control group's limit."""
    import psutil

    total = int(psutil.virtual_memory().total)
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            with open(path, encoding="ascii") as file:  # noqa: PTH123
                text = file.read().strip()
        except OSError:
            continue
        if text.isdigit():
            total = min(total, int(text))
    return total


def task_memory_bytes() -> int:
    """Give the memory that a task may fill with data: a quarter of the machine's.

    Where several share the machine, by threads, it is half of the task's part.
    """
    threads = os.environ.get(THREAD_VARIABLES[0], "")
    part = min(1.0, int(threads) / cores()) if threads.isdigit() else 1.0
    return int(memory_bytes() * min(1 / 4, part / 2))
