"""The pickle inside a ``.pt`` file, without PyTorch.

PyTorch's functions and types stand in it by name, so that it takes what its safe reader allows and no more.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pickle import (
    APPENDS,
    BINFLOAT,
    BINGET,
    BININT,
    BINPERSID,
    BINPUT,
    BINUNICODE,
    EMPTY_DICT,
    EMPTY_LIST,
    EMPTY_TUPLE,
    GLOBAL,
    LONG1,
    LONG_BINGET,
    LONG_BINPUT,
    MARK,
    NEWFALSE,
    NEWTRUE,
    NONE,
    PROTO,
    REDUCE,
    SETITEMS,
    STOP,
    TUPLE,
    encode_long,
)
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError

STORAGES: Final[Mapping[str, str]] = {
    "bool": "BoolStorage",
    "uint8": "ByteStorage",
    "int32": "IntStorage",
    "int64": "LongStorage",
    "float32": "FloatStorage",
    "float64": "DoubleStorage",
}
"""numpy's type → PyTorch's."""

_BYTE = 1 << 8
_INT = 1 << 31


@dataclass(frozen=True, slots=True)
class Storage:
    """A run of values that tensors are parts of.

    Attributes
    ----------
    name : str
        Unlike that of any other storage of the file.
    dtype : str
        One of `STORAGES`.
    size : int
        Number of values.
    """

    name: str
    dtype: str
    size: int


@dataclass(frozen=True, slots=True)
class Tensor:
    """A contiguous part of a storage.

    Attributes
    ----------
    storage : Storage
    offset : int
        Of its first value.
    shape : tuple of int
    """

    storage: Storage
    offset: int
    shape: tuple[int, ...]

    @property
    def strides(self) -> tuple[int, ...]:
        """Values between neighbours along each axis."""
        strides = [1]
        for length in reversed(self.shape[1:]):
            strides.insert(0, strides[0] * length)
        return tuple(strides[: len(self.shape)])


@dataclass(slots=True)
class Pickled:
    """A pickle that grows value by value.

    Attributes
    ----------
    arrays : list of (Storage, array)
        Those that have become tensors.
    """

    arrays: list[tuple[Storage, NDArray[Any]]] = field(default_factory=list)
    _written: bytearray = field(default_factory=lambda: bytearray(PROTO + b"\x02"))
    _known: dict[object, int] = field(default_factory=dict)

    def content(self) -> bytes:
        """Give the whole."""
        return bytes(self._written) + STOP

    def add(self, value: object) -> None:  # noqa: C901, PLR0911 - a line for each type
        """Write a value; an iterator becomes a list without being one before.

        Raises
        ------
        ParameterError
            If `torch.load` would refuse it.
        """
        match value:
            case None:
                return self._written.extend(NONE)
            case bool():
                return self._written.extend(NEWTRUE if value else NEWFALSE)
            case int() if type(value) is int:
                return self._written.extend(_integer(value))
            case float() if type(value) is float:
                return self._written.extend(BINFLOAT + struct.pack(">d", value))
            case str():
                return self._once(value, BINUNICODE + _sized(value))
            case dict():
                return self._all(EMPTY_DICT, (part for item in value.items() for part in item), SETITEMS)
            case list() | Iterator():
                return self._all(EMPTY_LIST, value, APPENDS)
            case tuple():
                return self._all(b"", value, TUPLE)
            case Tensor():
                return self._tensor(value)
            case np.ndarray():
                return self._array(value)
        raise ParameterError(
            f"a {type(value).__name__} cannot be stored for PyTorch; use numbers, texts, lists, arrays"
        )

    def _all(self, empty: bytes, values: Iterable[object], end: bytes) -> None:
        self._written.extend(empty + MARK)
        for value in values:
            self.add(value)
        self._written.extend(end)

    def _once(self, name: object, code: bytes) -> None:
        """Write something that comes again by its number."""
        number = self._known.get(name)
        if number is not None:
            short = number < _BYTE
            self._written.extend(BINGET + bytes([number]) if short else LONG_BINGET + struct.pack("<I", number))
            return
        number = self._known[name] = len(self._known)
        self._written.extend(code)
        self._written.extend(BINPUT + bytes([number]) if number < _BYTE else LONG_BINPUT + struct.pack("<I", number))

    def _named(self, module: str, name: str) -> None:
        self._once((module, name), GLOBAL + f"{module}\n{name}\n".encode())

    def _array(self, array: NDArray[Any]) -> None:
        if array.dtype.name not in STORAGES:
            raise ParameterError(f"an array of {array.dtype} cannot be stored for PyTorch; use {', '.join(STORAGES)}")
        storage = Storage(f"array{len(self.arrays)}", array.dtype.name, array.size)
        self.arrays.append((storage, array))
        self._tensor(Tensor(storage, 0, array.shape))

    def _tensor(self, tensor: Tensor) -> None:
        self._named("torch._utils", "_rebuild_tensor_v2")
        self._written.extend(MARK)
        self._storage(tensor.storage)
        for value in (tensor.offset, tensor.shape, tensor.strides, False):
            self.add(value)
        self._named("collections", "OrderedDict")  # its hooks: none
        self._written.extend(EMPTY_TUPLE + REDUCE + TUPLE + REDUCE)

    def _storage(self, storage: Storage) -> None:
        if storage in self._known:
            return self._once(storage, b"")
        self._written.extend(MARK)
        self.add("storage")
        self._named("torch", STORAGES[storage.dtype])
        for value in (storage.name, "cpu", storage.size):
            self.add(value)
        return self._once(storage, TUPLE + BINPERSID)


def _integer(value: int) -> bytes:
    if -_INT <= value < _INT:
        return BININT + struct.pack("<i", value)
    digits = encode_long(value)
    if len(digits) >= _BYTE:
        raise ParameterError("a whole number is too large to be stored for PyTorch")
    return LONG1 + bytes([len(digits)]) + digits


def _sized(text: str) -> bytes:
    encoded = text.encode("utf-8", "surrogatepass")
    return struct.pack("<I", len(encoded)) + encoded
