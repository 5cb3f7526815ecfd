"""A sweep as columns of numbers: the parameters that vary, and the spikes that came of them."""

import math
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from batchwork.tactile.results.counting import spike_counts
from batchwork.tactile.results.layout import Record
from batchwork.tactile.results.results import Results
from batchwork.tactile.results.table import in_text
from batchwork.tactile.sweeps import Sample

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """The values of one parameter.

    Attributes
    ----------
    values : (n,) float64
        Numbers, or places in `words`; not a number where a sample has no such parameter.
    words : tuple of str
        What the values are if they are no numbers, such as words and vectors.
    """

    values: Floats
    words: tuple[str, ...] = ()

    @property
    def varies(self) -> bool:
        """Whether there is more than one value."""
        there = self.values[~np.isnan(self.values)]
        return there.size > 0 and bool(np.any(there != there[0]))

    def goes_with(self, other: "Column") -> bool:
        """Say whether one says nothing that the other does not.

        So it is where words stand for the same samples, and where numbers rise, or fall, with the other's.
        """
        filled = (np.nan_to_num(column.values, nan=np.inf) for column in (self, other))
        one, two = (np.unique(values, return_inverse=True)[1] for values in filled)
        if self.words or other.words:
            pairs = np.unique(np.stack([one, two]), axis=1).shape[1]
            return bool(pairs == one.max() + 1 == two.max() + 1)
        return np.array_equal(one, two) or np.array_equal(one, two.max() - two)


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """All samples of one type of stimulus.

    Attributes
    ----------
    columns : mapping of str to Column
        By parameter, the stimulus's own ones first; repetitions are none.
    spikes : mapping of str to (n,) int64
        By population.
    """

    columns: Mapping[str, Column]
    spikes: Mapping[str, Counts]

    def __len__(self) -> int:
        return len(next(iter(self.spikes.values())))

    @property
    def varying(self) -> dict[str, Column]:
        """The parameters that have more than one value."""
        return {name: column for name, column in self.columns.items() if column.varies}


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """A whole sweep.

    Attributes
    ----------
    types : mapping of str to Observations
        By type of stimulus, in the order of the sweep.
    totals : (n,) int64
        Spikes of all populations, sample by sample in the order of the sweep.
    """

    types: Mapping[str, Observations]
    totals: Counts


def observe(results: Results) -> Observed:
    """Read a sweep; what stays in memory is a number for each sample, parameter and population."""
    growing: dict[str, _Growing] = {}
    totals = array("q")
    for sample, counts in spike_counts(results):
        growing.setdefault(sample.type, _Growing(tuple(results.layout.neurons))).add(_parameters(sample), counts)
        totals.append(sum(counts))
    return Observed({name: each.finished() for name, each in growing.items()}, np.array(totals, np.int64))


def _parameters(sample: Sample) -> Record:
    """Give its own parameters, and after them those that only describe it."""
    record = sample.record()
    own = {name: value for name, value in record.items() if name in sample.parameters}
    return own | {name: record[name] for name in sample.described}


@dataclass(slots=True)
class _Growing:
    populations: tuple[str, ...]
    columns: dict[str, "_GrowingColumn"] = field(default_factory=dict)
    spikes: "array[int]" = field(default_factory=lambda: array("q"))
    samples: int = 0

    def add(self, parameters: Record, counts: tuple[int, ...]) -> None:
        for name, value in parameters.items():
            self.columns.setdefault(name, _GrowingColumn()).add(value, self.samples)
        self.spikes.extend(counts)
        self.samples += 1

    def finished(self) -> Observations:
        spikes = np.array(self.spikes, np.int64).reshape(self.samples, len(self.populations))
        return Observations(
            {name: column.finished(self.samples) for name, column in self.columns.items()},
            {name: spikes[:, i] for i, name in enumerate(self.populations)},
        )


@dataclass(slots=True)
class _GrowingColumn:
    values: "array[float]" = field(default_factory=lambda: array("d"))
    words: dict[str, int] = field(default_factory=dict)

    def add(self, value: object, place: int) -> None:
        self._fill(place)
        is_number = isinstance(value, int | float)
        self.values.append(value if is_number else self.words.setdefault(str(in_text(value)), len(self.words)))  # type: ignore[arg-type]  # it is a number

    def finished(self, samples: int) -> Column:
        self._fill(samples)
        return Column(np.array(self.values, np.float64), tuple(self.words))

    def _fill(self, until: int) -> None:
        """Samples that have no such parameter."""
        while len(self.values) < until:
            self.values.append(math.nan)
