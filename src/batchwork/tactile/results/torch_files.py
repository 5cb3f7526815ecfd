"""Files that `torch.load` reads, written without PyTorch and without holding their data in memory.

A ``.pt`` file is an uncompressed zip archive: a pickle of the object, in which tensors refer to storages by
name, and one entry for each storage. Only what `torch.load` takes in its safe default can be written:
dictionaries, lists, tuples, texts, numbers, truths, None and tensors.
"""

import io
import pickle
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import FileFormatError, ParameterError
from batchwork.io.broken import BROKEN
from batchwork.tactile.results.torch_pickles import Pickled, Storage

_ROOT: Final = "archive"
_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)


def write_torch(
    file: IO[bytes], data: object, streamed: Mapping[Storage, Iterable[NDArray[Any]]] | None = None
) -> None:
    """Write what `torch.load` reads.

    Parameters
    ----------
    file : binary file
        That can seek.
    data : object
        Plain values, `Tensor` and numpy arrays; arrays become tensors, iterators lists.
    streamed : mapping of Storage to iterable of arrays, optional
        The values of each storage that `Tensor` refers to, one part after the other.

    Raises
    ------
    ParameterError
        If something is none of these, or parts do not fill a storage.
    """
    pickled = Pickled()
    pickled.add(data)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        _add(archive, "data.pkl", [pickled.content()])
        _add(archive, "byteorder", [b"little"])
        for storage, array in pickled.arrays:
            _add(archive, f"data/{storage.name}", [_bytes(array, storage.dtype)])
        for storage, parts in (streamed or {}).items():
            written = _add(archive, f"data/{storage.name}", (_bytes(part, storage.dtype) for part in parts))
            if written != storage.size * np.dtype(storage.dtype).itemsize:
                raise ParameterError(f"storage {storage.name} has {written} bytes of values, not as many as it says")
        _add(archive, "version", [b"3\n"])


def read_plain(file: Path) -> Any:  # the caller knows what it has written
    """Read what `write_torch` has written without tensors.

    Raises
    ------
    FileFormatError
        If it is no such file, is cut off, or holds anything but plain values.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            (name,) = (name for name in archive.namelist() if name.endswith("/data.pkl"))
            return _Unpickler(io.BytesIO(archive.read(name))).load()
    except FileNotFoundError:
        raise
    except BROKEN as error:
        raise FileFormatError(f"{file}: cannot be read: {error}") from None


def _add(archive: zipfile.ZipFile, name: str, parts: Iterable[bytes]) -> int:
    """Add an entry part by part; the time of day is left out, so that equal data makes equal files."""
    info, written = zipfile.ZipInfo(f"{_ROOT}/{name}", _LONG_AGO), 0
    with archive.open(info, "w", force_zip64=True) as entry:
        for part in parts:
            written += entry.write(part)
    return written


def _bytes(array: NDArray[Any], dtype: str) -> bytes:
    return array.astype(np.dtype(dtype).newbyteorder("<"), order="C", copy=False).tobytes()


class _Unpickler(pickle.Unpickler):
    """Reads plain values only: nothing in a file can name code to run."""

    def find_class(self, module: str, name: str) -> Any:  # the type that the base class declares
        raise pickle.UnpicklingError(f"it holds a {module}.{name}")

    def persistent_load(self, pid: Any) -> Any:  # the type that the base class declares
        raise pickle.UnpicklingError(f"it holds a tensor ({pid})")
