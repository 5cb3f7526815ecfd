"""Many samples side by side with PyTorch, for GPUs; the same model as the compiled kernels.

Every operation is the one that the compiled kernels do, in the same order and in float32: without noise the
spikes are the same. The noise has the same generator and counters, and differs from theirs in the rounding of
logarithm, sine and cosine.
"""

from batchwork.tactile.kernels.batched.simulate import respond_batch
from batchwork.tactile.kernels.batched.stages import can_run

__all__ = ["can_run", "respond_batch"]
