"""Finding the results of a folder, without writing anything there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import compress
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import BatchError, NotABatchError
from batchwork.tactile.configuration import Configuration, parse_configuration
from batchwork.tactile.results.checkpoint import NAME, Checkpoint
from batchwork.tactile.results.layout import Layout, Record
from batchwork.tactile.results.results import Results
from batchwork.tactile.results.store import FOLDER, Store
from batchwork.tactile.sweeps import Sample, Sweep


def layout_of(configuration: Configuration) -> Layout:
    """Give the shape of a configuration's samples."""
    return Layout(configuration.fingerprint, configuration.pipeline.clock.steps, configuration.neurons.counts)


def about(configuration: Configuration) -> Record:
    """Give what all samples have in common, as plain values."""
    pipeline = configuration.pipeline
    return {
        "dt_ms": pipeline.dt_ms,
        "duration_ms": pipeline.duration_ms,
        "seed": pipeline.seed,
        "device": pipeline.device,
        "program": f"batchwork {version('batchwork')}",
        "config": configuration.plain(),
    }


@dataclass(frozen=True, slots=True, eq=False)
class Done(Sequence[Sample]):
    """Those samples of a sweep that are there; a sequence that holds no sample.

    Attributes
    ----------
    sweep : Sweep
    places : (n,) int64
        Where they are in the sweep, in its order.
    """

    sweep: Sweep
    places: NDArray[np.int64]

    @classmethod
    def of(cls, sweep: Sweep, store: Store) -> "Done":
        """Look for all samples of a sweep."""
        there = np.fromiter((sample.key in store for sample in sweep), bool, len(sweep))
        return cls(sweep, np.flatnonzero(there))

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[Sample]:
        there = np.zeros(len(self.sweep), bool)
        there[self.places] = True
        return compress(self.sweep, there)

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> list[Sample]: ...
    def __getitem__(self, index: int | slice) -> Sample | list[Sample]:
        if isinstance(index, slice):
            return [self.sweep[place] for place in self.places[index].tolist()]
        return self.sweep[int(self.places[index])]


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A folder as it was at one moment; what a run adds to it later does not show.

    Shards are never changed, and a run removes none that is whole, so that all of this can be read while a run
    goes on.

    Attributes
    ----------
    folder : Path
    configuration : Configuration
    sweep : Sweep
        All samples that there are to be.
    results : Results
        Those that are done.
    """

    folder: Path
    configuration: Configuration
    sweep: Sweep
    results: Results

    @classmethod
    def take(cls, folder: Path) -> "Snapshot":
        """Look at a folder.

        Raises
        ------
        NotABatchError
            If the folder holds no checkpoint.
        FileFormatError
            If the checkpoint cannot be read.
        """
        path = folder / NAME
        if not path.is_file():
            raise NotABatchError(f"{folder}: holds no sweep; there is no {NAME}")
        checkpoint = Checkpoint.read(path)
        configuration = parse_configuration(checkpoint.config)
        sweep = configuration.sweep(checkpoint.total_stimuli)
        store = Store.open(folder / FOLDER, layout_of(configuration))
        return cls(folder, configuration, sweep, Results(Done.of(sweep, store), store, about(configuration)))

    @property
    def missing(self) -> int:
        """Count the samples that are not done."""
        return len(self.sweep) - len(self.results.samples)

    def told(self) -> list[str]:
        """Say what is not there, and what to do; nothing if all is there."""
        damaged = [f"{path}: is damaged; its samples count as missing" for path in self.results.store.damaged]
        done = len(self.results.samples)
        missing = (
            f"{self.folder}: {done} of {len(self.sweep)} samples are done; batchwork tactile batch makes the others"
        )
        return [*damaged, missing] if self.missing else damaged

    def check_not_empty(self) -> None:
        """Refuse a folder in which nothing is done.

        Raises
        ------
        BatchError
            That says what to do.
        """
        if not self.results.samples:
            raise BatchError("\n".join(self.told()))


def open_results(folder: Path) -> Results:
    """Open the results of a folder: the samples of its configuration that are done.

    Raises
    ------
    NotABatchError
        If the folder holds no checkpoint.
    FileFormatError
        If the checkpoint cannot be read.
    """
    return Snapshot.take(folder).results
