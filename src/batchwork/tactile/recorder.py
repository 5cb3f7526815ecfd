"""The samples of a sweep, simulated and kept: what a worker does."""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from batchwork.errors import ParameterError
from batchwork.tactile.building import network_of
from batchwork.tactile.configuration import Configuration, parse_configuration
from batchwork.tactile.kernels.network import Network
from batchwork.tactile.results.checkpoint import NAME, Checkpoint
from batchwork.tactile.results.layout import Response
from batchwork.tactile.results.opening import Snapshot, about, layout_of
from batchwork.tactile.results.results import Arrays, Results
from batchwork.tactile.results.store import FOLDER, Store
from batchwork.tactile.simulator import Simulator
from batchwork.tactile.sweeps import Sample, Sweep

KEEP_SECONDS = 0.5
"""So much finished work may be lost when a process is killed."""


class Recorder:
    """Simulates the samples of the sweep in a folder, and keeps them in its shards.

    One process at a time may do so. What was finished is kept every `KEEP_SECONDS`, and the checkpoint with it;
    what a kill takes is the same when it is simulated again.

    Parameters
    ----------
    folder : Path
        Holds a checkpoint, which says what the sweep is.
    threads : int
        Populations that are simulated side by side.

    Raises
    ------
    FileFormatError, ConfigError
        If the checkpoint cannot be used.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        checkpoint = Checkpoint.read(folder / NAME)
        self._folder = folder
        self.configuration = parse_configuration(checkpoint.config)
        self.sweep = self.configuration.sweep(checkpoint.total_stimuli)
        self.simulator = Simulator(self.configuration, threads)
        self.store = Store.open(folder / FOLDER, layout_of(self.configuration))
        self.store.clean()
        self._progress = Progress(self.sweep, self.store)
        self._index = {sample.key: sample.index for sample in self.sweep}
        self._waiting = dict[str, Response]()
        self._kept = time.monotonic()

    def record(self, key: str) -> Response:
        """Give a sample's response; it is simulated unless it is there.

        Raises
        ------
        ParameterError
            If the sweep has no such sample, or its stimulus cannot be made.
        """
        if key in self.store:
            return self.store.response(key)
        if key not in self._waiting:
            if key not in self._index:
                raise ParameterError(f"the sweep in '{self._folder}' has no sample {key}")
            for response in self.simulator.respond_all(self._together(self._index[key])):
                self._waiting[response.key] = response
        response = self._waiting[key]
        if time.monotonic() - self._kept > KEEP_SECONDS:
            self.keep()
        return response

    def _together(self, index: int) -> list[Sample]:
        """List a sample and those after it that are missing, as many as are best simulated together."""
        samples = [self.sweep[index]]
        for i in range(index + 1, len(self.sweep)):
            if len(samples) >= self.simulator.at_once:
                break
            sample = self.sweep[i]
            if sample.key not in self.store and sample.key not in self._waiting:
                samples.append(sample)
        return samples

    def keep(self) -> None:
        """Bring what was finished to the disk."""
        if self._waiting:
            self.store.append(list(self._waiting.values()))
            self._progress.note(self._waiting)
            self._waiting.clear()
            self._progress.checkpoint(self.configuration).write(self._folder / NAME)
        self._kept = time.monotonic()

    def results(self) -> Results:
        """Give the results of the whole sweep; samples that are missing, as after a kill, are made again."""
        for sample in self.sweep:
            if sample.key not in self.store:
                self.record(sample.key)
        self.keep()
        return Results(self.sweep, self.store, about(self.configuration), fields_of(self.simulator.network))


class Progress:
    """How far a sweep has come, counted on as it grows."""

    def __init__(self, sweep: Sweep, store: Store) -> None:
        self._store, self._total = store, len(sweep)
        self._missing = {sample.key: sample.index for sample in sweep if sample.key not in store}

    def note(self, keys: Iterable[str]) -> None:
        """Count samples that have been kept."""
        for key in keys:
            self._missing.pop(key, None)

    def checkpoint(self, configuration: Configuration) -> Checkpoint:
        """Describe it."""
        next_index = next(iter(self._missing.values()), self._total)
        shards = tuple(f"{FOLDER}/{path.name}" for path in self._store.shards)
        done = self._total - len(self._missing)
        return Checkpoint(done, self._total, next_index, configuration.plain(), shards)


def complete_results(folder: Path) -> Results:
    """Give the results of the whole sweep in a folder; samples that are missing or damaged are made again.

    Nobody else may be recording there. If all is there, nothing is opened for writing.

    Raises
    ------
    NotABatchError, FileFormatError, ConfigError
        If the folder holds no sweep, or its checkpoint cannot be used.
    """
    snapshot = Snapshot.take(folder)
    if snapshot.missing:
        return Recorder(folder).results()
    network = network_of(snapshot.configuration.pipeline, snapshot.configuration.neurons)
    return replace(snapshot.results, populations=fields_of(network))


def fields_of(network: Network) -> Mapping[str, Arrays]:
    """Give places and receptive fields of the neurons.

    Returns
    -------
    mapping
        By population: ``xy`` (N, 2) in mm; ``receptors`` (links,) numbers of receptors and ``weights`` (links,),
        those of neuron i from ``starts[i]`` to ``starts[i + 1]``.
    """
    return dict(_fields(network))


def _fields(network: Network) -> Iterator[tuple[str, Arrays]]:
    for p in network.populations:
        w = p.weights
        yield p.name, {"xy": p.xy_mm, "starts": w.starts, "receptors": w.receptors, "weights": w.values}


@lru_cache(maxsize=1)
def recorder_of(folder: Path, threads: int, stimuli_mark: str) -> Recorder:  # noqa: ARG001 - another sweep, another one
    """Give the one recorder of this process."""
    return Recorder(folder, threads)
