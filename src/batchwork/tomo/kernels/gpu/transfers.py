"""Copies between the machine and a graphics card that run while the card computes.

Two pinned buffers in each direction are used by turns, and each direction has a stream of its own: while a block is
computed, the one after it is on its way to the card and the one before it on its way back.
"""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from batchwork.tomo.kernels.gpu.arrays import Array, Arrays, ModuleArrays, TorchArrays

_SLOTS = 2


class Transfers(Protocol):
    """Brings arrays to the card and back."""

    def up(self, host: NDArray[Any]) -> Array:
        """Copy to the card; `host` may change afterwards."""

    def down(self, array: Array, out: NDArray[np.float32]) -> None:
        """Copy from the card into `out`, which is there after `finish` at the latest."""

    def finish(self) -> None:
        """Wait for all copies from the card."""


def transfers_for(arrays: Arrays) -> Transfers:
    """Choose the copies for a place."""
    if isinstance(arrays, TorchArrays) and arrays.device.type == "cuda":
        return _TorchTransfers(arrays)
    if isinstance(arrays, ModuleArrays) and arrays.name == "cupy":
        return _CupyTransfers()
    return _Direct(arrays)


class _Direct:
    """Copies at once."""

    def __init__(self, arrays: Arrays) -> None:
        self._arrays = arrays

    def up(self, host: NDArray[Any]) -> Array:
        return self._arrays.put(host.copy())  # PyTorch and NumPy would share the memory

    def down(self, array: Array, out: NDArray[np.float32]) -> None:
        out[:] = self._arrays.get(array)

    def finish(self) -> None:
        """Nothing is on its way."""


class _TorchTransfers:
    """PyTorch's streams; its allocator is told which stream still uses what."""

    def __init__(self, arrays: TorchArrays) -> None:
        import torch

        self._torch: Any = torch  # Any: its CUDA part is untyped
        self._device = arrays.device
        self._going, self._coming = (self._torch.cuda.Stream(self._device) for _ in range(_SLOTS))
        self._sent: list[Any] = [None] * _SLOTS  # Any: events
        self._staged: list[Any] = [None] * _SLOTS  # Any: pinned tensors
        self._pending: list[Any] = [None] * _SLOTS  # Any: what is on its way back
        self._ups = self._downs = 0

    def up(self, host: NDArray[Any]) -> Array:
        torch, slot = self._torch, self._ups % _SLOTS
        self._ups += 1
        if self._sent[slot] is not None:
            self._sent[slot].synchronize()
        source = torch.from_numpy(host)
        if self._staged[slot] is None or self._staged[slot].numel() < host.nbytes:
            self._staged[slot] = torch.empty(host.nbytes, dtype=torch.uint8, pin_memory=True)
        staged = self._staged[slot][: host.nbytes].view(source.dtype).view(source.shape)
        staged.copy_(source)
        with torch.cuda.stream(self._going):
            array = staged.to(self._device, non_blocking=True)
            self._sent[slot] = torch.cuda.Event()
            self._sent[slot].record(self._going)
        now = torch.cuda.current_stream(self._device)
        now.wait_event(self._sent[slot])
        array.record_stream(now)
        return array

    def down(self, array: Array, out: NDArray[np.float32]) -> None:
        torch, slot = self._torch, self._downs % _SLOTS
        self._downs += 1
        self._complete(slot)
        self._coming.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(self._coming):
            array = array.contiguous()
            pinned = torch.empty(array.shape, dtype=array.dtype, pin_memory=True)
            pinned.copy_(array, non_blocking=True)
            array.record_stream(self._coming)
            arrived = torch.cuda.Event()
            arrived.record(self._coming)
        self._pending[slot] = arrived, pinned, out

    def finish(self) -> None:
        for slot in range(_SLOTS):
            self._complete(slot)

    def _complete(self, slot: int) -> None:
        if self._pending[slot] is not None:
            arrived, pinned, out = self._pending[slot]
            arrived.synchronize()
            out[:] = pinned.numpy()
            self._pending[slot] = None


class _CupyTransfers:
    """CuPy's streams; its allocator has memory of each stream's own, and does not know who else still reads it.

    What goes up is allocated in the stream that brings it, and that stream waits until the block before the last one
    has been computed.
    """

    def __init__(self) -> None:
        import cupy  # type: ignore[import-not-found] # only where there is a card
        import cupyx  # type: ignore[import-not-found] # the same

        self._cupy, self._pinned = cupy, cupyx.empty_like_pinned
        self._going, self._coming = (cupy.cuda.Stream(non_blocking=True) for _ in range(2))
        self._sent: list[Any] = [None] * _SLOTS  # Any: event, pinned and device array
        self._computed: Any = None  # Any: an event
        self._pending: list[Any] = [None] * _SLOTS  # Any: event, pinned, device and host array
        self._ups = self._downs = 0

    def up(self, host: NDArray[Any]) -> Array:
        slot, now = self._ups % _SLOTS, self._cupy.cuda.get_current_stream()
        self._ups += 1
        if self._sent[slot] is not None:
            self._sent[slot][0].synchronize()
        staged = self._pinned(host)
        staged[:] = host
        if self._computed is not None:
            self._going.wait_event(self._computed)
        self._computed = now.record()
        with self._going:
            array = self._cupy.empty(host.shape, host.dtype)
        array.set(staged, stream=self._going)
        sent = self._going.record()
        now.wait_event(sent)
        self._sent[slot] = sent, staged, array
        return array

    def down(self, array: Array, out: NDArray[np.float32]) -> None:
        slot = self._downs % _SLOTS
        self._downs += 1
        self._complete(slot)
        array = self._cupy.ascontiguousarray(array)
        self._coming.wait_event(self._cupy.cuda.get_current_stream().record())
        pinned = self._pinned(np.empty(array.shape, np.float32))
        array.get(stream=self._coming, out=pinned, blocking=False)
        self._pending[slot] = self._coming.record(), pinned, array, out

    def finish(self) -> None:
        for slot in range(_SLOTS):
            self._complete(slot)

    def _complete(self, slot: int) -> None:
        if self._pending[slot] is not None:
            arrived, pinned, _, out = self._pending[slot]
            arrived.synchronize()
            out[:] = pinned
            self._pending[slot] = None
