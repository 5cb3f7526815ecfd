"""The kernels on a graphics card, with the same results as the compiled ones within rounding."""

from batchwork.tomo.kernels.gpu.arrays import Arrays, ModuleArrays, TorchArrays
from batchwork.tomo.kernels.gpu.gridding import DeviceGridder
from batchwork.tomo.kernels.gpu.iterative import DeviceIterativeReconstructor

__all__ = ["Arrays", "DeviceGridder", "DeviceIterativeReconstructor", "ModuleArrays", "TorchArrays"]
