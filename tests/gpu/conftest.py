"""A graphics card, or no test."""

import pytest

from batchwork.tomo.kernels.gpu import ModuleArrays, TorchArrays


def _module():
    cupy = pytest.importorskip("cupy", reason="CuPy is not installed", exc_type=ImportError)
    if not cupy.is_available():
        pytest.skip("CuPy finds no graphics card")
    return lambda free=None: ModuleArrays(cupy, free)


def _torch():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    if not torch.cuda.is_available():
        pytest.skip("PyTorch finds no graphics card")
    return lambda free=None: TorchArrays("cuda", free)


@pytest.fixture(params=["cupy", "torch"])
def card(request):
    """Make the arrays of a card by one of the libraries, with as much free memory as is said."""
    return {"cupy": _module, "torch": _torch}[request.param]()
