"""All samples of a configuration, worked out when they are asked for."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, islice
from typing import overload

from batchwork.errors import ParameterError
from batchwork.tactile.sweeps.entry import Entry
from batchwork.tactile.sweeps.sample import Sample


@dataclass(frozen=True, slots=True)
class Sweep(Sequence[Sample]):
    """The samples of some entries, one entry after the other; a sequence that holds no sample.

    Attributes
    ----------
    entries : tuple of Entry
    limit : int or None
        How many samples there are at most: the first ones.
    """

    entries: tuple[Entry, ...]
    limit: int | None = None
    _ends: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 1:
            raise ParameterError(f"the limit must be 1 or above, not {self.limit}")
        object.__setattr__(self, "_ends", tuple(accumulate(len(entry) for entry in self.entries)))

    @property
    def total(self) -> int:
        """Count the samples without the limit."""
        return self._ends[-1] if self._ends else 0

    def __len__(self) -> int:
        return self.total if self.limit is None else min(self.limit, self.total)

    def __iter__(self) -> Iterator[Sample]:
        return self.starting(0)

    def starting(self, start: int) -> Iterator[Sample]:
        """Give the samples from one on, faster than one by one."""
        return islice(self._from(start), max(len(self) - start, 0))

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> list[Sample]: ...
    def __getitem__(self, index: int | slice) -> Sample | list[Sample]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        place = index + len(self) if index < 0 else index
        if not 0 <= place < len(self):
            raise IndexError(f"sample {index} of {len(self)}")
        return next(self._from(place))

    def _from(self, start: int) -> Iterator[Sample]:
        for number in range(bisect_right(self._ends, start), len(self.entries)):
            first = self._ends[number] - len(self.entries[number])
            yield from self.entries[number].samples(max(start - first, 0), first, number)
