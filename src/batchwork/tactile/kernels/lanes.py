"""How neurons lie in memory: side by side, padded so that every vector instruction is full."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]
"""(steps, width): one row for each time step, one column for each neuron and for the padding after them."""

LANES: Final = 16
"""Neurons that the widest vector instructions work on at once."""
TINY: Final = np.float32(1e-20)
"""What is nearer to zero is set to it: numbers below 1e-38 are many times slower, and nothing that fires
can tell the difference."""

_CHUNK: Final = 1 << 15
"""Numbers in the rows worked on together, 128 KiB: they stay in the cache of a core."""


def padded(neurons: int) -> int:
    """Round a number of neurons up to full vectors."""
    return -(-neurons // LANES) * LANES


def steps_at_once(width: int, multiple: int) -> int:
    """Choose how many steps to work on together, a multiple of some number."""
    return max(_CHUNK // width // multiple, 1) * multiple
