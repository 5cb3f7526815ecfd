"""What all samples of a folder have in common, and the response of one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from batchwork.errors import FileFormatError
from batchwork.tactile.kernels.events import Events

Record: TypeAlias = dict[str, Any]
"""What a sample is: numbers, words, and nested tuples and dictionaries of them."""

_KILO = 1000


@dataclass(frozen=True, slots=True)
class Layout:
    """The shape of every sample.

    Attributes
    ----------
    fingerprint : str
        Of the configuration's pipeline and neurons.
    steps : int
        Time steps, T.
    neurons : mapping of str to int
        Neurons of each population, in the order of the results.
    """

    fingerprint: str
    steps: int
    neurons: Mapping[str, int]

    @property
    def dense_size(self) -> int:
        """Bytes of one sample with a byte for each neuron and step."""
        return self.steps * sum(self.neurons.values())


@dataclass(frozen=True, slots=True, eq=False)
class Response:
    """How the populations responded to one sample.

    Attributes
    ----------
    key : str
        The sample's.
    record : dict
        Its parameters.
    events : mapping of str to Events
        By population.
    """

    key: str
    record: Record
    events: Mapping[str, Events]


class DamagedShard(FileFormatError):
    """A shard is cut off or changed; its samples have to be made again."""


def in_words(size: int) -> str:
    """Write a number of bytes for people.

    Examples
    --------
    >>> in_words(126_000_000)
    '126 MB'
    """
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < _KILO:
            return f"{size:.3g} {unit}"
        size /= _KILO  # type: ignore[assignment]  # what is left need not be whole
    return f"{size:.3g} TB"
