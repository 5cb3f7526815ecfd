"""The places where the card's code runs without a card."""

import numpy as np
import pytest

from batchwork.tomo.kernels.gpu import ModuleArrays, TorchArrays


@pytest.fixture(params=["numpy", "torch"])
def arrays(request):
    """NumPy in CuPy's place, whose names it shares, and PyTorch on the processor."""
    if request.param == "numpy":
        return ModuleArrays(np)
    pytest.importorskip("torch")
    return TorchArrays("cpu")


@pytest.fixture(autouse=True)
def _one_thread(one_thread):
    """All of them are many short loops."""
