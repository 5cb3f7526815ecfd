"""Sizes of blocks: the ones asked for, or a guess."""

import math
from pathlib import Path

from batchwork.errors import ContainerError

_BLOCK_BYTES = 1 << 19


def checked_chunks(
    path: Path,
    name: str,
    shape: tuple[int, ...],
    itemsize: int,
    chunks: tuple[int, ...] | bool | None,  # noqa: FBT001 - h5py's own way to ask for a guess
) -> tuple[int, ...]:
    """Give the block size of a new dataset, each at least 1 and at most the dimension's size.

    Raises
    ------
    ContainerError
        If there are not as many as dimensions, or one is less than 1.
    """
    if chunks is None or isinstance(chunks, bool):
        return guessed_chunks(shape, itemsize)
    if len(chunks) != len(shape) or min(chunks, default=1) < 1:
        raise ContainerError(f"{path}: chunks {tuple(chunks)} do not fit '{name}' of shape {shape}")
    return tuple(max(1, min(int(c), n)) for c, n in zip(chunks, shape, strict=True))


def guessed_chunks(shape: tuple[int, ...], itemsize: int) -> tuple[int, ...]:
    """Halve the longest side until a block has at most half a megabyte."""
    sizes = [max(1, n) for n in shape]
    while math.prod(sizes) * itemsize > _BLOCK_BYTES and max(sizes) > 1:
        longest = sizes.index(max(sizes))
        sizes[longest] = -(-sizes[longest] // 2)
    return tuple(sizes)
