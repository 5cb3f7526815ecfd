"""The places where the card's code runs without a card."""

import numba
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
def _one_thread():
    """Many short loops would wait for each other on a busy machine."""
    torch, before = pytest.importorskip("torch"), numba.get_num_threads()
    threads = torch.get_num_threads()
    numba.set_num_threads(1)
    torch.set_num_threads(1)
    yield
    numba.set_num_threads(before)
    torch.set_num_threads(threads)
