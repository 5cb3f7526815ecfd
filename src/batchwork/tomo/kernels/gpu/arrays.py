"""Arrays of a graphics card, behind the few operations that NumPy, CuPy and PyTorch name differently.

What is written against `Arrays` runs unchanged on a card with CuPy or PyTorch, and on the processor with PyTorch or
NumPy, where it is tested. Slicing, arithmetic, ``reshape``, ``shape`` and comparisons are the same for all.
"""

# ruff: noqa: D102 - described by Arrays
from collections.abc import Sequence
from types import ModuleType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = Any
"""Any: of NumPy, CuPy or PyTorch, which share no type."""
Shape = tuple[int, ...]


class Arrays(Protocol):
    """A place where arrays live, and what can be done to them there."""

    name: str
    """For people: what it is."""

    def put(self, host: NDArray[Any]) -> Array:
        """Copy an array to the place."""

    def get(self, array: Array) -> NDArray[Any]:
        """Copy an array from the place."""

    def zeros(self, shape: Shape) -> Array:
        """Make float32 zeros."""

    def to_float(self, array: Array) -> Array:
        """Give float32 values."""

    def permute(self, array: Array, axes: Shape) -> Array:
        """Reorder axes, contiguous in memory."""

    def cat(self, arrays: Sequence[Array], axis: int) -> Array:
        """Join along an axis."""

    def broadcast(self, array: Array, shape: Shape) -> Array:
        """Repeat along axes of length 1."""

    def rfft(self, array: Array) -> Array:
        """Transform real values along the last axis."""

    def irfft(self, spectrum: Array, length: int) -> Array:
        """Invert `rfft`."""

    def rfft2(self, array: Array) -> Array:
        """Transform real values along the last two axes."""

    def irfft2(self, spectrum: Array, shape: tuple[int, int], *, scaled: bool = True) -> Array:
        """Invert `rfft2`, divided by the number of values or not."""

    def as_complex(self, pairs: Array) -> Array:
        """View (..., 2) float32 as (...) complex64."""

    def as_real(self, array: Array) -> Array:
        """View (...) complex64 as (..., 2) float32."""

    def conj(self, array: Array) -> Array:
        """Conjugate."""

    def exp(self, array: Array) -> Array:
        """Raise e to an array."""

    def log(self, array: Array) -> Array:
        """Take the natural logarithm."""

    def sort(self, array: Array, axis: int) -> Array:
        """Sort, rising."""

    def clip(self, array: Array, low: float, high: float) -> Array:
        """Limit values."""

    def where(self, condition: Array, first: Array, second: Array | float) -> Array:
        """Choose by a condition."""

    def to_index(self, array: Array) -> Array:
        """Give whole numbers to index with, cut off towards zero."""

    def add_at(self, target: Array, index: Array, values: Array) -> None:
        """Add (k, lanes) to the rows `index`, (k,), of (cells, lanes); a row may come several times."""

    def free_bytes(self) -> int:
        """Memory that is free at the place."""


class ModuleArrays:
    """Arrays of a module with NumPy's names: CuPy on a card, NumPy itself to test with.

    Parameters
    ----------
    module : module
        ``cupy`` or ``numpy``.
    free : int, optional
        Memory that counts as free; by default the card is asked, and NumPy has no limit.
    """

    def __init__(self, module: ModuleType, free: int | None = None) -> None:
        self._xp: Any = module  # Any: cupy has no types
        self._free = free
        self.name = module.__name__

    def put(self, host: NDArray[Any]) -> Array:
        return self._xp.asarray(host)

    def get(self, array: Array) -> NDArray[Any]:
        return np.asarray(array if isinstance(array, np.ndarray) else self._xp.asnumpy(array))

    def zeros(self, shape: Shape) -> Array:
        return self._xp.zeros(shape, np.float32)

    def to_float(self, array: Array) -> Array:
        return array.astype(np.float32)

    def permute(self, array: Array, axes: Shape) -> Array:
        return self._xp.ascontiguousarray(array.transpose(axes))

    def cat(self, arrays: Sequence[Array], axis: int) -> Array:
        return self._xp.concatenate(arrays, axis)

    def broadcast(self, array: Array, shape: Shape) -> Array:
        return self._xp.broadcast_to(array, shape)

    def rfft(self, array: Array) -> Array:
        return self._xp.fft.rfft(array)

    def irfft(self, spectrum: Array, length: int) -> Array:
        return self._xp.fft.irfft(spectrum, length)

    def rfft2(self, array: Array) -> Array:
        return self._xp.fft.rfft2(array)

    def irfft2(self, spectrum: Array, shape: tuple[int, int], *, scaled: bool = True) -> Array:
        return self._xp.fft.irfft2(spectrum, shape, norm="backward" if scaled else "forward")

    def as_complex(self, pairs: Array) -> Array:
        return pairs.view(np.complex64)[..., 0]

    def as_real(self, array: Array) -> Array:
        return self._xp.ascontiguousarray(array).view(np.float32).reshape(*array.shape, 2)

    def conj(self, array: Array) -> Array:
        return self._xp.conj(array)

    def exp(self, array: Array) -> Array:
        return self._xp.exp(array)

    def log(self, array: Array) -> Array:
        return self._xp.log(array)

    def sort(self, array: Array, axis: int) -> Array:
        return self._xp.sort(array, axis)

    def clip(self, array: Array, low: float, high: float) -> Array:
        return self._xp.clip(array, np.float32(low), np.float32(high))

    def where(self, condition: Array, first: Array, second: Array | float) -> Array:
        return self._xp.where(condition, first, np.float32(second) if isinstance(second, float) else second)

    def to_index(self, array: Array) -> Array:
        return array.astype(np.int64)

    def add_at(self, target: Array, index: Array, values: Array) -> None:
        if self._xp is np:
            np.add.at(target, index, values)
            return
        import cupyx  # type: ignore[import-not-found] # only where there is a card

        cupyx.scatter_add(target, index, values)

    def free_bytes(self) -> int:
        if self._free is not None or self._xp is np:
            return 1 << 62 if self._free is None else self._free
        pool = self._xp.get_default_memory_pool()
        return int(self._xp.cuda.runtime.memGetInfo()[0] + pool.free_bytes())


class TorchArrays:
    """Arrays of PyTorch.

    Parameters
    ----------
    device : str
        Of PyTorch: ``cuda``, or ``cpu`` to test with.
    free : int, optional
        Memory that counts as free; by default the card is asked, and the processor has no limit.
    """

    def __init__(self, device: str, free: int | None = None) -> None:
        import torch

        self._torch, self.device, self._free = torch, torch.device(device), free
        self.name = f"torch {device}"

    def put(self, host: NDArray[Any]) -> Array:
        return self._torch.from_numpy(np.ascontiguousarray(host)).to(self.device)

    def get(self, array: Array) -> NDArray[Any]:
        found: NDArray[Any] = array.cpu().resolve_conj().numpy()
        return found

    def zeros(self, shape: Shape) -> Array:
        return self._torch.zeros(shape, dtype=self._torch.float32, device=self.device)

    def to_float(self, array: Array) -> Array:
        return array.to(self._torch.float32)

    def permute(self, array: Array, axes: Shape) -> Array:
        return array.permute(axes).contiguous()

    def cat(self, arrays: Sequence[Array], axis: int) -> Array:
        return self._torch.cat(list(arrays), axis)

    def broadcast(self, array: Array, shape: Shape) -> Array:
        return array.expand(shape)

    def rfft(self, array: Array) -> Array:
        return self._torch.fft.rfft(array)

    def irfft(self, spectrum: Array, length: int) -> Array:
        return self._torch.fft.irfft(spectrum, length)

    def rfft2(self, array: Array) -> Array:
        return self._torch.fft.rfft2(array)

    def irfft2(self, spectrum: Array, shape: tuple[int, int], *, scaled: bool = True) -> Array:
        return self._torch.fft.irfft2(spectrum, shape, norm="backward" if scaled else "forward")

    def as_complex(self, pairs: Array) -> Array:
        return self._torch.view_as_complex(pairs)

    def as_real(self, array: Array) -> Array:
        return self._torch.view_as_real(array.resolve_conj())

    def conj(self, array: Array) -> Array:
        return array.conj().resolve_conj()

    def exp(self, array: Array) -> Array:
        return self._torch.exp(array)

    def log(self, array: Array) -> Array:
        return self._torch.log(array)

    def sort(self, array: Array, axis: int) -> Array:
        return array.sort(axis).values

    def clip(self, array: Array, low: float, high: float) -> Array:
        return array.clamp(low, high)

    def where(self, condition: Array, first: Array, second: Array | float) -> Array:
        return self._torch.where(condition, first, second)

    def to_index(self, array: Array) -> Array:
        return array.to(self._torch.int64)

    def add_at(self, target: Array, index: Array, values: Array) -> None:
        target.index_add_(0, index, values)

    def free_bytes(self) -> int:
        if self._free is not None or self.device.type != "cuda":
            return 1 << 62 if self._free is None else self._free
        cuda = self._torch.cuda
        unused = cuda.memory_reserved(self.device) - cuda.memory_allocated(self.device)
        return int(cuda.mem_get_info(self.device)[0] + unused)
