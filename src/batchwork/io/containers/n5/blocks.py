"""One block of N5: a header, then big-endian elements, compressed; the first dimension in the file varies fastest.

::

    uint16  mode: 0, or 1 where the number of elements is stored
    uint16  number of dimensions
    uint32  size of each dimension, fastest first
    uint32  number of elements (mode 1 only)
    …       elements
"""

import os
import struct
import threading
import zlib
from lzma import LZMAError
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ContainerError
from batchwork.io.containers.n5.compression import compress, decompress
from batchwork.io.containers.n5.metadata import Layout

_MODE_DEFAULT, _MODE_VARLENGTH = 0, 1


def block_path(folder: Path, position: tuple[int, ...]) -> Path:
    """Name the file of a block by its place in the grid, (z, y, x): ``x/y/z``."""
    return folder.joinpath(*(str(index) for index in reversed(position)))


def read_block(path: Path, layout: Layout) -> NDArray[Any] | None:
    """Read one block; None if it was never written.

    Returns
    -------
    array
        As large as its own header says: at the edges of a dataset programs differ.

    Raises
    ------
    ContainerError
        If the block is cut off or damaged.
    """
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        shape, start = _header(content)
        elements = decompress(content[start:], layout.compression)
        return np.frombuffer(elements, layout.dtype.newbyteorder(">")).reshape(shape)
    except (struct.error, ValueError, EOFError, OSError, zlib.error, LZMAError, RuntimeError) as error:
        raise ContainerError(f"{path}: this block is cut off or damaged: {error}") from error


def _header(content: bytes) -> tuple[tuple[int, ...], int]:
    """Give the block's shape, slowest first, and where its elements start."""
    mode, ndim = struct.unpack_from(">HH", content)
    if mode not in {_MODE_DEFAULT, _MODE_VARLENGTH}:
        raise ValueError(f"its mode {mode} is not 0 or 1")
    shape = struct.unpack_from(f">{ndim}I", content, 4)
    return shape[::-1], 4 + 4 * ndim + 4 * (mode == _MODE_VARLENGTH)


def write_block(path: Path, block: NDArray[Any], layout: Layout) -> None:
    """Write one block whole or not at all.

    Parameters
    ----------
    path : Path
    block : array
        As large as the part of the dataset that it covers.
    layout : Layout
    """
    header = struct.pack(f">HH{block.ndim}I", _MODE_DEFAULT, block.ndim, *block.shape[::-1])
    elements = np.ascontiguousarray(block, layout.dtype.newbyteorder(">")).tobytes()
    content = header + compress(elements, layout.compression, layout.dtype.itemsize)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.partial")
    partial.write_bytes(content)
    partial.replace(path)
