"""What tells whether keys of a container are still the same, whatever else was written into it."""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from batchwork.io import open_file
from batchwork.io.containers.opening import is_container
from batchwork.io.fingerprints import content_hash

_ELEMENTS = 1 << 23


def digest_of(path: Path, keys: Iterable[str]) -> str | None:
    """Hash the arrays below some keys: names, shapes, types and elements; attributes do not count.

    Returns
    -------
    str or None
        None if a key is missing, or the container cannot be read.
    """
    digest = blake2b(digest_size=16)
    try:
        with open_file(path, "r") as container:
            for key in keys:
                if key not in container:
                    return None
                for name, dataset in _datasets(key, container[key]):
                    digest.update(f"{name}\0{dataset.dtype.str}\0{dataset.shape}\0".encode())
                    for block in _blocks(dataset):
                        digest.update(block)
    except OSError:  # no container, one that is damaged or locked: what comes after tells which
        return None
    return digest.hexdigest()


def digest_of_output(path: Path, own: Iterable[str]) -> str | None:
    """Hash what a job wrote: keys of a container, or a file; None of a folder of files."""
    if own := list(own):
        return digest_of(path, own)
    return content_hash(path) if path.is_file() else None


def names_in(path: Path) -> set[str]:
    """Name all datasets of a container; none if it is none, or not there."""
    if not is_container(path) or not path.exists():
        return set()
    with open_file(path, "r") as container:
        return {name for key in container for name, _ in _datasets(key, container[key])}


def _datasets(name: str, node: Any) -> Iterator[tuple[str, Any]]:  # of h5py, zarr or our own
    if not hasattr(node, "keys"):
        yield name, node
        return
    for key in sorted(node.keys()):
        yield from _datasets(f"{name}/{key}", node[key])


def _blocks(dataset: Any) -> Iterator[bytes]:  # the same
    """Read an array in parts that are not too large."""
    if not dataset.shape:
        yield _plain(dataset[()])
        return
    row = max(1, int(np.prod(dataset.shape[1:], dtype=np.int64)))
    step = max(1, _ELEMENTS // row)
    for start in range(0, dataset.shape[0], step):
        yield _plain(dataset[start : start + step])


def _plain(part: Any) -> bytes:  # an array or one element
    array = np.asarray(part)
    return repr(array.tolist()).encode() if array.dtype.kind == "O" else array.tobytes()
