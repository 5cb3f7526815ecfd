"""What a group of any container can do, in the words of h5py, on top of six things a format must know."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from batchwork.errors import ContainerError
from batchwork.io.containers.chunking import checked_chunks

Anything = NDArray[Any]
"""An array of any type of element: which one, the file says."""


class Dataset(Protocol):
    """An array in a container; read and written by slices."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Size of each dimension, slowest first."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""

    @property
    def attrs(self) -> MutableMapping[str, Any]:
        """Attributes beside the array."""

    def __getitem__(self, selection: Any) -> Any: ...  # a slice gives an array, whole numbers an element

    def __setitem__(self, selection: Any, value: Any) -> None: ...  # anything that numpy can broadcast


@dataclass(frozen=True, slots=True)
class DatasetSpec:
    """How a new dataset is to be laid out.

    Attributes
    ----------
    shape : tuple of int
    dtype : numpy.dtype
    chunks : tuple of int
        As many as dimensions, each at least 1.
    compression : str or None
    level : int or None
        The compressor's level; its own default if None.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    chunks: tuple[int, ...]
    compression: str | None
    level: int | None


class Group(ABC, Mapping[str, "Group | Dataset"]):
    """A group of datasets and groups.

    Attributes
    ----------
    path : Path
        Where the container stands.
    name : str
        Where this group stands in it, ``/`` at the top.
    """

    def __init__(self, path: Path, name: str, *, writable: bool) -> None:
        self.path = path
        self.name = name
        self._writable = writable

    @property
    @abstractmethod
    def attrs(self) -> MutableMapping[str, Any]:
        """Attributes of the group: numbers, texts, lists."""

    @abstractmethod
    def names(self) -> Iterator[str]:
        """Name what stands in this group, in any order."""

    @abstractmethod
    def child(self, name: str) -> "Group | Dataset | None":
        """Give what has a name in this group."""

    @abstractmethod
    def new_group(self, name: str) -> "Group":
        """Make a group in this one."""

    @abstractmethod
    def new_dataset(self, name: str, spec: DatasetSpec) -> Dataset:
        """Make a dataset in this group; its elements are 0."""

    @abstractmethod
    def remove(self, name: str) -> None:
        """Remove what has a name in this group."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Do nothing: everything is on the disk as soon as it is written."""

    def __repr__(self) -> str:
        return f"<group {self.name} of {self.path}>"

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self.names()))

    def __len__(self) -> int:
        return sum(1 for _ in self.names())

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._find(key) is not None

    def __getitem__(self, key: str) -> "Group | Dataset":
        found = self._find(key)
        if found is None:
            there = ", ".join(self) or "nothing"
            raise KeyError(f"{self.path}: no '{key}' in {self.name}; there is {there}")
        return found

    def __setitem__(self, key: str, value: ArrayLike) -> None:
        self.create_dataset(key, data=value)

    def __delitem__(self, key: str) -> None:
        self._check_writable()
        self[key]  # says what is missing
        group, name = self._group_of(key)
        group.remove(name)

    def create_group(self, key: str) -> "Group":
        """Make a group and those above it.

        Raises
        ------
        ContainerError
            If something stands there.
        """
        group, name = self._home_of(key)
        return group.new_group(name)

    def require_group(self, key: str) -> "Group":
        """Give a group, made if it is not there, with those above it.

        Raises
        ------
        ContainerError
            If a dataset stands there.
        """
        found = self._find(key)
        if found is None:
            return self.create_group(key)
        if not isinstance(found, Group):
            raise ContainerError(f"{self.path}: '{key}' is a dataset, not a group")
        return found

    def create_dataset(
        self,
        name: str,
        shape: int | tuple[int, ...] | None = None,
        dtype: DTypeLike | None = None,
        data: ArrayLike | None = None,
        *,
        chunks: tuple[int, ...] | bool | None = None,
        compression: str | None = None,
        compression_opts: int | None = None,
    ) -> Dataset:
        """Make a dataset and the groups above it.

        Parameters
        ----------
        name : str
            May hold slashes.
        shape : tuple of int, optional
            That of `data` if not given.
        dtype : numpy.dtype, optional
            That of `data`, else float32.
        data : array, optional
            What is written; 0 everywhere if not given.
        chunks : tuple of int, optional
            Chosen for blocks of about half a megabyte if not given, or True.
        compression : str, optional
            ``"gzip"``, and what else the format knows; none if not given.
        compression_opts : int, optional
            The compressor's level.

        Raises
        ------
        ContainerError
            If something stands there, or the format cannot hold it.
        """
        array = None if data is None else np.asarray(data, dtype=dtype)
        spec = _specified(self.path, name, shape, dtype, array, chunks, compression, compression_opts)
        group, last = self._home_of(name)
        made = group.new_dataset(last, spec)
        if array is not None and array.size:
            made[...] = array.reshape(spec.shape)
        return made

    def require_dataset(
        self, name: str, shape: int | tuple[int, ...], dtype: DTypeLike, **layout: Any
    ) -> Dataset:  # the layout of create_dataset
        """Give a dataset of this shape and type, made if it is not there.

        Raises
        ------
        ContainerError
            If what stands there is a group, or has another shape or type.
        """
        found = self._find(name)
        if found is None:
            return self.create_dataset(name, shape, dtype, **layout)
        wanted = (shape,) if isinstance(shape, int) else tuple(shape)
        if isinstance(found, Group) or (found.shape, found.dtype) != (wanted, np.dtype(dtype)):
            what = "a group" if isinstance(found, Group) else f"{found.dtype} of shape {found.shape}"
            raise ContainerError(f"{self.path}: '{name}' is {what}, not {np.dtype(dtype)} of shape {wanted}")
        return found

    def visititems(self, call: "Callable[[str, Group | Dataset], Any]") -> Any:  # what the caller's function gives
        """Call a function with the name and node of everything below, until it gives something."""
        for key in self:
            node = self[key]
            result = call(key, node)
            if result is None and isinstance(node, Group):
                result = node.visititems(_under(key, call))
            if result is not None:
                return result
        return None

    def _find(self, key: str) -> "Group | Dataset | None":
        node: Group | Dataset | None = self
        for part in _parts(key):
            node = node.child(part) if isinstance(node, Group) else None
        return node

    def _group_of(self, key: str) -> "tuple[Group, str]":
        """Give the group that holds a key, made with those above it, and the key's last part."""
        *above, last = _parts(key) or [""]
        if not last:
            raise ContainerError(f"{self.path}: '{key}' names nothing below {self.name}")
        group = self
        for part in above:
            below = group.child(part)
            if below is not None and not isinstance(below, Group):
                raise ContainerError(f"{self.path}: '{part}' of '{key}' is a dataset, not a group")
            group = group.new_group(part) if below is None else below
        return group, last

    def _home_of(self, key: str) -> "tuple[Group, str]":
        self._check_writable()
        if self._find(key) is not None:
            raise ContainerError(f"{self.path}: '{key}' is there already; remove it with del first")
        return self._group_of(key)

    def _check_writable(self) -> None:
        if not self._writable:
            raise ContainerError(f"{self.path}: opened for reading only; open it with mode 'a' to write")

    def _below(self, name: str) -> str:
        return f"{self.name.rstrip('/')}/{name}"


def _under(top: str, call: "Callable[[str, Group | Dataset], Any]") -> "Callable[[str, Group | Dataset], Any]":
    return lambda below, node: call(f"{top}/{below}", node)


def _parts(key: str) -> list[str]:
    parts = [part for part in key.split("/") if part not in {"", "."}]
    if ".." in parts:
        raise ContainerError(f"'{key}': '..' is no name in a container")
    return parts


def _specified(
    path: Path,
    name: str,
    shape: int | tuple[int, ...] | None,
    dtype: DTypeLike | None,
    array: Anything | None,
    chunks: tuple[int, ...] | bool | None,  # noqa: FBT001 - h5py's own way to ask for a guess
    compression: str | None,
    level: int | None,
) -> DatasetSpec:
    if array is None and shape is None:
        raise ContainerError(f"{path}: '{name}' needs its data or its shape")
    size = (shape,) if isinstance(shape, int) else tuple(shape) if shape is not None else array.shape  # type: ignore[union-attr]  # one of the two is given
    if array is not None and int(np.prod(size)) != array.size:
        raise ContainerError(f"{path}: data of shape {array.shape} does not fit '{name}' of shape {size}")
    element = array.dtype if array is not None else np.dtype(dtype if dtype is not None else np.float32)
    return DatasetSpec(size, element, checked_chunks(path, name, size, element.itemsize, chunks), compression, level)
