"""The graphics card that the engine gave a task."""

import os

from batchwork.tomo.kernels.gpu import Arrays, ModuleArrays, TorchArrays

_NONE = {"", "-1"}


def arrays_of_slot() -> Arrays | None:
    """Give the arrays of the slot's card: by CuPy, or PyTorch where only that is there; None on a slot without one.

    The engine names the card in ``CUDA_VISIBLE_DEVICES``. A card that no library can use is told of on the log, and
    the processor works.
    """
    card = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    if card in _NONE:
        return None
    found = _cupy() or _torch()
    if found is None:
        told = "neither CuPy nor PyTorch can use it; the processor works: pip install 'batchwork[gpu]'"
        print(f"GPU {card}: {told}")  # noqa: T201 - a task's output is its log
    return found


def _cupy() -> Arrays | None:
    try:
        import cupy  # type: ignore[import-not-found] # only where there is a card
    except ImportError:  # CuPy that lacks the driver's library fails so, too
        return None
    return ModuleArrays(cupy) if cupy.is_available() else None


def _torch() -> Arrays | None:
    try:
        import torch
    except ImportError:
        return None
    return TorchArrays("cuda") if torch.cuda.is_available() else None
