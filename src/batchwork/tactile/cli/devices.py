"""What a sweep can run on."""

import sys
from importlib.util import find_spec

from batchwork.engine.machine import gpus


def devices() -> frozenset[str]:
    """Name the devices that there are: the CPU, and those that PyTorch can use.

    PyTorch is loaded only where there is something to ask it for.
    """
    found = {"cpu"}
    if find_spec("torch") is None:
        return frozenset(found)
    if gpus("auto"):
        import torch

        if torch.cuda.is_available():
            found.add("cuda")
    if sys.platform == "darwin":
        import torch

        if torch.backends.mps.is_available():
            found.add("mps")
    return frozenset(found)


def gpu_for(device: str) -> str:
    """Name the one GPU that a sweep takes, as the engine's ``gpus``."""
    return gpus("auto")[0] if device == "cuda" else "none"
