"""Formats of keys: what a container must hold for an image, a table, or anything else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from batchwork.errors import ConfigError, ContainerError
from batchwork.io import open_file
from batchwork.io.containers.images import FULL_SCALE
from batchwork.io.containers.tables import TABLES

Format: TypeAlias = Literal["image", "table", "custom"]
Keys: TypeAlias = str | Sequence[str] | Mapping[str, str]
"""One key, several, or channel → key."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What must stand under one key.

    Attributes
    ----------
    key : str
    format : str
    ndim : int or None
        Of an image, or of anything that is one array.
    """

    key: str
    format: Format
    ndim: int | None

    @property
    def place(self) -> str:
        """Where it stands in the container."""
        return f"{TABLES}/{self.key}" if self.format == "table" else self.key

    def missing_in(self, container: Any) -> str:  # a group of h5py or our own
        """Say what a container lacks of it, "" if nothing."""
        if self.place not in container:
            return f"there is no '{self.place}'"
        node = container[self.place]
        if self.format == "table":
            lacking = [part for part in ("cells", "columns") if not hasattr(node, "keys") or part not in node]
            return f"table '{self.place}' has no {' and no '.join(lacking)}" if lacking else ""
        if hasattr(node, "keys") and FULL_SCALE not in node:
            return f"image '{self.key}' has no '{FULL_SCALE}'" if self.format == "image" else ""
        image = node[FULL_SCALE] if hasattr(node, "keys") else node
        if self.ndim is not None and len(image.shape) != self.ndim:
            return f"'{self.key}' has {len(image.shape)} dimensions, not {self.ndim}"
        return ""


def described(
    job: str,
    side: str,
    keys: Keys | None,
    formats: Format | Sequence[Format],
    ndims: int | Sequence[int] | None,
) -> tuple[Wanted, ...]:
    """Describe the keys of one side of a job.

    Raises
    ------
    ConfigError
        If a format is unknown, or there are not as many formats or dimensions as keys.
    """
    if keys is None:
        return ()
    names = [keys] if isinstance(keys, str) else list(keys.values() if isinstance(keys, Mapping) else keys)
    kinds: Sequence[Format] = _spread(job, f"{side}_format", formats, len(names))
    sizes: Sequence[int | None] = _spread(job, f"{side}_ndim", ndims, len(names))
    for kind in kinds:
        if kind not in get_args(Format):
            raise ConfigError(f"job {job}: {side}_format '{kind}' is none of {', '.join(get_args(Format))}")
    return tuple(Wanted(n.strip("/"), kind, ndim) for n, kind, ndim in zip(names, kinds, sizes, strict=True))


def _spread(job: str, name: str, given: Any, count: int) -> Any:  # one of anything, or a sequence of them
    """Take one for all keys, or one for each."""
    if isinstance(given, str) or not isinstance(given, Sequence):
        return [given] * count
    if len(given) != count:
        raise ConfigError(f"job {job}: {name} has {len(given)} entries for {count} keys")
    return given


def missing(path: str | Path, wanted: Sequence[Wanted]) -> list[str]:
    """Say what a container lacks of what is wanted."""
    if not wanted:
        return []
    with open_file(path, "r") as container:
        return [problem for one in wanted if (problem := one.missing_in(container))]


def check(path: str | Path, wanted: Sequence[Wanted]) -> None:
    """See that a container has all that is wanted.

    Raises
    ------
    ContainerError
        If not; the text says what it lacks.
    """
    if problems := missing(path, wanted):
        raise ContainerError("; ".join(problems))
